"""A stall's money by day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from models import Payment, Stall
from services.access import Actor, stalls_with_money
from services.queries.lists import list_payments
from services.queries.shared import parts_of, shared_parts
from services.queries.went_back import went_back

SHOWN = 30


@dataclass(frozen=True)
class Total:
    """`amount` đồng by so many payments, less what went back on the day."""

    payments: int
    amount: int


@dataclass(frozen=True)
class Till:
    """One day's money: all of it in `total`, the latest transfers in `payments`; of those that other stalls have a part
    of, this one's is in `parts`; what of each went back to its payer is in `back`."""

    day: date
    total: Total
    payments: Sequence[Payment]
    parts: Mapping[UUID, int]
    back: Mapping[UUID, int]


def till_of_day(session: Session, actor: Actor, stall_id: UUID, day: date) -> Till:
    total = totals_of_days(session, actor, stall_id, {day}).get(day, Total(0, 0))
    latest = list_payments(session, actor, stall_id=stall_id, since=day, until=day, limit=SHOWN)
    parts = parts_of(session, actor, stall_id, latest.items)
    return Till(day, total, latest.items, parts, went_back_of(session, stall_id, latest.items))


def went_back_of(session: Session, stall_id: UUID, payments: Sequence[Payment]) -> dict[UUID, int]:
    """By payment that the person was shown already: what of it this stall had, and has no more, in đồng."""
    back = went_back().c
    query = (
        select(back.payment_id, func.sum(back.amount))
        .where(
            back.market_id.in_({payment.market_id for payment in payments}),
            back.payment_id.in_([payment.id for payment in payments]),
            back.stall_id == stall_id,
        )
        .group_by(back.payment_id)
        .having(func.sum(back.amount) > 0)
    )
    return {payment_id: int(amount) for payment_id, amount in session.execute(query)}


def totals_of_days(
    session: Session, actor: Actor, stall_id: UUID, days: Collection[date]
) -> dict[date, Total]:
    """The stall's totals on those of `days` on which money came or went back."""
    stall = select(Stall.market_id).where(Stall.id == stall_id, stalls_with_money(actor)).scalar_subquery()
    came, part, back = Payment.__table__.c, shared_parts().c, went_back().c
    moved = union_all(
        *(
            select(of.business_day.label("day"), payments.label("payments"), amount.label("amount")).where(
                of.market_id == stall, of.stall_id == stall_id, of.business_day.in_(days)
            )
            for of, payments, amount in (
                (came, literal(1), came.amount),
                (part, part.payments, part.amount),
                (back, literal(0), -back.amount),
            )
        )
    ).subquery()
    query = select(moved.c.day, func.sum(moved.c.payments), func.sum(moved.c.amount)).group_by(moved.c.day)
    return {day: Total(int(count), int(amount)) for day, count, amount in session.execute(query)}
