"""What orders add to a seller's revenue book: on which days, and what is taken out of it again.

What is left of an order is what its goods cost, or what its floor says they brought once it has paid the order out,
with all that the floor adjusted since: never more than they cost, never less than nothing. Each day of the book has
by how much that changed on it, so a refund lowers the day on which the floor took it back, whatever year the sale
was in. An order that went back (`Order.returned_on`) is out with all that was left of it; what its floor takes off it
from then on takes nothing more. Nothing stands before the day on which its order came into the book.

The tax that the floor kept back stands on the order's day, as the settlement says, before that as the order itself
does; what was given back of it stands with its refund, and is never more than was kept.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from core.clock import VIETNAM, start_of_day
from core.money import MAX_DONG
from models import FloorSettlement, Order, SettlementKind, SettlementShare

BROUGHT = and_(FloorSettlement.kind == SettlementKind.ORDER, SettlementShare.gross >= 0)
"""What an order was paid out with. A floor may take something back as an order's settlement, too."""


@dataclass(frozen=True)
class OrderDay:
    """Đồng of one day; `count` is how many orders came less how many went back, `lowered` how often floors took
    something off an order."""

    amount: int
    withheld: int
    count: int
    lowered: int


def order_days(session: Session, seller_id: UUID, year: int) -> dict[date, OrderDay]:
    """The days of the year on which an order came into the book, was changed in it, or left it."""
    changes = _changes_in(year, Order.seller_id == seller_id)
    sums = [func.sum(changes.c[name]) for name in ("amount", "withheld", "count", "lowered")]
    query = select(changes.c.day, *sums).group_by(changes.c.day)
    return {day: OrderDay(*map(int, told)) for day, *told in session.execute(query)}


def order_sums(year: int) -> Select[tuple[UUID, int]]:
    """Of every seller with orders, what they brought in that year: the days of `order_days`, added up."""
    first, share = date(year, 1, 1), aliased(SettlementShare)
    settled = exists().where(share.order_id == Order.id, share.settled_at >= start_of_day(first))
    changes = _changes_in(year, or_(Order.earned_on >= first, Order.returned_on >= first, settled))
    amount = cast(func.sum(changes.c.amount), BigInteger)
    return select(changes.c.seller_id, amount.label("amount")).group_by(changes.c.seller_id)


def _changes_in(year: int, which: ColumnElement[bool]) -> Subquery:
    """Each day's changes of those orders within the year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    changes = _changes(_moves(which, last))
    return select(changes).where(changes.c.day.between(first, last)).subquery()


def _moves(which: ColumnElement[bool], until: date) -> Subquery:
    """All that befell those orders, where they came into the book by `until`, one row each."""
    paid, share = _paid_out(which), SettlementShare
    withheld = func.coalesce(paid.c.withheld, Order.withheld)
    came = _move(Order.earned_on, Order.total, withheld, 1).outerjoin(paid, paid.c.order_id == Order.id)
    short = _settled(paid.c.settled_at, paid.c.gross - Order.total, literal(0))
    adjusted = _settled(share.settled_at, share.gross, share.withheld)
    moves = (
        came,
        short.join(paid, paid.c.order_id == Order.id).where(paid.c.gross != Order.total),
        adjusted.join(share, share.order_id == Order.id).join(share.settlement).where(~BROUGHT),
        _move(Order.returned_on, literal(0), literal(0), -1).where(Order.returned_on.is_not(None)),
    )
    return union_all(*(move.where(which, Order.earned_on <= until) for move in moves)).subquery()


def _move(day: Any, amount: Any, withheld: Any, count: int = 0) -> Select[Any]:
    """`count` is 1 for an order that came, -1 for one that went back."""
    return select(
        Order.id.label("order_id"),
        Order.seller_id,
        Order.total.label("worth"),
        day.label("day"),
        amount.label("amount"),
        withheld.label("withheld"),
        literal(count).label("count"),
    ).select_from(Order)


def _settled(at: Any, amount: Any, withheld: Any) -> Select[Any]:
    day = func.greatest(cast(func.timezone(str(VIETNAM), at), Date), Order.earned_on)
    return _move(day, amount, withheld).where(or_(Order.returned_on.is_(None), day <= Order.returned_on))


def _paid_out(which: ColumnElement[bool]) -> Subquery:
    """What each order brought, and when the last of it was paid out."""
    share = SettlementShare
    return (
        select(
            share.order_id,
            func.sum(share.gross).label("gross"),
            func.sum(share.withheld).label("withheld"),
            func.max(share.settled_at).label("settled_at"),
        )
        .join(share.settlement)
        .join(share.order)
        .where(which, BROUGHT)
        .group_by(share.order_id)
        .subquery()
    )


def _changes(moves: Subquery) -> Subquery:
    """By how much each move changed what was left of its order, and of its tax."""
    move, kind = moves.c, moves.c["count"]

    def change(name: str, most: Any) -> Any:
        def left(sums: Any) -> Any:
            return func.least(most, func.greatest(0, sums))

        after = func.sum(move[name]).over(
            partition_by=move.order_id, order_by=(move.day, kind.desc()), rows=(None, 0)
        )
        before = left(after - move[name])
        return case((kind < 0, -before), else_=left(after) - before).label(name)

    lowered = case((and_(kind == 0, move.amount < 0), 1), else_=0).label("lowered")
    return select(
        move.seller_id,
        move.day,
        kind,
        lowered,
        change("amount", move.worth),
        change("withheld", MAX_DONG),
    ).subquery()
