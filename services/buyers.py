"""Forgetting who bought: an order that is over keeps its bookkeeping record, without the person (Law
91/2025/QH15: no longer than its purpose needs)."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from models import Order, OrderLabel, StrayOrder
from models.bulk import among

KEEP_BUYERS = timedelta(days=90)
"""As long as the traces of what happened are kept, so that a complaint can still be answered."""
FORGET_AT_ONCE = 5_000
KNOWN = or_(Order.buyer_name.is_not(None), Order.buyer_phone.is_not(None), Order.buyer_address.is_not(None))


def forget_old_buyers(session: Session) -> int:
    """Those of orders that have been over for long; how many."""
    over = Order.closed_at < now() - KEEP_BUYERS
    _forget_labels(session, over)
    old = select(Order.id).where(over, KNOWN).limit(FORGET_AT_ONCE)
    return _forget(session, Order.id.in_(old.scalar_subquery())) + _forget_strays(session)


def _forget_strays(session: Session) -> int:
    """Those of orders that nobody has claimed for as long."""
    known = func.num_nonnulls(StrayOrder.buyer_name, StrayOrder.buyer_phone, StrayOrder.buyer_address) > 0
    forgotten = session.execute(
        update(StrayOrder)
        .where(StrayOrder.created_at < now() - KEEP_BUYERS, known)
        .values(buyer_name=None, buyer_phone=None, buyer_address=None)
        .returning(StrayOrder.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())


def forget_buyers(session: Session, order_ids: Collection[UUID]) -> int:
    """Those of these orders, at the buyer's wish; how many."""
    which = among(Order.id, list(order_ids))
    _forget_labels(session, which)
    return _forget(session, which)


def _forget(session: Session, which: ColumnElement[bool]) -> int:
    forgotten = session.execute(
        update(Order)
        .where(which, KNOWN)
        .values(buyer_name=None, buyer_phone=None, buyer_address=None)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())


def _forget_labels(session: Session, which: ColumnElement[bool]) -> None:
    """They show a buyer of whom nothing else may be known."""
    orders = select(Order.id).where(which)
    session.execute(
        delete(OrderLabel).where(OrderLabel.order_id.in_(orders)),
        execution_options={"synchronize_session": False},
    )
