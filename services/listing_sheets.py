"""Many listings at once, as rows of a sheet: what is exported imports again and changes nothing.

A row with a SKU is that listing; one without is a new one, of the seller whose code it names. Rows are compared with
what is stored, and only what differs is changed, by the same rules as one by one. All rows, or none.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.errors import BusinessError, InvalidInput, Text, text
from core.text import in_cell
from models import AdminUnit, Certificate, Listing, Product, Seller
from models.bulk import among
from services.access import Actor, visible_listings, visible_sellers
from services.approvals import waiting_changes
from services.listings import add_product, change_listing, draft_listing
from services.products import change_product
from services.same_offers import OF_GOODS, require_new

MOST_ROWS = 2_000
HOW = ("stock_seen", "version_seen", "price_is_right")
PRICES_SEEN = {"price_seen": "price", "prices_seen": "prices"}
"""What a row says of its change, no fact of the listing: by what stood there when the sheet was taken away what is sold
meanwhile stays sold, a price that was changed meanwhile stays changed, and the same row again changes nothing."""

WITH_PRODUCT = joinedload(Listing.product).options(
    joinedload(Product.seller), joinedload(Product.origin), selectinload(Product.papers)
)


@dataclass(frozen=True)
class SheetRow:
    """A row that was read: `product` and `listing` are facts by field name. `number` is where it stands."""

    number: int
    sku: str | None
    seller_code: str | None
    product: Mapping[str, Any]
    listing: Mapping[str, Any]


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row, and with which field; None where it is the row as a whole."""

    number: int
    field: str | None
    text: Text


@dataclass(frozen=True)
class Applied:
    """How many listings were made, changed, and found as they were; `waiting` of the changed ones are approved, and
    go on saying what they said until they are approved anew."""

    new: int
    changed: int
    unchanged: int
    waiting: int = 0


class WrongRows(BusinessError):
    """Some rows cannot be taken; nothing was stored."""

    status = 422
    title = text("Có dòng chưa đúng; chưa lưu gì cả")

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def count_parts(session: Session, actor: Actor) -> int:
    """In how many sheets of MOST_ROWS all listings are that the person keeps; at least one."""
    found = session.scalar(select(func.count()).select_from(Listing).where(visible_listings(actor))) or 0
    return max(1, ceil(found / MOST_ROWS))


def list_for_sheet(session: Session, actor: Actor, part: int) -> Sequence[Listing]:
    """One part of the listings that the person keeps, the first ones made in the first, by seller and product."""
    chosen = (
        select(Listing.id)
        .where(visible_listings(actor))
        .order_by(Listing.created_at, Listing.id)
        .offset((part - 1) * MOST_ROWS)
        .limit(MOST_ROWS)
    )
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(Listing.id.in_(chosen))
        .options(WITH_PRODUCT)
        .order_by(Seller.code, Product.name, Product.id, Listing.sku)
    )
    return session.scalars(query).all()


def apply_rows(
    session: Session, actor: Actor, rows: Sequence[SheetRow], unread: Sequence[RowProblem] = ()
) -> Applied:
    """Store what differs. The same rows again make nothing twice. Raises WrongRows for all that is wrong at once, with
    what is `unread` too: the good rows are tried beside the bad ones, and given up with them."""
    known = _listings(session, actor, rows)
    rows = _with_only_seller(session, actor, rows)
    sellers = _sellers(session, actor, rows)
    problems = [problem for row in rows if (problem := _problem(row, known, sellers))]
    problems += _contradictions(rows, known)
    bad = {problem.number for problem in problems}
    problems += unread
    made = 0
    touched = []
    for row, id in zip(rows, _ids(rows), strict=True):
        if row.number in bad:
            continue
        try:
            if row.sku:
                if _change(session, actor, known[row.sku], row):
                    touched.append(known[row.sku])
            else:
                made += _make(session, actor, sellers[row.seller_code or ""], row, id)
        except InvalidInput as error:
            problems += _problems_of(row, error)
        except BusinessError as error:
            problems.append(RowProblem(row.number, None, error.detail))
    if problems:
        raise WrongRows(sorted(problems, key=lambda problem: problem.number))
    waiting = sum(bool(waiting_changes(listing)) for listing in touched)
    return Applied(made, len(touched), len(rows) - made - len(touched), waiting)


def _listings(session: Session, actor: Actor, rows: Iterable[SheetRow]) -> dict[str, Listing]:
    query = (
        select(Listing)
        .where(among(Listing.sku, {row.sku for row in rows if row.sku}), visible_listings(actor))
        .options(
            WITH_PRODUCT,
            joinedload(Listing.approval),
            joinedload(Listing.product).selectinload(Product.photos),
            joinedload(Listing.product).joinedload(Product.origin).joinedload(AdminUnit.province),
        )
    )
    return {listing.sku: listing for listing in session.scalars(query)}


def _with_only_seller(session: Session, actor: Actor, rows: Sequence[SheetRow]) -> Sequence[SheetRow]:
    """Who keeps the goods of one seller need not name it in a new row."""
    codes = session.scalars(select(Seller.code).where(visible_sellers(actor)).limit(2)).all()
    if len(codes) != 1:
        return rows
    return [row if row.sku or row.seller_code else replace(row, seller_code=codes[0]) for row in rows]


def _sellers(session: Session, actor: Actor, rows: Iterable[SheetRow]) -> dict[str, UUID]:
    codes = {row.seller_code for row in rows if row.seller_code and not row.sku}
    query = select(Seller.code, Seller.id).where(among(Seller.code, codes), visible_sellers(actor))
    return dict(session.execute(query).all())


def _problem(row: SheetRow, known: Mapping[str, Listing], sellers: Mapping[str, UUID]) -> RowProblem | None:
    if row.sku and row.sku not in known:
        return RowProblem(row.number, "sku", text("Không có mã hàng này"))
    if not row.sku and not row.seller_code:
        return RowProblem(row.number, "seller_code", text("Cần điền ô này"))
    if not row.sku and row.seller_code not in sellers:
        return RowProblem(row.number, "seller_code", text("Không có người bán mang mã này"))
    return None


def _problems_of(row: SheetRow, error: InvalidInput) -> list[RowProblem]:
    """`prices.shopee` is told of in the column `prices`."""
    return [
        RowProblem(row.number, field.partition(".")[0], said) for field, (said, *_) in error.errors.items()
    ]


def _contradictions(rows: Iterable[SheetRow], known: Mapping[str, Listing]) -> list[RowProblem]:
    """One SKU on two rows, two new rows that offer the same, or two rows that say different things of one product:
    nobody can know which is meant."""
    seen: set[str] = set()
    new: dict[tuple[Any, ...], SheetRow] = {}
    said: dict[UUID, SheetRow] = {}
    found = []
    for row in rows:
        if not row.sku:
            first = new.setdefault(_offer_of(row), row)
            if first is not row:
                words = text("Dòng %(number)s đã có đúng hàng và cỡ này", number=first.number)
                found.append(RowProblem(row.number, "name", words))
        elif row.sku in seen:
            found.append(RowProblem(row.number, "sku", text("Mã hàng này đã có ở dòng trên")))
        elif row.sku in known:
            seen.add(row.sku)
            first = said.setdefault(known[row.sku].product_id, row)
            words = text(
                "Dòng %(number)s là cùng sản phẩm mà ghi khác; hãy ghi như nhau", number=first.number
            )
            differing = (
                name for name, value in row.product.items() if first.product.get(name, value) != value
            )
            found += [RowProblem(row.number, name, words) for name in differing]
    return found


def _offer_of(row: SheetRow) -> tuple[Any, ...]:
    """Whose goods a new row offers, and in which size."""
    words = [*(row.product.get(name) for name in OF_GOODS), row.listing.get("variant")]
    return row.seller_code, *((word or "").lower() for word in words)


def _change(session: Session, actor: Actor, listing: Listing, row: SheetRow) -> bool:
    """Whether anything is new."""
    version = listing.version
    product = {name: value for name, value in row.product.items() if _plain(listing.product, name) != value}
    how = {name: row.listing[name] for name in HOW if name in row.listing}
    offered = {name: value for name, value in _offered(row).items() if _plain(listing, name) != value}
    if offered.get("stock") == how.get("stock_seen"):
        offered.pop("stock", None)
    _leave_newer_prices(listing, row, offered)
    if product:
        change_product(session, actor, listing.product_id, **product)
    if offered:
        change_listing(session, actor, listing.id, **how, **offered)
    return listing.version > version


def _leave_newer_prices(listing: Listing, row: SheetRow, offered: dict[str, Any]) -> None:
    """Nobody asked for a price that stands in the row as it was taken away. Raises InvalidInput for one that somebody
    asks for, having seen another than there is by now."""
    for seen, name in PRICES_SEEN.items():
        if name not in offered or seen not in row.listing:
            continue
        if offered[name] == row.listing[seen]:
            del offered[name]
        elif row.listing[seen] != _plain(listing, name):
            raise InvalidInput.of(name, text("Giá đã được sửa sau khi tải bảng này; hãy tải bảng mới"))


def _plain(stored: Product | Listing, name: str) -> Any:
    """A stored fact as a row tells it."""
    if isinstance(stored, Listing) and name in {"price", "prices"}:
        return stored.told_prices[name == "prices"]
    value = getattr(stored, name)
    if name == "papers":
        return [_paper(paper) for paper in value]
    if name == "attributes":
        return {in_cell(key): in_cell(str(said)) for key, said in value.items()}
    return in_cell(value) if isinstance(value, str) else value


def _paper(paper: Certificate) -> dict[str, Any]:
    name, number = (" ".join(words.split()) for words in (paper.name, paper.number))
    return {"name": name, "number": number, "expires_on": paper.expires_on}


def _make(session: Session, actor: Actor, seller_id: UUID, row: SheetRow, id: UUID) -> bool:
    """A product with its listing; False where such a row has made them already. Raises InvalidInput where another way
    has."""
    if session.get(Product, id) is None:
        require_new(session, seller_id, row.product, row.listing.get("variant"))
    product, is_new = add_product(session, actor, id=id, seller_id=seller_id, **row.product)
    offered = {
        "marketplaces": [],
        "price_is_right": row.listing.get("price_is_right", False),
        **_offered(row),
    }
    draft_listing(session, actor, id=id, product_id=product.id, by_hand=True, **offered)
    return is_new


def _offered(row: SheetRow) -> dict[str, Any]:
    return {name: value for name, value in row.listing.items() if name not in {*HOW, *PRICES_SEEN}}


def _ids(rows: Iterable[SheetRow]) -> list[UUID]:
    """What a new row makes has the same id whenever the row comes again, in whatever file. Two equal rows are
    refused."""
    told = ([row.seller_code, row.product, _offered(row)] for row in rows)
    return [uuid5(NAMESPACE_OID, f"{json.dumps(one, sort_keys=True, default=str)}/1") for one in told]
