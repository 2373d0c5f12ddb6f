"""Telling sellers by SMS that orders wait for them, once in an hour at most: not everybody has the page open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from models import Order, OrderStatus, Seller
from services import sms

LOOK_AGAIN = timedelta(minutes=15)
"""At night: it is day sooner or later."""


@dataclass(frozen=True)
class OrderAlert:
    """Plain values for one SMS; what has the same `key` is sent once. It tells of all of `order_ids`."""

    order_ids: Sequence[UUID]
    phone: str
    text: str
    key: str


class TooEarly(Exception):
    """It is night, or the seller was written to in this hour already; look again after `wait`."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def prepare_alert(session: Session, order_id: UUID) -> OrderAlert | None:
    """What to tell the order's seller; None where it was told, does not wait any more, or the seller has not agreed to
    messages. Orders of one hour share a key, so that workers who prepare at once send one SMS. Raises TooEarly."""
    order = session.get_one(Order, order_id)
    if order.status is not OrderStatus.NEW or order.alerted_at or not sms.may_write_to(session, order.seller):
        return None
    moment = now()
    hour = moment.replace(minute=0, second=0, microsecond=0)
    if not sms.is_day(moment):
        raise TooEarly(LOOK_AGAIN)
    if _was_alerted(session, order.seller_id, hour):
        raise TooEarly(hour + timedelta(hours=1) - moment)
    waiting = (
        Order.seller_id == order.seller_id,
        Order.status == OrderStatus.NEW,
        Order.alerted_at.is_(None),
    )
    return OrderAlert(
        order_ids=session.scalars(select(Order.id).where(*waiting)).all(),
        phone=order.seller.phone,
        text=_text(order.seller),
        key=f"orders-{order.seller_id.hex}-{hour:%Y%m%d%H}",
    )


def _was_alerted(session: Session, seller_id: UUID, since: datetime) -> bool:
    return bool(
        session.scalar(select(exists().where(Order.seller_id == seller_id, Order.alerted_at >= since)))
    )


def _text(seller: Seller) -> str:
    """Nobody's name, nothing of a buyer; the same for all orders of an hour."""
    return f"Cho Phien: {seller.code} co don hang moi dang cho. Xem va nhan don: {config().base_url}/orders"


def record_alert(session: Session, alert: OrderAlert) -> None:
    session.execute(update(Order).where(Order.id.in_(alert.order_ids)).values(alerted_at=now()))
