"""Stalls whose money is taken back unusually often, or long after it came: a pattern for a manager to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import BigInteger, cast, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from models import ExceptionKind, Payment, ReconciliationException, Seller, Stall
from services.access import Actor, visible_exceptions
from services.holdings import reversal_stands
from services.queries.markets import get_managed_market


@dataclass(frozen=True)
class ReversalRule:
    """What is unusual: so many reversals within the window, or so many that came `late_after` the money."""

    window: timedelta = timedelta(days=30)
    reversals: int = 3
    late_after: timedelta = timedelta(days=1)
    late_reversals: int = 2


RULE = ReversalRule()


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


def list_reversal_alerts(
    session: Session, actor: Actor, market_id: UUID, rule: ReversalRule = RULE
) -> Sequence[ReversalAlert]:
    """The market's stalls that the rule points at, the most reversals first. Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    told = ReconciliationException
    reversals = func.count()
    late = func.count().filter(told.created_at - Payment.occurred_at >= rule.late_after)
    query = (
        select(
            Stall.id,
            Stall.number,
            Seller.id,
            Seller.name,
            reversals,
            late,
            cast(func.sum(told.amount), BigInteger),
        )
        .select_from(told)
        .join(Payment, Payment.id == told.payment_id)
        .join(Stall, Stall.id == Payment.stall_id)
        .join(Seller, Seller.id == Stall.seller_id)
        .where(
            told.market_id == market_id,
            told.kind == ExceptionKind.REVERSED,
            reversal_stands(Payment.id),
            told.created_at >= now() - rule.window,
            visible_exceptions(actor),
        )
        .group_by(Stall.id, Seller.id)
        .having(or_(reversals >= rule.reversals, late >= rule.late_reversals))
        .order_by(reversals.desc(), Stall.number)
    )
    return [ReversalAlert(*row) for row in session.execute(query)]
