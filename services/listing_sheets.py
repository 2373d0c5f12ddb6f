"""Many listings at once, as rows of a sheet: what is exported imports again and changes nothing.

A row with a SKU is that listing; one without is a new one, of the seller whose code it names. Rows are compared with
what is stored, and only what differs is changed, by the same rules as one by one. All rows, or none.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.errors import BusinessError, InvalidInput, Text, text
from models import Certificate, Listing, Product, Seller
from models.bulk import among
from services.access import Actor, visible_listings, visible_sellers
from services.listings import add_product, change_listing, draft_listing
from services.products import change_product

MOST_ROWS = 2_000
COLUMN_OF = {"price_is_right": "price"}


@dataclass(frozen=True)
class SheetRow:
    """A row that was read: `product` and `listing` are facts by field name. `number` is where it stands."""

    number: int
    sku: str | None
    seller_code: str | None
    product: Mapping[str, Any]
    listing: Mapping[str, Any]
    stock_seen: int | None = None
    """What was there when the sheet was taken away: what is sold meanwhile stays sold."""


@dataclass(frozen=True)
class RowProblem:
    """What is wrong with one row, and with which field; None where it is the row as a whole."""

    number: int
    field: str | None
    text: Text


@dataclass(frozen=True)
class Applied:
    """How many listings were made, changed, and found as they were."""

    new: int
    changed: int
    unchanged: int


class WrongRows(BusinessError):
    """Some rows cannot be taken; nothing was stored."""

    status = 422
    title = text("Có dòng chưa đúng; chưa lưu gì cả")

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def list_for_sheet(session: Session, actor: Actor) -> Sequence[Listing]:
    """The listings that the person keeps, by seller and product; at most MOST_ROWS, the newest first to stay."""
    newest = (
        select(Listing.id).where(visible_listings(actor)).order_by(Listing.created_at.desc()).limit(MOST_ROWS)
    )
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(Listing.id.in_(newest))
        .options(
            joinedload(Listing.product).options(joinedload(Product.seller), selectinload(Product.papers))
        )
        .order_by(Seller.code, Product.name, Product.id, Listing.sku)
    )
    return session.scalars(query).all()


def apply_rows(session: Session, actor: Actor, rows: Sequence[SheetRow], file: bytes) -> Applied:
    """Store what differs. The same `file` again makes nothing twice. Raises WrongRows."""
    known = _listings(session, actor, rows)
    sellers = _sellers(session, actor, rows)
    problems = [problem for row in rows if (problem := _problem(row, known, sellers))] + _contradictions(rows)
    if problems:
        raise WrongRows(problems)
    made = changed = 0
    for row in rows:
        try:
            if row.sku:
                changed += _change(session, actor, known[row.sku], row)
            else:
                made += _make(session, actor, sellers[row.seller_code or ""], row, _id_of(file, row.number))
        except InvalidInput as error:
            problems += _problems_of(row, error)
        except BusinessError as error:
            problems.append(RowProblem(row.number, None, error.detail))
    if problems:
        raise WrongRows(problems)
    return Applied(made, changed, len(rows) - made - changed)


def _listings(session: Session, actor: Actor, rows: Iterable[SheetRow]) -> dict[str, Listing]:
    query = (
        select(Listing)
        .where(among(Listing.sku, {row.sku for row in rows if row.sku}), visible_listings(actor))
        .options(
            joinedload(Listing.product).options(joinedload(Product.seller), selectinload(Product.papers))
        )
    )
    return {listing.sku: listing for listing in session.scalars(query)}


def _sellers(session: Session, actor: Actor, rows: Iterable[SheetRow]) -> dict[str, UUID]:
    codes = {row.seller_code for row in rows if row.seller_code and not row.sku}
    query = select(Seller.code, Seller.id).where(among(Seller.code, codes), visible_sellers(actor))
    return dict(session.execute(query).tuples().all())


def _problem(row: SheetRow, known: Mapping[str, Listing], sellers: Mapping[str, UUID]) -> RowProblem | None:
    if row.sku and row.sku not in known:
        return RowProblem(row.number, "sku", text("Không có mã hàng này"))
    if not row.sku and row.seller_code not in sellers:
        return RowProblem(row.number, "seller_code", text("Không có người bán mang mã này"))
    return None


def _problems_of(row: SheetRow, error: InvalidInput) -> list[RowProblem]:
    """`prices.shopee` is told of in the column `prices`; the question that the page asks as well is not."""
    errors = {field: said for field, (said, *_) in error.errors.items()}
    if any(field.startswith("prices.") for field in errors):
        errors.pop("price_is_right", None)
    columns = ((COLUMN_OF.get(field, field.partition(".")[0]), said) for field, said in errors.items())
    return [RowProblem(row.number, column, said) for column, said in columns]


def _contradictions(rows: Iterable[SheetRow]) -> list[RowProblem]:
    """One SKU on two rows: nobody can know which of them is meant."""
    seen: set[str] = set()
    twice = []
    for row in rows:
        if row.sku in seen:
            twice.append(RowProblem(row.number, "sku", text("Mã hàng này đã có ở dòng trên")))
        seen.update([row.sku] if row.sku else [])
    return twice


def _change(session: Session, actor: Actor, listing: Listing, row: SheetRow) -> bool:
    product = {name: value for name, value in row.product.items() if _plain(listing.product, name) != value}
    offered = {name: value for name, value in row.listing.items() if _plain(listing, name) != value}
    if row.listing.get("stock") == row.stock_seen:
        offered.pop("stock", None)
    if product:
        change_product(session, actor, listing.product_id, **product)
    if offered:
        change_listing(session, actor, listing.id, stock_seen=row.stock_seen, **offered)
    return bool(product or offered)


def _plain(stored: Product | Listing, name: str) -> Any:
    """A stored fact as a row tells it."""
    if isinstance(stored, Listing) and name == "prices":
        return stored.own_prices
    value = getattr(stored, name)
    if name == "papers":
        return [_paper(paper) for paper in value]
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _paper(paper: Certificate) -> dict[str, Any]:
    return {"name": paper.name, "number": paper.number, "expires_on": paper.expires_on}


def _make(session: Session, actor: Actor, seller_id: UUID, row: SheetRow, id: UUID) -> bool:
    """A product with its listing; False where this row of this file has made them already."""
    product, is_new = add_product(session, actor, id=id, seller_id=seller_id, **row.product)
    draft_listing(session, actor, id=id, product_id=product.id, **{"marketplaces": [], **row.listing})
    return is_new


def _id_of(file: bytes, number: int) -> UUID:
    """The same row of the same file has the same id."""
    return uuid5(NAMESPACE_OID, f"{hashlib.sha256(file).hexdigest()}/{number}")
