"""Lots of products: noted down with the day of harvest, labelled, scanned, corrected, withdrawn."""

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from core import gtin
from core.clock import business_day, now
from core.config import config
from core.errors import InvalidInput, NotFound, text
from core.ids import CODE_ALPHABET, new_id
from core.lot_labels import LotLabel
from models import Lot, Product, Seller
from models.bulk import given_rows
from services import audit
from services.access import Actor, published_sellers, visible_products
from services.listings import get_product, require_goods_of
from services.queries.paging import DEFAULT_LIMIT, Order, Page, page_of
from services.storing import find_stored, store

COUNTABLE = ("harvested_on", "quantity")
EARLIEST = date(2020, 1, 1)
"""Before the day on which anybody could have noted down a lot here; earlier years are slips."""


def add_lot(
    session: Session,
    actor: Actor,
    product_id: UUID,
    *,
    id: UUID | None = None,
    harvested_on: date,
    code: str | None = None,
    quantity: int | None = None,
    note: str | None = None,
) -> tuple[Lot, bool]:
    """Note a lot down; False where this `id` is stored already. Without a `code` one is made from the day.

    Raises NotFound, Forbidden, InvalidInput for a day that has not come and for a code that is taken.
    """
    product = get_product(session, actor, product_id)
    require_goods_of(session, actor, product.seller)
    if stored := find_stored(session, Lot, id):
        return get_lot(session, actor, product_id, stored.id), False
    _require_past(harvested_on)
    _require_new(session, product, code)
    lot = Lot(
        id=id or new_id(),
        product_id=product.id,
        gtin=gtin_of(product),
        code=code or _code_of(harvested_on),
        harvested_on=harvested_on,
        quantity=quantity,
        note=note,
        scans=0,
    )
    store(session, lot)
    audit.note(session, actor, "lot.added", lot.id)
    return lot, True


def _require_new(session: Session, product: Product, code: str | None) -> None:
    """The database refuses it too, but names the GTIN, which a product without one has only inside."""
    of_product = select(Lot.id).where(Lot.product_id == product.id, Lot.code == code)
    if code and session.scalar(of_product):
        raise InvalidInput.of("code", text("Sản phẩm này đã có lô mang mã đó"))


def _require_past(day: date) -> None:
    if not EARLIEST <= day <= business_day(now()):
        raise InvalidInput.of("harvested_on", text("Ngày thu hoạch phải từ năm 2020 đến hôm nay"))


def change_lot(session: Session, actor: Actor, product_id: UUID, lot_id: UUID, **changes: Any) -> Lot:
    """Put right what was noted down (`harvested_on`, `quantity`, `note`), or with a `withdrawn_reason` take the lot
    back; None of that lets it go on. What its label says stays. Raises NotFound, Forbidden, InvalidInput for a day
    that has not come."""
    session.execute(select(Lot.id).where(Lot.id == lot_id).with_for_update())
    lot = get_lot(session, actor, product_id, lot_id)
    require_goods_of(session, actor, lot.product.seller)
    if "harvested_on" in changes:
        _require_past(changes["harvested_on"])
    was = {name: getattr(lot, name) for name, value in changes.items() if getattr(lot, name) != value}
    if not was:
        return lot
    for name in was:
        setattr(lot, name, changes[name])
    if "withdrawn_reason" in was:
        lot.withdrawn_at = now() if lot.withdrawn_reason else None
    if was.keys() - {"withdrawn_reason"}:
        lot.corrected_at = now()
    store(session)
    facts = {"fields": ", ".join(sorted(was)), **_countable(was)}
    audit.note(session, actor, _deed(lot, was), lot.id, lot.withdrawn_reason, **facts)
    return lot


def _deed(lot: Lot, was: Mapping[str, Any]) -> str:
    if "withdrawn_reason" not in was:
        return "lot.corrected"
    return "lot.withdrawn" if lot.withdrawn_reason else "lot.restored"


def _countable(was: Mapping[str, Any]) -> dict[str, str | int | None]:
    """Days and numbers as they were; texts may name people."""
    return {
        f"{name}_was": value.isoformat() if isinstance(value, date) else value
        for name, value in was.items()
        if name in COUNTABLE
    }


def _code_of(day: date) -> str:
    """`261125-7KM`: the day, and letters that tell lots of one day apart."""
    return f"{day:%y%m%d}-" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(3))


def gtin_of(product: Product) -> str:
    """The product's own in trade, else one for use within these pages (`core.gtin.internal`)."""
    return product.gtin or gtin.internal(product.item_number)


def link_of(lot: Lot) -> str:
    """What the QR on the label says."""
    return config().base_url + gtin.lot_path(lot.gtin, lot.code)


def list_lots(
    session: Session, actor: Actor, product_id: UUID, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Lot]:
    """A product's lots, the newest first. Raises NotFound."""
    product = get_product(session, actor, product_id)
    query = select(Lot).where(Lot.product_id == product.id)
    return page_of(session, query, Order(Lot.created_at, Lot.id), limit, cursor)


def get_lot(session: Session, actor: Actor, product_id: UUID, lot_id: UUID) -> Lot:
    """A lot of this product, with product and seller. Raises NotFound outside the person's sight."""
    query = (
        select(Lot)
        .join(Lot.product)
        .where(Lot.id == lot_id, Lot.product_id == product_id, visible_products(actor))
        .options(joinedload(Lot.product).joinedload(Product.seller))
        .execution_options(populate_existing=True)
    )
    lot = session.scalar(query)
    if lot is None:
        raise NotFound()
    return lot


def count_scans(session: Session, seen: Mapping[UUID, int]) -> None:
    """Add what was seen of each lot, in one statement."""
    if not seen:
        return
    rows = [{"id": lot_id, "scans": number} for lot_id, number in sorted(seen.items())]
    given = given_rows(Lot, rows)
    session.execute(
        update(Lot).where(Lot.id == given.c.id).values(scans=Lot.scans + given.c.scans),
        execution_options={"synchronize_session": False},
    )


def label_of(session: Session, lot: Lot) -> LotLabel:
    """What its label says; of whom, where everybody may know."""
    named = select(Seller.name).where(Seller.id == lot.product.seller_id, published_sellers())
    return LotLabel(lot.product.name, session.scalar(named) or "", lot.harvested_on, lot.code, link_of(lot))
