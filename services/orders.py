"""What a seller does with an order: confirm, pack, ship, cancel. Its floor is told by a worker.

The same deed again changes nothing, and what has gone further is left as it is; but where its floor has refused
it, or was given up, it is told again.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, text
from models import Order, OrderStatus, PaymentRequest
from models.order_states import OPEN, is_as_far
from models.orders import SHOP
from services import stock
from services.access import Actor
from services.events import OrderDecided, record
from services.marketplaces import floor_named
from services.order_steps import step, tell_stalls
from services.payment_requests import take_back
from services.queries.orders import get_order
from services.turns import take_turns_of_sellers

S = OrderStatus


def confirm_order(session: Session, actor: Actor, order_id: UUID) -> Order:
    """The seller takes it. Raises Conflict for one that is cancelled, NotFound."""
    return _advance(session, actor, _locked(session, actor, order_id), S.CONFIRMED)


def pack_order(session: Session, actor: Actor, order_id: UUID) -> Order:
    """It stands ready; what was missing has been found."""
    return _advance(session, actor, _locked(session, actor, order_id), S.PACKED)


def ship_order(session: Session, actor: Actor, order_id: UUID, tracking_number: str | None = None) -> Order:
    """It is on its way. A tracking number that its floor would not take can be given anew."""
    order = _locked(session, actor, order_id)
    if order.status in OPEN or order.floor_refused:
        order.tracking_number = tracking_number or order.tracking_number
    return _advance(session, actor, order, S.SHIPPED)


def deliver_order(session: Session, actor: Actor, order_id: UUID, *, paid_in_cash: bool = False) -> Order:
    """A buyer of the shop, or of a floor that never tells of it, has it; cash that was paid for an order of the
    shop goes into the revenue book with it.

    Raises Conflict where its floor tells, for an order that is not on its way, and for cash for a floor's order or
    where the money came by the order's payment request.
    """
    order = _locked(session, actor, order_id)
    if floor_named(order.marketplace).tells_delivery:
        raise Conflict(text("Đơn trên sàn: sàn sẽ báo khi khách nhận hàng"))
    if paid_in_cash and order.marketplace != SHOP:
        raise Conflict(text("Đơn trên sàn tự vào sổ doanh thu khi khách nhận hàng, không ghi tiền mặt nữa"))
    if order.status in OPEN:
        raise Conflict(text("Hãy ghi đã gửi hàng trước"))
    if order.status is S.SHIPPED and paid_in_cash:
        _book_cash(session, order)
    return _advance(session, actor, order, S.DELIVERED)


def _book_cash(session: Session, order: Order) -> None:
    if order.payment_request_id and not _ask_no_more(session, order):
        raise Conflict(text("Khách đã chuyển khoản cho đơn này; tiền tự vào sổ, không ghi tiền mặt nữa"))
    order.payment_request_id = None
    order.paid, order.earned_on = True, business_day(now())


def cancel_order(session: Session, actor: Actor, order_id: UUID, reason: str) -> Order:
    """It will not come: its goods can be sold again. Raises Conflict once it is on its way."""
    order = _locked(session, actor, order_id)
    if order.status is S.CANCELLED:
        return order
    if order.status not in OPEN:
        raise Conflict(text("Hàng đã gửi đi, không hủy được nữa"))
    if order.payment_request_id:
        _ask_no_more(session, order)
    step(session, order, S.CANCELLED, by=actor.user_id)
    order.cancel_reason = reason
    session.flush()
    stock.give_back(session, {order.id})
    return _decided(session, order)


def _advance(session: Session, actor: Actor, order: Order, target: OrderStatus) -> Order:
    if order.status is S.CANCELLED:
        raise Conflict(text("Đơn này đã hủy"))
    if is_as_far(order.status, target):
        return _decided(session, order) if order.floor_refused else order
    if order.cancel_asked:
        raise Conflict(text("Khách đang xin hủy đơn này trên sàn: hãy trả lời khách trước"))
    step(session, order, target, by=actor.user_id)
    return _decided(session, order)


def _decided(session: Session, order: Order) -> Order:
    order.problems, order.next_attempt_at = [], None
    session.flush()
    record(session, OrderDecided(order.id, order.seller_id, order.marketplace, order.status))
    tell_stalls(session, [order])
    return order


def _ask_no_more(session: Session, order: Order) -> bool:
    """Whether the order's payment request is over without money."""
    query = select(PaymentRequest).where(PaymentRequest.id == order.payment_request_id).with_for_update()
    request = session.scalars(query.execution_options(populate_existing=True)).one()
    if take_back(session, request, "its order is cancelled or paid in cash"):
        return True
    return request.amount_paid == 0


def _locked(session: Session, actor: Actor, order_id: UUID) -> Order:
    """The stalls' turns first, then the order, as it is then. Raises NotFound."""
    seen = get_order(session, actor, order_id)
    take_turns_of_sellers(session, {seen.seller_id})
    session.execute(select(Order.id).where(Order.id == order_id).with_for_update())
    return get_order(session, actor, order_id)
