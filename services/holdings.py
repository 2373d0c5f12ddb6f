"""Where the đồng of a payment lie: what of it is still in suspense, and what a seller has of it; what is on its way
back is in neither."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    SQLColumnExpression,
    and_,
    case,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from models import (
    AccountKind,
    JournalAccount,
    JournalEntry,
    PaymentMatch,
    Refund,
    RefundSource,
)
from models.bulk import among
from models.resolutions import LIVE


def in_suspense(session: Session, payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What a person can still decide about, by payment; those without anything are left out."""
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
    given_back = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.payment_id == payment_id,
        Refund.source == RefundSource.SELLER,
        Refund.payment_request_id == request_id,
        Refund.status.in_(LIVE),
    )
    kept = int(session.execute(matched).scalar_one()) - int(session.execute(given_back).scalar_one())
    return max(min(kept, held_of(session, payment_id, AccountKind.SELLER, AccountKind.FEES)), 0)


def reversal_stands(
    payment_id: SQLColumnExpression[UUID], since: SQLColumnExpression[datetime] | None = None
) -> ColumnElement[bool]:
    """The bank took the payment back (`since` then, as it was booked), and nobody has said that it did not."""
    later = [] if since is None else [JournalEntry.created_at >= since]
    return exists().where(_takes_back(payment_id), *later).correlate_except(JournalEntry)


def reversed_at(payment_id: SQLColumnExpression[UUID]) -> ScalarSelect[datetime]:
    """When that was booked, where it stands."""
    booked = select(func.min(JournalEntry.created_at)).where(_takes_back(payment_id))
    return booked.correlate_except(JournalEntry).scalar_subquery()


def _takes_back(payment_id: SQLColumnExpression[UUID]) -> ColumnElement[bool]:
    undone = aliased(JournalEntry)
    return and_(
        JournalEntry.payment_id == payment_id,
        JournalEntry.key.like("reversal:%"),
        JournalEntry.key.not_like("%:undone"),
        ~exists().where(undone.key == JournalEntry.key + ":undone"),
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
