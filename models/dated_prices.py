"""Prices that hold for some days: for a feast, a harvest, a week of offers. Then the ordinary price stands again."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dong, Id, not_blank, positive_amount

LONGEST_PRICE_NAME = 60
STANDS = "turns_on IS NOT NULL"


class DatedPrice(Created, Base):
    """A listing's `price` a `unit` from one business day to another, both included, on one floor or (None) on all of
    them. One floor's goes before one for all. Of a listing and floor only one holds at a time.

    `turns_on` says what is still owed to floors: the day at whose beginning they are to be told next. So whoever looks
    twice tells them once, and whoever comes late still does.
    """

    __tablename__ = "dated_prices"
    __table_args__ = (
        positive_amount("price"),
        not_blank("unit"),
        not_blank("name"),
        CheckConstraint("last_day >= first_day", name="last_day_not_before"),
        CheckConstraint("turns_on IN (first_day, last_day + 1)", name="turns_at_an_end"),
        ExcludeConstraint(
            (column("listing_id"), "="),
            (func.coalesce(column("marketplace"), text("''")), "="),
            (column("unit"), "="),
            (func.daterange(column("first_day"), column("last_day"), text("'[]'")), "&&"),
            name="ex_dated_prices_overlap",
            where=text(STANDS),
        ),
        Index("ix_dated_prices_standing", "listing_id", postgresql_where=text(STANDS)),
        Index("ix_dated_prices_turning", "turns_on", postgresql_where=text(STANDS)),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    marketplace: Mapped[str | None]
    price: Mapped[Dong]
    unit: Mapped[str]
    """What it was said of: a kilogram's price is none for a crate."""
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    name: Mapped[str | None]
    """What the seller calls it; buyers are not told."""
    turns_on: Mapped[date | None] = mapped_column(Date)
    """Its first day, or when that has been told the one after its last; None once it is over or somebody ended it."""

    def holds_on(self, day: date) -> bool:
        return self.turns_on is not None and self.first_day <= day <= self.last_day

    def is_untold(self, day: date) -> bool:
        """Whether it begins or is over by `day`, and floors are yet to be told."""
        return self.turns_on is not None and self.turns_on <= day
