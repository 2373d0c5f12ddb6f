"""Stall fees: what a market charges, what it asked of whom, what was paid, and who was reminded."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DDL,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    event,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import column

from core.reference_codes import ReferenceKind, new_reference
from models.base import Base, Created, Dong, Id, SealedText, not_blank, one_of, positive_amount, text_enum
from models.markets import CollectionChannel, Market, Stall
from models.people import Seller


class FeeKind(StrEnum):
    AREA_MONTH = "area_month"
    """Đồng per m² and month."""
    STALL_MONTH = "stall_month"
    """Đồng per stall and month."""
    DAY = "day"
    """Đồng per day, of a seller without a stall."""


class FeeStatus(StrEnum):
    ISSUED = "issued"
    OVERDUE = "overdue"
    PAID = "paid"
    CANCELLED = "cancelled"


class ReminderStatus(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


OWED = frozenset({FeeStatus.ISSUED, FeeStatus.OVERDUE})
"""Something is still to be paid."""


class FeeAccount(Created, Base):
    """The market's own account, into which fees are paid; `channel_id` is what its transfers come through."""

    __tablename__ = "fee_accounts"
    __table_args__ = (
        not_blank("holder_name"),
        CheckConstraint("octet_length(account_number_index) = 32", name="account_number_indexed"),
    )

    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"), primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"), unique=True)
    bin: Mapped[str] = mapped_column(ForeignKey("banks.bin"))
    account_number: Mapped[str] = mapped_column(SealedText)
    account_number_index: Mapped[bytes] = mapped_column(LargeBinary)
    holder_name: Mapped[str]
    channel: Mapped[CollectionChannel] = relationship()


def _no_overlap(name: str, *owner: str) -> ExcludeConstraint:
    """One rate at a time of a kind in a row; an owner that is NULL is nobody's."""
    return ExcludeConstraint(
        *((column(one), "=") for one in owner),
        (func.coalesce(column("row"), text("''")), "="),
        (column("kind"), "="),
        (func.daterange(column("valid_from"), column("valid_to"), text("'[]'")), "&&"),
        name=name,
    )


class FeeTariff(Created, Base):
    """A rate of a market, or of one `row` of it, from `valid_from` to `valid_to`, both included. One without a market
    is what a province sets for all of its markets of `market_class`; a market's own stands before it."""

    __tablename__ = "fee_tariffs"
    __table_args__ = (
        one_of("kind", FeeKind),
        positive_amount("rate"),
        CheckConstraint("valid_to >= valid_from", name="valid_to_not_before"),
        CheckConstraint("kind <> 'day' OR \"row\" IS NULL", name="day_in_no_row"),
        CheckConstraint(
            "CASE WHEN market_id IS NULL THEN province_code IS NOT NULL AND market_class IS NOT NULL "
            "ELSE province_code IS NULL AND market_class IS NULL END",
            name="market_or_class",
        ),
        CheckConstraint("market_class IN (1, 2, 3)", name="market_class_known"),
        CheckConstraint("province_code ~ '^[0-9]{2}$'", name="province_not_commune"),
        _no_overlap("ex_fee_tariffs_overlap", "market_id"),
        _no_overlap("ex_fee_tariffs_province_overlap", "province_code", "market_class"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID | None] = mapped_column(ForeignKey("markets.id"))
    province_code: Mapped[str | None] = mapped_column(ForeignKey("admin_units.code"))
    market_class: Mapped[int | None] = mapped_column(SmallInteger)
    row: Mapped[str | None]
    kind: Mapped[FeeKind] = mapped_column(text_enum(FeeKind))
    rate: Mapped[Dong]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))


GIST = DDL("CREATE EXTENSION IF NOT EXISTS btree_gist")  # type: ignore[no-untyped-call]
event.listen(FeeTariff.__table__, "before_create", GIST)


class FeeInvoice(Created, Base):
    """A fee asked for: a stall's of a month (`2026-11`), or a day's ticket (`2026-11-22`) of a seller without one.

    `basis` is how the amount was made, so that it can be read after the tariffs have changed. One that was
    cancelled stays, and may be issued anew.
    """

    __tablename__ = "fee_invoices"
    __table_args__ = (
        positive_amount(),
        one_of("status", FeeStatus),
        CheckConstraint("amount_paid >= 0", name="amount_paid_not_negative"),
        CheckConstraint(
            r"period ~ CASE WHEN stall_id IS NULL THEN '^\d{4}-\d\d-\d\d$' ELSE '^\d{4}-\d\d$' END",
            name="period_written",
        ),
        CheckConstraint(
            "(status = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled_for_a_reason"
        ),
        CheckConstraint("NOT called_off OR status = 'cancelled'", name="called_off_if_cancelled"),
        Index(
            "uq_fee_invoices_stall_period",
            "stall_id",
            "period",
            unique=True,
            postgresql_where=text("status <> 'cancelled'"),
        ),
        Index(
            "uq_fee_invoices_ticket",
            "market_id",
            "seller_id",
            "period",
            unique=True,
            postgresql_where=text("stall_id IS NULL AND status <> 'cancelled'"),
        ),
        Index(None, "market_id", "created_at", "id"),
        Index(None, "seller_id"),
        Index(
            "ix_fee_invoices_owed",
            "market_id",
            "due_on",
            postgresql_where=text("status IN ('issued', 'overdue')"),
        ),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(
        unique=True, default=lambda: new_reference(ReferenceKind.FEE_INVOICE)
    )
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    stall_id: Mapped[UUID | None] = mapped_column(ForeignKey("stalls.id"))
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    period: Mapped[str]
    amount: Mapped[Dong]
    amount_paid: Mapped[Dong] = mapped_column(default=0)
    basis: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`{kind, rate, market_class?, area_m2?, amount}` for each tariff; with the class where its province set it."""
    status: Mapped[FeeStatus] = mapped_column(text_enum(FeeStatus), default=FeeStatus.ISSUED)
    due_on: Mapped[date] = mapped_column(Date)
    """The last day on which it can be paid in time."""
    issued_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    cancel_reason: Mapped[str | None]
    called_off: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Cancelled because its stall was closed before: as if it had never been asked for, should the stall open again."""
    market: Mapped[Market] = relationship()
    stall: Mapped[Stall | None] = relationship()
    seller: Mapped[Seller] = relationship()

    @property
    def remaining(self) -> int:
        """What is still to be paid, in đồng."""
        return max(self.amount - self.amount_paid, 0) if self.status in OWED else 0


class FeeInvoiceRequest(Created, Base):
    """A payment request by which an invoice can be paid."""

    __tablename__ = "fee_invoice_requests"

    payment_request_id: Mapped[UUID] = mapped_column(ForeignKey("payment_requests.id"), primary_key=True)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("fee_invoices.id"), index=True)


class FeePayment(Created, Base):
    """Money for an invoice: a transfer's part of `payment_id`, or cash that a person took at the office."""

    __tablename__ = "fee_payments"
    __table_args__ = (
        positive_amount(),
        UniqueConstraint("payment_id", "invoice_id"),
        CheckConstraint("(payment_id IS NULL) = (noted_by IS NOT NULL)", name="noted_where_cash"),
        Index(None, "invoice_id"),
    )

    id: Mapped[Id]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("fee_invoices.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    amount: Mapped[Dong]
    noted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    undone_at: Mapped[datetime | None]


class FeeReminder(Created, Base):
    """One message about one invoice; `occasion` says why, once for ever."""

    __tablename__ = "fee_reminders"
    __table_args__ = (one_of("status", ReminderStatus), UniqueConstraint("invoice_id", "occasion"))

    id: Mapped[Id]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("fee_invoices.id"))
    occasion: Mapped[str]
    status: Mapped[ReminderStatus] = mapped_column(text_enum(ReminderStatus), default=ReminderStatus.WAITING)
    message_id: Mapped[str | None]
    problem: Mapped[str | None]
    """Why nothing was sent, for the manager."""
