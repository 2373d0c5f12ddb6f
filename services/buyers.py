"""Forgetting who bought: an order that is over keeps its bookkeeping record, without the person (Law
91/2025/QH15: no longer than its purpose needs)."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from models import Order, StrayOrder
from models.bulk import among

KEEP_BUYERS = timedelta(days=90)
"""As long as the traces of what happened are kept, so that a complaint can still be answered."""
FORGET_AT_ONCE = 5_000
KNOWN = or_(Order.buyer_name.is_not(None), Order.buyer_phone.is_not(None), Order.buyer_address.is_not(None))


def forget_old_buyers(session: Session) -> int:
    """Those of orders that have been over for long; how many."""
    old = select(Order.id).where(Order.closed_at < now() - KEEP_BUYERS, KNOWN).limit(FORGET_AT_ONCE)
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
    return _forget(session, among(Order.id, list(order_ids)))


def _forget(session: Session, which: ColumnElement[bool]) -> int:
    forgotten = session.execute(
        update(Order)
        .where(which, KNOWN)
        .values(buyer_name=None, buyer_phone=None, buyer_address=None)
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())
