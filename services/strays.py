"""What floors tell of orders that are nobody's here, or cannot be read: kept where people see it. The same word
again changes nothing; goods that come to be known are found again."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import structlog
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from core.ids import new_id
from core.money import MAX_DONG
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderStatus
from models import Listing, Publication, StrayOrder, StrayReason, StrayState
from models import OrderStatus as Stored
from models.bulk import among
from services.floor_goods import goods_of
from services.floor_parts import Shared, storable

FOUND_AT_ONCE = 100

log = structlog.get_logger()


def keep(session: Session, marketplace: str, shared: Shared, late: Mapping[str, set[str]]) -> None:
    """Of the orders that a floor told, keep those that hold something unknown or `late`; of those that were kept, let
    the others go."""
    wanting = {number: goods | late.get(number, set()) for number, goods in shared.unknown.items()}
    unreadable = {_named(order): order for order in shared.unreadable}
    known = _known(session, marketplace, wanting.keys() | unreadable.keys())
    for number, order in shared.orders.items():
        row = known.get(number)
        if wanting[number]:
            reason = StrayReason.FOREIGN if shared.unknown[number] else StrayReason.LATE
            row = row or _add(session, marketplace, number, reason)
            _tell(row, order, reason, wanting[number])
            _look_for(row, order, shared.unknown[number])
        elif row:
            _tell(row, order, row.reason, set())
            close(row, StrayState.TAKEN)
    for number, order in unreadable.items():
        row = known.get(number) or _add(session, marketplace, number, StrayReason.UNREADABLE)
        _tell(row, order, StrayReason.UNREADABLE, {goods_of(line) for line in order.lines})
    session.flush()


def list_found(session: Session, marketplace: str) -> list[FloorOrder]:
    """Orders that wait for goods which are known by now."""
    held_by_others = exists().where(
        Publication.listing_id == Listing.id,
        Publication.marketplace == marketplace,
        Publication.held_external_id == func.any(StrayOrder.external_ids),
    )
    by_sku = exists().where(Listing.sku == func.any(StrayOrder.skus), ~held_by_others)
    by_number = (
        select(Publication.external_id)
        .where(
            Publication.marketplace == marketplace,
            Publication.external_id == func.any(StrayOrder.external_ids),
        )
        .group_by(Publication.external_id)
        .having(func.count() == 1)
        .exists()
    )
    query = (
        select(StrayOrder)
        .where(
            StrayOrder.marketplace == marketplace,
            StrayOrder.state == StrayState.WAITING,
            StrayOrder.reason == StrayReason.FOREIGN,
            or_(by_sku, by_number),
        )
        .order_by(StrayOrder.id)
        .limit(FOUND_AT_ONCE)
    )
    return [told_of(row) for row in session.scalars(query)]


def told_of(row: StrayOrder) -> FloorOrder:
    """The order as its floor told it."""
    assert row.placed_at, "only what can be read is taken over"
    return FloorOrder(
        external_id=row.external_id,
        number=row.number,
        placed_at=row.placed_at,
        status=OrderStatus(row.status),
        lines=tuple(
            OrderLine(line["sku"], line["quantity"], line["price"], line["external_id"], line["title"])
            for line in row.lines
        ),
        total=row.total,
        buyer=Buyer(row.buyer_name or "", row.buyer_phone or "", row.buyer_address or ""),
        paid=row.paid,
        withheld=row.withheld,
        cancel_asked=row.cancel_asked,
    )


def _known(session: Session, marketplace: str, numbers: Iterable[str]) -> dict[str, StrayOrder]:
    query = select(StrayOrder).where(
        StrayOrder.marketplace == marketplace, among(StrayOrder.external_id, list(numbers))
    )
    found = session.scalars(query.execution_options(populate_existing=True))
    return {row.external_id: row for row in found}


def _add(session: Session, marketplace: str, number: str, reason: StrayReason) -> StrayOrder:
    log.warning("order_kept_aside", marketplace=marketplace, external_id=number, reason=reason)
    row = StrayOrder(id=new_id(), marketplace=marketplace, external_id=number, state=StrayState.WAITING)
    row.skus, row.external_ids = [], []
    session.add(row)
    return row


def _tell(row: StrayOrder, order: FloorOrder, reason: StrayReason, unknown: set[str]) -> None:
    """What the floor says of it now. What somebody set aside stays so."""
    row.number = storable(order.number).strip() or row.external_id
    row.placed_at = order.placed_at if order.placed_at.tzinfo else None
    row.status = Stored(order.status)
    row.lines = [_kept(line, goods_of(line) not in unknown) for line in order.lines]
    row.total, row.withheld = _amount(order.total), _amount(order.withheld)
    row.paid, row.cancel_asked = order.paid, order.cancel_asked
    row.reason = reason
    if row.state is StrayState.SET_ASIDE:
        return
    if order.status is OrderStatus.CANCELLED:
        close(row, StrayState.CANCELLED)
    else:
        row.state = StrayState.WAITING
        row.buyer_name = storable(order.buyer.name).strip() or row.buyer_name
        row.buyer_phone = storable(order.buyer.phone).strip() or row.buyer_phone
        row.buyer_address = storable(order.buyer.address).strip() or row.buyer_address


def _look_for(row: StrayOrder, order: FloorOrder, unknown: set[str]) -> None:
    lines = [line for line in order.lines if goods_of(line) in unknown]
    row.skus = sorted({line.sku for line in lines if line.sku})
    row.external_ids = sorted({line.external_id for line in lines if line.external_id})


def close(row: StrayOrder, state: StrayState) -> None:
    """What has come of it; its buyer is forgotten."""
    row.state = state
    row.buyer_name = row.buyer_phone = row.buyer_address = None
    if state is not StrayState.SET_ASIDE:
        row.set_aside_because = row.set_aside_by = None


def _kept(line: OrderLine, known: bool) -> dict[str, Any]:
    return {
        "sku": storable(line.sku),
        "external_id": storable(line.external_id) if line.external_id else None,
        "title": storable(line.title),
        "quantity": line.quantity,
        "price": line.price,
        "known": known,
    }


def _amount(dong: int) -> int:
    return max(0, min(dong, MAX_DONG))


def _named(order: FloorOrder) -> str:
    """Its number, or, for want of one, what it holds."""
    told = repr((order.number, order.placed_at, order.lines)).encode(errors="replace")
    return storable(order.external_id).strip() or f"?{hashlib.sha256(told).hexdigest()[:20]}"
