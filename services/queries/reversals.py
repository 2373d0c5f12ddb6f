"""Stalls whose money is taken back unusually often, or long after it came: a pattern for a manager to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, cast, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from models import ExceptionKind, Market, Payment, PaymentRequest, ReconciliationException, Seller, Stall
from services.access import Actor, visible_exceptions
from services.holdings import reversal_stands
from services.queries.markets import get_managed_market

WINDOW, LATE_AFTER = timedelta(days=30), timedelta(days=1)
"""Reversals are counted over the first; those that come the second after the money are late. From how many on is the
market's to say (`Market.alert_reversals`)."""


@dataclass(frozen=True)
class ReversalAlert:
    """`late` of the `reversals` came long after the money; `amount` is all of them, in đồng."""

    stall_id: UUID
    stall_number: str
    seller_id: UUID
    seller_name: str
    reversals: int
    late: int
    amount: int


def list_reversal_alerts(session: Session, actor: Actor, market_id: UUID) -> Sequence[ReversalAlert]:
    """The stalls with as many reversals as the market wants to be told of, the most first. Raises NotFound,
    Forbidden."""
    get_managed_market(session, actor, market_id)
    alerts = _alerts(actor).where(ReconciliationException.market_id == market_id).subquery().c
    columns = [alerts[each.name] for each in fields(ReversalAlert)]
    query = select(*columns).order_by(alerts.reversals.desc(), alerts.stall_number)
    return [ReversalAlert(*row) for row in session.execute(query)]


def count_reversal_alerts(session: Session, actor: Actor) -> dict[UUID, int]:
    """How many such stalls there are, by market; those without any are left out."""
    alerts = _alerts(actor).subquery()
    query = select(alerts.c.market_id, func.count()).group_by(alerts.c.market_id)
    return {row[0]: int(row[1]) for row in session.execute(query)}


def _alerts(actor: Actor) -> Select[*tuple[Any, ...]]:
    told = ReconciliationException
    reversals = func.count()
    late = func.count().filter(told.created_at - Payment.occurred_at >= LATE_AFTER)
    return (
        select(
            Market.id.label("market_id"),
            Stall.id.label("stall_id"),
            Stall.number.label("stall_number"),
            Seller.id.label("seller_id"),
            Seller.name.label("seller_name"),
            reversals.label("reversals"),
            late.label("late"),
            cast(func.sum(told.amount), BigInteger).label("amount"),
        )
        .select_from(told)
        .join(Market, Market.id == told.market_id)
        .join(Payment, Payment.id == told.payment_id)
        .outerjoin(PaymentRequest, PaymentRequest.id == told.payment_request_id)
        .join(Stall, Stall.id == func.coalesce(PaymentRequest.stall_id, Payment.stall_id))
        .join(Seller, Seller.id == Stall.seller_id)
        .where(
            told.kind == ExceptionKind.REVERSED,
            reversal_stands(Payment.id),
            told.created_at >= now() - WINDOW,
            visible_exceptions(actor),
        )
        .group_by(Market.id, Stall.id, Seller.id)
        .having(or_(reversals >= Market.alert_reversals, late >= Market.alert_late_reversals))
    )
