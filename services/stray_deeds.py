"""What an administrator says of a floor's order that is nobody's here."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.errors import BusinessError, InvalidInput, NotFound, text
from models import Listing, OrderTie, PollSubject, StrayOrder, StrayReason, StrayState
from models.strays import goods_of
from services import audit, strays
from services.access import Actor, require
from services.floor_orders import take_again
from services.floor_polls import take_cursor


class OrderNotWaiting(BusinessError):
    """Somebody, or the floor, was faster."""

    status = 409
    title = text("Đơn này không còn chờ nữa")


def tie(session: Session, actor: Actor, stray_id: UUID, *, goods: str, sku: str) -> StrayOrder:
    """Say that what the floor calls `goods` is the listing of that SKU. The order is taken over at once, as far as it
    is somebody's now."""
    row = _take_waiting(session, actor, stray_id)
    if row.reason is not StrayReason.FOREIGN or not _is_unknown(row, goods):
        raise OrderNotWaiting()
    listing_id = session.scalar(select(Listing.id).where(Listing.sku == sku.strip().upper()))
    if listing_id is None:
        raise InvalidInput.of("sku", text("Không có tin đăng nào mang mã này"))
    tied = {
        "marketplace": row.marketplace,
        "external_id": row.external_id,
        "goods": goods,
        "listing_id": listing_id,
        "tied_by": actor.user_id,
    }
    session.execute(upsert(OrderTie).values(tied).on_conflict_do_nothing())
    take_again(session, row.marketplace, strays.told_of(row))
    audit.note(session, actor, "stray_order.tied", row.id, listing_id=str(listing_id))
    return row


def set_aside(session: Session, actor: Actor, stray_id: UUID, *, reason: str) -> StrayOrder:
    """Nobody here will send what is left of it; `reason` says why. Its buyer is forgotten."""
    row = _take_waiting(session, actor, stray_id)
    row.set_aside_because, row.set_aside_by = reason, actor.user_id
    strays.close(row, StrayState.SET_ASIDE)
    audit.note(session, actor, "stray_order.set_aside", row.id, reason=reason)
    session.flush()
    return row


def bring_back(session: Session, actor: Actor, stray_id: UUID) -> StrayOrder:
    """It was set aside by mistake."""
    row = _take(session, actor, stray_id)
    if row.state is not StrayState.SET_ASIDE:
        raise OrderNotWaiting()
    strays.close(row, StrayState.WAITING)
    audit.note(session, actor, "stray_order.brought_back", row.id)
    session.flush()
    return row


def _is_unknown(row: StrayOrder, goods: str) -> bool:
    return any(not line["known"] and goods_of(line) == goods for line in row.lines)


def _take_waiting(session: Session, actor: Actor, stray_id: UUID) -> StrayOrder:
    row = _take(session, actor, stray_id)
    if row.state is not StrayState.WAITING:
        raise OrderNotWaiting()
    return row


def _take(session: Session, actor: Actor, stray_id: UUID) -> StrayOrder:
    """The order, kept from the floor's readers until the commit. Raises NotFound."""
    require(actor.is_administrator)
    marketplace = session.scalar(select(StrayOrder.marketplace).where(StrayOrder.id == stray_id))
    if marketplace is None:
        raise NotFound()
    take_cursor(session, PollSubject.ORDERS, marketplace)
    return session.get_one(StrayOrder, stray_id, populate_existing=True)
