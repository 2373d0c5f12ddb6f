"""What orders add to a seller's revenue book: those that came into it on a day, less those that were taken out
of it again on another."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Integer, func, literal, select, union_all
from sqlalchemy.orm import Session

from models import FloorSettlement, Order, SettlementKind, SettlementShare


@dataclass(frozen=True)
class OrderDay:
    """Đồng of one day; `count` is how many orders came less how many went back."""

    amount: int
    withheld: int
    count: int


def order_days(session: Session, seller_id: UUID, year: int) -> dict[date, OrderDay]:
    """The days of the year on which any order came into the book or left it.

    The tax is what the floor kept back when it paid the order out, with what it gave back of it later; before that,
    what the order itself says. It stands on the order's day, so that it is never counted twice.
    """
    settled = (
        select(
            SettlementShare.order_id.label("order_id"),
            func.sum(SettlementShare.withheld).label("withheld"),
        )
        .join(FloorSettlement, FloorSettlement.id == SettlementShare.settlement_id)
        .join(Order, Order.id == SettlementShare.order_id)
        .where(Order.seller_id == seller_id)
        .group_by(SettlementShare.order_id)
        .having(func.bool_or(FloorSettlement.kind == SettlementKind.ORDER))
        .subquery()
    )
    withheld = func.coalesce(settled.c.withheld, Order.withheld)
    moves = [(Order.earned_on, literal(1, Integer)), (Order.returned_on, literal(-1, Integer))]
    told = union_all(
        *(
            select(
                day.label("day"),
                (Order.total * sign).label("amount"),
                (withheld * sign).label("withheld"),
                sign.label("count"),
            )
            .outerjoin(settled, settled.c.order_id == Order.id)
            .where(Order.seller_id == seller_id, day.between(date(year, 1, 1), date(year, 12, 31)))
            for day, sign in moves
        )
    ).subquery()
    query = select(
        told.c.day, func.sum(told.c.amount), func.sum(told.c.withheld), func.sum(told.c["count"])
    ).group_by(told.c.day)
    return {
        day: OrderDay(int(amount), int(withheld), int(count))
        for day, amount, withheld, count in session.execute(query)
    }
