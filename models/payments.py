"""Payment requests, the money that came, what was tied to what, and what did not add up."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.reference_codes import ReferenceKind, new_reference
from models.base import Base, Created, Dong, Id, SealedText, one_of, positive_amount, text_enum
from models.markets import MOST_TOLERANCE, CollectionChannel, Stall
from models.payment_states import PaymentStatus

MAX_ORDER_CODE = 9_007_199_254_740_991
"""The largest order code: no provider takes more (the largest whole number JavaScript is sure of)."""


class PaymentRequest(Created, Base):
    """A sum asked for at a stall, or by the market itself for a fee: then it has no stall.

    `order_code` is made by the database (`new_order_code()`): unique for ever, also across databases, since
    a provider remembers every code it has seen. `amount_paid` is all that came for it, in đồng.
    """

    __tablename__ = "payment_requests"
    __table_args__ = (
        positive_amount(),
        one_of("status", PaymentStatus),
        CheckConstraint("amount_paid >= 0", name="amount_paid_not_negative"),
        CheckConstraint(f"order_code BETWEEN 1 AND {MAX_ORDER_CODE}", name="order_code_in_range"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint(f"tolerance BETWEEN 0 AND {MOST_TOLERANCE}", name="tolerance_small"),
        CheckConstraint("tolerance * 10 <= amount", name="tolerance_within_tenth"),
        CheckConstraint("tolerance = 0 OR stall_id IS NOT NULL", name="tolerance_at_a_stall"),
        CheckConstraint("octet_length(link_account_index) = 32", name="link_account_indexed"),
        Index(
            "ix_payment_requests_link_account_index",
            "link_account_index",
            postgresql_where=text("link_account_index IS NOT NULL"),
        ),
        Index(None, "stall_id", "created_at", "id"),
        Index(None, "market_id", "created_at", "id"),
        Index(
            "ix_payment_requests_to_poll", "next_poll_at", postgresql_where=text("next_poll_at IS NOT NULL")
        ),
        Index(
            "ix_payment_requests_partly_paid",
            "expires_at",
            postgresql_where=text("status = 'partly_paid'"),
        ),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(
        unique=True, default=lambda: new_reference(ReferenceKind.PAYMENT_REQUEST)
    )
    order_code: Mapped[int] = mapped_column(server_default=text("new_order_code()"), unique=True)
    stall_id: Mapped[UUID | None] = mapped_column(ForeignKey("stalls.id"))
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    amount: Mapped[Dong]
    description: Mapped[str | None]
    status: Mapped[PaymentStatus] = mapped_column(text_enum(PaymentStatus), default=PaymentStatus.CREATED)
    amount_paid: Mapped[Dong] = mapped_column(default=0)
    tolerance: Mapped[Dong] = mapped_column(default=0, server_default="0")
    """The market's when it was made: what comes may differ by so much and still pays it."""
    expires_at: Mapped[datetime]
    qr_payload: Mapped[str | None] = mapped_column(SealedText)
    """Sealed: a direct request's names the seller's own account."""
    checkout_url: Mapped[str | None]
    payment_link_id: Mapped[str | None]
    link_account_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Of the account into which the link's QR pays, by which another teller may name it: a virtual one, or else the
    channel's own."""
    problem: Mapped[str | None]
    """Why the channel refused it, for the person at the stall."""
    next_poll_at: Mapped[datetime | None]
    """When to ask the channel whether money came without a notice; None once nothing is expected."""
    created_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    stall: Mapped[Stall | None] = relationship()
    channel: Mapped[CollectionChannel] = relationship()


class PaymentRequestChange(Created, Base):
    """One step in a request's life, stored with the step itself."""

    __tablename__ = "payment_request_changes"
    __table_args__ = (one_of("from_status", PaymentStatus), one_of("to_status", PaymentStatus))

    id: Mapped[Id]
    payment_request_id: Mapped[UUID] = mapped_column(ForeignKey("payment_requests.id"), index=True)
    from_status: Mapped[PaymentStatus] = mapped_column(text_enum(PaymentStatus))
    to_status: Mapped[PaymentStatus] = mapped_column(text_enum(PaymentStatus))
    cause: Mapped[str]


class Payment(Created, Base):
    """Money that came through a channel: one row a transfer, however often and by whomever we were told.

    `business_day` is the market's day, `bank_day` the day on which the bank may have booked it. `stall_id` is the one
    stall that it is for: none where nobody knows of one yet, or where several share it.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("channel_id", "reference", "account_number", "order_code"),
        Index(
            "uq_payments_statement_identity",
            "channel_id",
            "account_number",
            "statement_identity",
            unique=True,
            postgresql_where=text("statement_identity IS NOT NULL"),
        ),
        positive_amount(),
        CheckConstraint("order_code IS NOT NULL OR statement_identity IS NOT NULL", name="told_by_somebody"),
        CheckConstraint("octet_length(statement_identity) = 32", name="statement_identity_whole"),
        CheckConstraint("NOT (shared AND stall_id IS NOT NULL)", name="shared_or_of_one_stall"),
        Index("ix_payments_shared", "market_id", "business_day", postgresql_where=text("shared")),
        Index(
            "ix_payments_report",
            "market_id",
            "business_day",
            "stall_id",
            postgresql_include=["amount", "channel_id"],
        ),
        Index(None, "channel_id", "order_code"),
        Index(None, "stall_id", "occurred_at", "id"),
        Index(None, "market_id", "occurred_at", "id"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    stall_id: Mapped[UUID | None] = mapped_column(ForeignKey("stalls.id"))
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Several stalls have a part of it, each what its matches say."""
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("collection_channels.id"))
    order_code: Mapped[int | None]
    """The request's, as its channel told it; none where only a statement tells of the transfer."""
    account_number: Mapped[str]
    """The virtual account that the channel gave this order, or the id of the statement's account; never a
    person's number."""
    statement_identity: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What tells it from every other line of its account's statements."""
    reference: Mapped[str]
    amount: Mapped[Dong]
    memo: Mapped[str]
    occurred_at: Mapped[datetime]
    business_day: Mapped[date] = mapped_column(Date)
    bank_day: Mapped[date] = mapped_column(Date)
    matches: Mapped[list["PaymentMatch"]] = relationship()
    stall: Mapped[Stall | None] = relationship()


class PaymentMatch(Created, Base):
    """`amount` đồng of a payment tied to a request."""

    __tablename__ = "payment_matches"
    __table_args__ = (positive_amount(),)

    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"), primary_key=True)
    payment_request_id: Mapped[UUID] = mapped_column(
        ForeignKey("payment_requests.id"), primary_key=True, index=True
    )
    amount: Mapped[Dong]


class ExceptionKind(StrEnum):
    ORPHAN = "orphan"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    DUPLICATE = "duplicate"
    LATE = "late"
    REVERSED = "reversed"
    MISSING = "missing"
    """The channel says that it was paid, but tells of no transfer."""
    DEBITED = "debited"
    """Money went out with the code of a request in its note, but not what had come for it."""
    MAYBE_SAME = "maybe_same"
    """A statement's line without a payment so far: another statement may have told of the same transfer."""


class ExceptionStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"


UNCLAIMED = "kind = 'orphan' AND status = 'open' AND payment_request_id IS NULL"
"""Of money that nothing has asked for so far."""


class ReconciliationException(Created, Base):
    """Something that a person must look at; never guessed away."""

    __tablename__ = "reconciliation_exceptions"
    __table_args__ = (
        one_of("kind", ExceptionKind),
        one_of("status", ExceptionStatus),
        UniqueConstraint(
            "kind",
            "payment_id",
            "payment_request_id",
            "statement_line_id",
            name="uq_reconciliation_exceptions_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "(kind = 'maybe_same') = (statement_line_id IS NOT NULL)", name="line_where_maybe_same"
        ),
        Index(None, "market_id", "status", "created_at"),
        Index("ix_reconciliation_exceptions_unclaimed", "payment_id", postgresql_where=text(UNCLAIMED)),
        Index(None, "payment_id"),
        Index(None, "payment_request_id"),
    )

    id: Mapped[Id]
    market_id: Mapped[UUID] = mapped_column(ForeignKey("markets.id"))
    kind: Mapped[ExceptionKind] = mapped_column(text_enum(ExceptionKind))
    status: Mapped[ExceptionStatus] = mapped_column(text_enum(ExceptionStatus), default=ExceptionStatus.OPEN)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    payment_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_requests.id"))
    statement_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("statement_lines.id", use_alter=True))
    amount: Mapped[Dong]
