"""What a person decided about an exception, and money that goes back to its payer."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Created, Dong, Id, SealedText, not_blank, one_of, positive_amount, text_enum


class ResolutionAction(StrEnum):
    MATCH = "match"
    """The money is for a request after all."""
    REFUND = "refund"
    """It goes back to the payer."""
    WRITE_OFF = "write_off"
    """Nobody will ever ask for it: the market's."""
    IGNORE = "ignore"
    """It may stay as it is; no money moves."""
    UNDO = "undo"
    """What two people decided is to be taken back: two people do that, too."""
    UNMATCH = "unmatch"
    """What was matched by itself was matched wrongly: all that is left of the payment goes to suspense."""
    RESTORE = "restore"
    """The bank did not take the payment back after all: its money is where it was."""
    SAME = "same"
    """The line tells again of what another statement told: no money moves."""
    ANOTHER = "another"
    """The line is a transfer of its own, and is taken as its statement would have been."""


class ResolutionStatus(StrEnum):
    PROPOSED = "proposed"
    """Waits for a second person."""
    DONE = "done"
    UNDONE = "undone"


class Resolution(Created, Base):
    """One decision. Only its status moves on (a trigger sees to it): what was taken back stays to be read, and a
    counter-entry stands in the journal."""

    __tablename__ = "resolutions"
    __table_args__ = (
        one_of("action", ResolutionAction),
        one_of("status", ResolutionStatus),
        not_blank("reason"),
        positive_amount(),
        CheckConstraint(
            "num_nonnulls(payment_request_id, fee_invoice_id) = CASE WHEN action = 'match' THEN 1 ELSE 0 END",
            name="request_where_matched",
        ),
        CheckConstraint("(action = 'undo') = (undoes_id IS NOT NULL)", name="undo_of_one"),
        CheckConstraint("approved_by <> decided_by", name="approved_by_another"),
        CheckConstraint(
            "NOT needs_approval OR status <> 'done' OR approved_by IS NOT NULL", name="done_once_approved"
        ),
        CheckConstraint("(status = 'undone') = (undo_reason IS NOT NULL)", name="undone_for_a_reason"),
        Index(
            "uq_resolutions_proposed",
            "exception_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
        Index(None, "exception_id", "created_at"),
        Index(None, "decided_by", "created_at"),
        Index(
            "ix_resolutions_unmatched",
            "exception_id",
            postgresql_where=text("action = 'unmatch' AND status = 'done'"),
        ),
    )

    id: Mapped[Id]
    exception_id: Mapped[UUID] = mapped_column(ForeignKey("reconciliation_exceptions.id"))
    action: Mapped[ResolutionAction] = mapped_column(text_enum(ResolutionAction))
    status: Mapped[ResolutionStatus] = mapped_column(text_enum(ResolutionStatus))
    reason: Mapped[str]
    amount: Mapped[Dong]
    """The đồng that it is about."""
    payment_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_requests.id"))
    fee_invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("fee_invoices.id"))
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("resolutions.id"))
    needs_approval: Mapped[bool]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    undone_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    """None where the provider refused."""
    undo_reason: Mapped[str | None]


class RefundSource(StrEnum):
    SUSPENSE = "suspense"
    SELLER = "seller"


class RefundStatus(StrEnum):
    PROPOSED = "proposed"
    """A second person has not agreed yet: nothing is held back for it."""
    WAITING = "waiting"
    SENT = "sent"
    """Handed to the provider: it may have happened, whatever we have heard."""
    DONE = "done"
    REJECTED = "rejected"
    """The provider refused, or a person took it back before it was sent."""


LIVE = (RefundStatus.WAITING, RefundStatus.SENT, RefundStatus.DONE)
"""What counts against the payment: a trigger lets no more go back than is there."""


class Refund(Created, Base):
    """`amount` đồng of a payment on their way back, out of suspense or out of what is a seller's.

    The payer's account is sealed; a provider's payout is looked up by `idempotency_key`.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        one_of("source", RefundSource),
        one_of("status", RefundStatus),
        positive_amount(),
        CheckConstraint("(source = 'seller') = (seller_id IS NOT NULL)", name="seller_where_theirs"),
        CheckConstraint("status <> 'done' OR payout_id IS NOT NULL", name="done_by_a_payout"),
        Index(None, "payment_id"),
        Index("ix_refunds_to_ask", "next_look_at", postgresql_where=text("next_look_at IS NOT NULL")),
    )

    id: Mapped[Id]
    resolution_id: Mapped[UUID] = mapped_column(ForeignKey("resolutions.id"), unique=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    payment_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment_requests.id"), index=True)
    seller_id: Mapped[UUID | None] = mapped_column(ForeignKey("sellers.id"))
    source: Mapped[RefundSource] = mapped_column(text_enum(RefundSource))
    amount: Mapped[Dong]
    status: Mapped[RefundStatus] = mapped_column(text_enum(RefundStatus))
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    bin: Mapped[str] = mapped_column(ForeignKey("banks.bin"))
    account_number: Mapped[str] = mapped_column(SealedText)
    holder_name: Mapped[str] = mapped_column(SealedText)
    payout_id: Mapped[str | None]
    problem: Mapped[str | None]
    """Why it was refused or waits, for the person at the desk."""
    next_look_at: Mapped[datetime | None]
    """When to ask the provider what became of it; None while nothing is expected."""
