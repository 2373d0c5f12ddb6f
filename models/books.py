"""What a seller's own books are made of: cash that was noted by hand, and the state's rules with their dates."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Dong, Id, not_blank, positive_amount
from models.markets import Stall


class CashNote(Created, Base):
    """Cash that a stallholder says came in. A mistake is taken back by a counter-note (`voids_id`) over the same
    sum on the same day; rows are only ever added (a trigger refuses UPDATE and DELETE)."""

    __tablename__ = "cash_notes"
    __table_args__ = (
        positive_amount(),
        not_blank("note"),
        CheckConstraint("voids_id <> id", name="voids_another"),
        Index(
            "ix_cash_notes_report",
            "market_id",
            "business_day",
            "stall_id",
            postgresql_include=["amount", "voids_id", "occurred_at"],
        ),
        Index(None, "stall_id", "occurred_at", "id"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    stall_id: Mapped[UUID] = mapped_column(ForeignKey("stalls.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"), index=True)
    """Whose money it is: the stall may have another seller one day."""
    amount: Mapped[Dong]
    note: Mapped[str | None]
    occurred_at: Mapped[datetime]
    business_day: Mapped[date] = mapped_column(Date)
    noted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    voids_id: Mapped[UUID | None] = mapped_column(ForeignKey("cash_notes.id"), unique=True)
    stall: Mapped[Stall] = relationship()
    counter: Mapped["CashNote | None"] = relationship(
        remote_side=voids_id, foreign_keys=voids_id, uselist=False, viewonly=True
    )

    @property
    def voided_at(self) -> datetime | None:
        """When it was taken back."""
        return self.counter.created_at if self.counter else None


class TaxRule(Base):
    """A threshold or percentage of the state's, or the name of a form, from a day on: data, never code.

    `number` is đồng or hundredths of a per cent, as `unit` says; a form has a `name`.
    """

    __tablename__ = "tax_rules"
    __table_args__ = (
        CheckConstraint("unit IN ('dong', 'basis_points', 'years', 'form')", name="unit_known"),
        CheckConstraint("(unit = 'form') = (name IS NOT NULL)", name="name_of_a_form"),
        CheckConstraint("(unit = 'form') = (number IS NULL)", name="number_of_the_others"),
        CheckConstraint("number >= 0", name="number_not_negative"),
        CheckConstraint("unit <> 'basis_points' OR number <= 10000", name="rate_within_whole"),
        not_blank("source"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(Date, primary_key=True)
    unit: Mapped[str]
    number: Mapped[int | None]
    name: Mapped[str | None]
    source: Mapped[str]
    """Which law or circular says so."""
