"""Where the đồng of a payment lie: what of it is still in suspense, and what a seller has of it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import (
    AccountKind,
    JournalAccount,
    JournalEntry,
    PaymentMatch,
    Refund,
    RefundSource,
    RefundStatus,
)

UNDER_WAY = (RefundStatus.WAITING, RefundStatus.SENT)


def in_suspense(session: Session, payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """By payment, as the journal has it; those without anything there are left out."""
    suspense = select(JournalAccount.id).where(JournalAccount.kind == AccountKind.SUSPENSE)
    credited = JournalEntry.credit_account_id.in_(suspense)
    debited = JournalEntry.debit_account_id.in_(suspense)
    held = func.sum(case((credited, JournalEntry.amount), else_=-JournalEntry.amount))
    query = (
        select(JournalEntry.payment_id, held)
        .where(JournalEntry.payment_id.in_(list(payment_ids)), credited | debited)
        .group_by(JournalEntry.payment_id)
        .having(held > 0)
    )
    return {payment_id: int(amount) for payment_id, amount in session.execute(query) if payment_id}


def free_in_suspense(session: Session, payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What a person can still decide about: less what is on its way back."""
    held = in_suspense(session, payment_ids)
    query = (
        select(Refund.payment_id, func.sum(Refund.amount))
        .where(
            Refund.payment_id.in_(held), Refund.source == RefundSource.SUSPENSE, Refund.status.in_(UNDER_WAY)
        )
        .group_by(Refund.payment_id)
    )
    under_way = {payment_id: int(amount) for payment_id, amount in session.execute(query)}
    free = {payment_id: amount - under_way.get(payment_id, 0) for payment_id, amount in held.items()}
    return {payment_id: amount for payment_id, amount in free.items() if amount > 0}


def kept_of(session: Session, payment_id: UUID, request_id: UUID) -> int:
    """What of a payment the request's seller has, less what goes or went back."""
    matched = select(func.coalesce(func.sum(PaymentMatch.amount), 0)).where(
        PaymentMatch.payment_id == payment_id, PaymentMatch.payment_request_id == request_id
    )
    returned = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.payment_id == payment_id,
        Refund.payment_request_id == request_id,
        Refund.source == RefundSource.SELLER,
        Refund.status.in_((*UNDER_WAY, RefundStatus.DONE)),
    )
    return int(session.execute(matched).scalar_one()) - int(session.execute(returned).scalar_one())


def matched_to(session: Session, request_id: UUID) -> int:
    """All that is tied to a request."""
    query = select(func.coalesce(func.sum(PaymentMatch.amount), 0)).where(
        PaymentMatch.payment_request_id == request_id
    )
    return int(session.execute(query).scalar_one())
