"""Shop orders that are to be paid by QR hold their goods while the money is asked for, no longer; what comes all the
same opens them again."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import text
from models import Order, OrderLine, OrderStatus, PaymentRequest, PaymentStatus
from models.bulk import among
from models.orders import SHOP
from models.payment_states import HAS_MONEY
from services import stock
from services.order_steps import step, step_back, tell_stalls
from services.turns import take_turns_of_sellers

UNPAID = text("Không thấy tiền chuyển khoản trong thời gian giữ hàng")
"""Why such an order was cancelled, where no person did."""
MONEY_MAY_COME = timedelta(days=30)
"""As long as a bank's statement may tell late of a transfer."""
AT_ONCE = 200


def release_unpaid(session: Session) -> int:
    """Put up for sale again what is held by orders whose money is asked for no more and that no seller has confirmed;
    how many."""
    is_over = PaymentRequest.status.in_((PaymentStatus.EXPIRED, PaymentStatus.CANCELLED))
    orders = _locked(session, Order.status == OrderStatus.NEW, is_over, PaymentRequest.amount_paid == 0)
    for order in orders:
        step(session, order, OrderStatus.CANCELLED, by=None)
        order.cancel_reason = UNPAID
    session.flush()
    stock.give_back(session, [order.id for order in orders])
    tell_stalls(session, orders)
    return len(orders)


def reopen_paid(session: Session) -> int:
    """Open again what was released too early, since the money was told of late: it takes its goods again, and what has
    been sold meanwhile is short; how many."""
    orders = _locked(
        session,
        Order.status == OrderStatus.CANCELLED,
        Order.cancel_reason == UNPAID,
        Order.closed_at > now() - MONEY_MAY_COME,
        PaymentRequest.status.in_(HAS_MONEY),
    )
    for order in orders:
        step_back(session, order, OrderStatus.NEW)
    session.flush()
    lines = select(OrderLine).where(among(OrderLine.order_id, [order.id for order in orders]))
    if orders:
        stock.take(session, session.scalars(lines.order_by(OrderLine.id)).all())
    tell_stalls(session, orders)
    return len(orders)


def _locked(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Order]:
    """Such orders of the shop, after their sellers' stalls: so neither a payment nor the seller comes between."""
    query = (
        select(Order)
        .join(PaymentRequest, PaymentRequest.id == Order.payment_request_id)
        .where(Order.marketplace == SHOP, *conditions)
        .order_by(Order.id)
        .limit(AT_ONCE)
    )
    seen = session.execute(query.with_only_columns(Order.id, Order.seller_id)).all()
    if not seen:
        return []
    take_turns_of_sellers(session, {row.seller_id for row in seen})
    still = query.where(among(Order.id, [row.id for row in seen])).with_for_update(of=Order)
    return session.scalars(still.execution_options(populate_existing=True)).all()
