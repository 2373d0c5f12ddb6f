"""What orders add to a seller's revenue book: those that came into it on a day, less those that were taken out
of it again on another."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Integer, func, literal, select, union_all
from sqlalchemy.orm import Session

from models import Order


@dataclass(frozen=True)
class OrderDay:
    """Đồng of one day; `count` is how many orders came less how many went back."""

    amount: int
    withheld: int
    count: int


def order_days(session: Session, seller_id: UUID, year: int) -> dict[date, OrderDay]:
    """The days of the year on which any order came into the book or left it."""
    moves = [(Order.earned_on, literal(1, Integer)), (Order.returned_on, literal(-1, Integer))]
    told = union_all(
        *(
            select(
                day.label("day"),
                (Order.total * sign).label("amount"),
                (Order.withheld * sign).label("withheld"),
                sign.label("count"),
            ).where(Order.seller_id == seller_id, day.between(date(year, 1, 1), date(year, 12, 31)))
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
