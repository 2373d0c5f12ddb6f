"""Where the đồng of a payment lie: what of it is still in suspense, and what a seller has of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, case, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from models import (
    AccountKind,
    JournalAccount,
    JournalEntry,
    PaymentMatch,
    Refund,
    RefundSource,
    RefundStatus,
)
from models.bulk import among

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


def held_of(session: Session, payment_id: UUID, *kinds: AccountKind) -> int:
    """What of a payment lies in accounts of these kinds, as the journal has it."""
    accounts = select(JournalAccount.id).where(JournalAccount.kind.in_(kinds))
    credited = JournalEntry.credit_account_id.in_(accounts)
    debited = JournalEntry.debit_account_id.in_(accounts)
    came = func.sum(JournalEntry.amount).filter(credited)
    went = func.sum(JournalEntry.amount).filter(debited)
    query = select(func.coalesce(came, 0) - func.coalesce(went, 0)).where(
        JournalEntry.payment_id == payment_id
    )
    return int(session.execute(query).scalar_one())


def kept_of(session: Session, payment_id: UUID, request_id: UUID) -> int:
    """What of a payment the request's seller has, less what goes or went back; never more than the journal has."""
    matched = select(func.coalesce(func.sum(PaymentMatch.amount), 0)).where(
        PaymentMatch.payment_id == payment_id, PaymentMatch.payment_request_id == request_id
    )
    of_seller = Refund.payment_id == payment_id, Refund.source == RefundSource.SELLER
    of_request = Refund.payment_request_id == request_id
    kept = int(session.execute(matched).scalar_one())
    kept -= _refunds(session, *of_seller, of_request, Refund.status.in_((*UNDER_WAY, RefundStatus.DONE)))
    held = held_of(session, payment_id, AccountKind.SELLER, AccountKind.FEES)
    held -= _refunds(session, *of_seller, Refund.status.in_(UNDER_WAY))
    return max(min(kept, held), 0)


def _refunds(session: Session, *which: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(*which)
    return int(session.execute(query).scalar_one())


def reversal_stands(
    payment_id: SQLColumnExpression[UUID], since: SQLColumnExpression[datetime] | None = None
) -> ColumnElement[bool]:
    """The bank took the payment back (`since` then, as it was booked), and nobody has said that it did not."""
    undone = aliased(JournalEntry)
    return (
        exists()
        .where(
            JournalEntry.payment_id == payment_id,
            JournalEntry.key.like("reversal:%"),
            JournalEntry.key.not_like("%:undone"),
            *([] if since is None else [JournalEntry.created_at >= since]),
            ~exists().where(undone.key == JournalEntry.key + ":undone"),
        )
        .correlate_except(JournalEntry)
    )


def is_reversed(session: Session, payment_id: UUID) -> bool:
    return bool(session.scalar(select(reversal_stands(literal(payment_id)))))


def matched_of(session: Session, request_ids: Sequence[UUID]) -> dict[UUID, int]:
    """By request, all that is tied to it and was not taken back by the bank; those without are left out."""
    query = (
        select(PaymentMatch.payment_request_id, func.sum(PaymentMatch.amount))
        .where(among(PaymentMatch.payment_request_id, request_ids), ~reversal_stands(PaymentMatch.payment_id))
        .group_by(PaymentMatch.payment_request_id)
    )
    return {request_id: int(amount) for request_id, amount in session.execute(query)}


def matched_to(session: Session, request_id: UUID) -> int:
    """The same of one request."""
    return matched_of(session, [request_id]).get(request_id, 0)
