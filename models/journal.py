"""The double-entry journal. An entry moves one amount from one account to another, so it balances by its
shape; rows, of accounts too, are only ever added (triggers refuse UPDATE, DELETE and TRUNCATE)."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dong, Id, one_of, positive_amount, text_enum


class AccountKind(StrEnum):
    CHANNEL = "channel"
    """Money that a collection channel has received."""
    SELLER = "seller"
    """Money that belongs to a seller."""
    SUSPENSE = "suspense"
    """Money that came and is not yet tied to anything."""
    FEES = "fees"
    """Stall fees, which belong to the market."""
    CASH = "cash"
    """Cash that the market's office took, or that a seller noted: `owner_id` says whose."""
    WRITE_OFF = "write_off"
    """Money that nobody asked for and nobody will, by a person's decision."""
    ROUNDING = "rounding"
    """By how much a seller's paid requests were paid short (debited) or over (credited), within the tolerance."""
    REFUNDS = "refunds"
    """Money on its way back to its payer: `owner_id` is the seller that gives it, or the market where nobody had it."""


class JournalAccount(Created, Base):
    """An account of one market: `owner_id` is its channel or seller, or the market itself; suspense
    has none."""

    __tablename__ = "journal_accounts"
    __table_args__ = (
        UniqueConstraint("market_id", "kind", "owner_id", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "market_id"),
        one_of("kind", AccountKind),
        CheckConstraint("(kind = 'suspense') = (owner_id IS NULL)", name="owner_where_needed"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    kind: Mapped[AccountKind] = mapped_column(text_enum(AccountKind))
    owner_id: Mapped[UUID | None]


class JournalEntry(Created, Base):
    """`amount` đồng from the credited account into the debited one, both of `market_id`. `key` says what is booked,
    once for ever."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        positive_amount(),
        CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        *(
            ForeignKeyConstraint([side, "market_id"], ["journal_accounts.id", "journal_accounts.market_id"])
            for side in ("debit_account_id", "credit_account_id")
        ),
        Index(None, "market_id", "business_day"),
        Index(None, "debit_account_id"),
        Index(None, "credit_account_id"),
    )

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    """The order in which entries are sealed; numbers of what was rolled back are missing."""
    key: Mapped[str] = mapped_column(unique=True)
    market_id: Mapped[UUID]
    stall_id: Mapped[UUID | None] = mapped_column(ForeignKey("stalls.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    debit_account_id: Mapped[UUID]
    credit_account_id: Mapped[UUID]
    amount: Mapped[Dong]
    business_day: Mapped[date] = mapped_column(Date)
