"""What every step of an order brings with it, whoever takes it: its trace, its place in the revenue book, and the
waking of its seller's pages."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Order, OrderChange, OrderStatus, Stall
from models.bulk import among
from models.order_states import OVER, move_order, move_order_back
from models.orders import SHOP
from services.events import StallOrdersChanged, record_all


def step(session: Session, order: Order, target: OrderStatus, by: UUID | None) -> None:
    """Move an order as its table allows, and keep the step. Raises IllegalOrderMove."""
    if order.status is target:
        return
    session.add(OrderChange(order_id=order.id, from_status=order.status, to_status=target, changed_by=by))
    order.status = move_order(order.status, target)
    order.closed_at = now() if target in OVER else None
    book_revenue(order, business_day(now()))


def step_back(session: Session, order: Order, target: OrderStatus) -> None:
    """A floor will not have it cancelled: it is what it was."""
    session.add(OrderChange(order_id=order.id, from_status=order.status, to_status=target))
    order.status = move_order_back(order.status, target)
    order.closed_at = order.cancel_reason = order.returned_on = None


def book_revenue(order: Order, day: date) -> None:
    """A floor's order is revenue once it is delivered or paid, and no more once it is cancelled after that. The
    shop's is booked by its payment, or by its seller's word."""
    if order.status is OrderStatus.CANCELLED:
        if order.earned_on and order.returned_on is None:
            order.returned_on = max(day, order.earned_on)
    elif order.marketplace != SHOP and (order.paid or order.status is OrderStatus.DELIVERED):
        order.earned_on = order.earned_on or day


def tell_stalls(session: Session, orders: Collection[Order]) -> None:
    """Let the pages of these orders' sellers know; their stalls' turns have been taken (`services.turns`)."""
    if not orders:
        return
    query = (
        select(Stall.market_id, Stall.id, Stall.seller_id)
        .where(among(Stall.seller_id, list({order.seller_id for order in orders})))
        .order_by(Stall.id)
    )
    stalls = session.execute(query).all()
    record_all(
        session,
        [
            StallOrdersChanged(market_id, stall_id, order.id, order.status)
            for order in orders
            for market_id, stall_id, seller_id in stalls
            if seller_id == order.seller_id
        ],
    )
