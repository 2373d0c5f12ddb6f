"""Keeping `year_revenues`: what every seller took in a year, as the revenue book sums it up
(`services.queries.revenue_books`).

The journal only grows, so its part grows by the entries that were sealed since the last time: none of them is still on
its way (`services.journal_seals`), and the mark moves in the same transaction. What orders brought can change
afterwards; they are few beside the payments, and are added up anew.
"""

from typing import Any

from sqlalchemy import BigInteger, Select, SmallInteger, cast, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from models import JournalAccount, JournalEntry, JournalSeal, RevenueMark, Seller, YearRevenue
from services.queries.order_revenue import order_sums
from services.queries.revenue_books import OWN

ENTRIES_AT_ONCE = 100_000


def count_entries(session: Session, most: int = ENTRIES_AT_ONCE) -> int:
    """Add up at most so many of the entries that were sealed since the last time; 0 where there is none left."""
    session.execute(upsert(RevenueMark).values(id=1, counted_to=0).on_conflict_do_nothing())
    mark = session.get_one(RevenueMark, 1, with_for_update=True, populate_existing=True)
    sealed = session.scalar(select(func.max(JournalSeal.last_entry))) or 0
    first, last = mark.counted_to + 1, min(mark.counted_to + most, sealed)
    if last < first:
        return 0
    grown = upsert(YearRevenue).from_select(["seller_id", "year", "booked"], _booked(first, last))
    session.execute(
        grown.on_conflict_do_update(
            index_elements=["seller_id", "year"],
            set_={"booked": YearRevenue.booked + grown.excluded.booked},
        )
    )
    mark.counted_to = last
    return last - first + 1


def count_orders(session: Session, year: int) -> None:
    """Add up what orders brought in that year; of sellers who have none there any more, nothing."""
    former = select(YearRevenue.seller_id, literal(0)).where(
        YearRevenue.year == year, YearRevenue.ordered != 0
    )
    sums = union_all(order_sums(year), former).subquery()
    amount = cast(func.sum(sums.c.amount), BigInteger)
    brought = select(sums.c.seller_id, literal(year, SmallInteger), amount).group_by(sums.c.seller_id)
    told = upsert(YearRevenue).from_select(["seller_id", "year", "ordered"], brought)
    session.execute(
        told.on_conflict_do_update(
            index_elements=["seller_id", "year"],
            set_={"ordered": told.excluded.ordered},
            where=YearRevenue.ordered != told.excluded.ordered,
        )
    )


def _booked(first: int, last: int) -> Select[*tuple[Any, ...]]:
    """What the entries of these numbers brought each seller, or took away, by year."""
    credit, debit = JournalEntry.credit_account_id, JournalEntry.debit_account_id
    moved = union_all(
        *(
            select(side.label("account_id"), JournalEntry.business_day, amount.label("amount")).where(
                JournalEntry.number.between(first, last)
            )
            for side, amount in ((credit, JournalEntry.amount), (debit, -JournalEntry.amount))
        )
    ).subquery()
    year = cast(func.extract("year", moved.c.business_day), SmallInteger)
    return (
        select(Seller.id, year, func.sum(moved.c.amount))
        .join(JournalAccount, JournalAccount.owner_id == Seller.id)
        .join(moved, moved.c.account_id == JournalAccount.id)
        .where(JournalAccount.kind.in_(OWN))
        .group_by(Seller.id, year)
    )
