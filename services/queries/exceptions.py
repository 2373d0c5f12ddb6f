"""What an exception is about, in the words that a manager looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from models import Payment, PaymentRequest, ReconciliationException, Stall
from services.access import Actor, visible_exceptions


@dataclass(frozen=True)
class About:
    """The transfer's bank reference and time, the request's reference and amount, and the stall; where known."""

    payment_reference: str | None
    occurred_at: datetime | None
    request_reference: str | None
    asked: int | None
    paid: int | None
    stall_number: str | None


def get_exception(
    session: Session, actor: Actor, exception_id: UUID, *, to_change: bool = False
) -> ReconciliationException:
    """One of the person's own markets, locked where it is to be changed. Raises NotFound."""
    query = select(ReconciliationException).where(
        ReconciliationException.id == exception_id, visible_exceptions(actor)
    )
    if to_change:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    exception = session.scalar(query)
    if exception is None:
        raise NotFound()
    return exception


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
