"""Whose a payment is: one stall's, or several stalls' that share it. What each has of it, its matches say."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Payment, PaymentMatch, PaymentRequest, Refund, RefundSource


def place(session: Session, payment: Payment, otherwise: UUID | None) -> None:
    """Put it where its matches are; at `otherwise` where it has none at a stall."""
    stalls = session.scalars(_stalls(payment.id).distinct().limit(2)).all()
    payment.shared = len(stalls) > 1
    payment.stall_id = None if payment.shared else next(iter(stalls), otherwise)


def stall_of_refund(session: Session, refund: Refund, payment: Payment) -> UUID | None:
    """The stall whose money goes back; of what several share, and none of them has, no one's."""
    if not payment.shared:
        return payment.stall_id
    if refund.source is not RefundSource.SELLER or refund.payment_request_id is None:
        return None
    return session.get_one(PaymentRequest, refund.payment_request_id).stall_id


def _stalls(payment_id: UUID) -> Select[UUID | None]:
    return (
        select(PaymentRequest.stall_id)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(PaymentMatch.payment_id == payment_id, PaymentRequest.stall_id.is_not(None))
    )
