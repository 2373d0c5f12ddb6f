"""What an exception is about, in the words that a manager looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models import Payment, PaymentRequest, ReconciliationException, Stall


@dataclass(frozen=True)
class About:
    """The transfer's bank reference and time, the request's reference and amount, and the stall; where known."""

    payment_reference: str | None
    occurred_at: datetime | None
    request_reference: str | None
    asked: int | None
    paid: int | None
    stall_number: str | None


def describe_exceptions(session: Session, exceptions: Sequence[ReconciliationException]) -> dict[UUID, About]:
    """For exceptions that the person was shown already, by their ids, in one statement."""
    stall = aliased(Stall)
    query = (
        select(
            ReconciliationException.id,
            Payment.reference,
            Payment.occurred_at,
            PaymentRequest.reference,
            PaymentRequest.amount,
            PaymentRequest.amount_paid,
            stall.number,
        )
        .outerjoin(Payment, Payment.id == ReconciliationException.payment_id)
        .outerjoin(PaymentRequest, PaymentRequest.id == ReconciliationException.payment_request_id)
        .outerjoin(stall, stall.id == func.coalesce(PaymentRequest.stall_id, Payment.stall_id))
        .where(ReconciliationException.id.in_([exception.id for exception in exceptions]))
    )
    return {row[0]: About(*row[1:]) for row in session.execute(query)}
