"""A stall's money by day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from models import Payment
from services.access import Actor, visible_money
from services.queries.lists import list_payments
from services.queries.went_back import went_back

SHOWN = 30


@dataclass(frozen=True)
class Total:
    """`amount` đồng by so many payments, less what went back on the day."""

    payments: int
    amount: int


@dataclass(frozen=True)
class Till:
    """One day's money: all of it in `total`, the latest transfers in `payments`."""

    day: date
    total: Total
    payments: Sequence[Payment]


def till_of_day(session: Session, actor: Actor, stall_id: UUID, day: date) -> Till:
    total = totals_of_days(session, actor, stall_id, {day}).get(day, Total(0, 0))
    latest = list_payments(session, actor, stall_id=stall_id, since=day, until=day, limit=SHOWN)
    return Till(day, total, latest.items)


def totals_of_days(
    session: Session, actor: Actor, stall_id: UUID, days: Collection[date]
) -> dict[date, Total]:
    """The stall's totals on those of `days` on which money came or went back."""
    seen = select(Payment.id).where(Payment.stall_id == stall_id, visible_money(actor, Payment)).exists()
    back = went_back()
    moved = union_all(
        select(
            Payment.business_day.label("day"), literal(1).label("payments"), Payment.amount.label("amount")
        ).where(Payment.stall_id == stall_id, Payment.business_day.in_(days), visible_money(actor, Payment)),
        select(back.c.business_day, literal(0), -back.c.amount).where(
            back.c.stall_id == stall_id, back.c.business_day.in_(days), seen
        ),
    ).subquery()
    query = select(moved.c.day, func.sum(moved.c.payments), func.sum(moved.c.amount)).group_by(moved.c.day)
    return {day: Total(int(count), int(amount)) for day, count, amount in session.execute(query)}
