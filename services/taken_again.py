"""A debit that a person took for something else was a reversal after all: what the bank took, it took."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, Text, text
from models import (
    JournalEntry,
    LineOutcome,
    Payment,
    PaymentMatch,
    PaymentRequestChange,
    PaymentStatus,
    StatementLine,
)
from services.holdings import in_suspense, is_reversed
from services.journal import book_back
from services.put_together import BANK_TOOK, MOVED_ON, entries_under
from services.refunds import lose_again
from services.statements import taking_back
from services.taken_apart import concerned_by, locked

OTHERWISE = text("Dòng ghi nợ đó đã được ghi cho việc khác từ khi đó")


def why_not_again(session: Session, payment_id: UUID, key: str) -> Text | None:
    """What has gone on since `restore` was called with this key."""
    if is_reversed(session, payment_id):
        return BANK_TOOK
    line = freed_line(session, payment_id)
    free = LineOutcome.REVIEW if line and line.statement_id else LineOutcome.DUPLICATE
    if line is None or line.outcome is not free or line.payment_id or line.refund_id or line.same_as_id:
        return OTHERWISE
    over = sum(entry.amount for entry in _over(session, payment_id, key))
    if in_suspense(session, [payment_id]).get(payment_id, 0) < over:
        return MOVED_ON
    return None


def freed_line(session: Session, payment_id: UUID) -> StatementLine | None:
    """The debit that took the payment back last, whatever a person said of it; its id ends its entries' keys."""
    entry = _last_of_reversal(session, payment_id, undone=False)
    if entry is None:
        return None
    return session.get(StatementLine, UUID(entry.key.rpartition(":")[2]), populate_existing=True)


def take_again(session: Session, payment: Payment, key: str) -> None:
    """Raises Conflict where it is too late."""
    if said := why_not_again(session, payment.id, key):
        raise Conflict(said)
    line = freed_line(session, payment.id)
    assert line is not None
    since = _restored_at(session, payment.id)
    for entry in _over(session, payment.id, key):
        book_back(session, entry.key, business_day(now()))
        _tie(session, payment, UUID(entry.key.removeprefix(f"{key}:over:")[:36]), entry.amount)
    session.flush()
    former = _former(session, payment.id, key, since)
    taking_back.take_again(session, payment.id, line.id, key, former)
    session.expire_all()
    lose_again(session, payment.id, since)


def _over(session: Session, payment_id: UUID, key: str) -> Sequence[JournalEntry]:
    """What a request needed no more, since other money had paid it meanwhile."""
    return entries_under(session, payment_id, f"{key}:over")


def _tie(session: Session, payment: Payment, request_id: UUID, amount: int) -> None:
    tie = session.get(PaymentMatch, (payment.id, request_id))
    if tie:
        tie.amount += amount
    else:
        session.add(PaymentMatch(payment_id=payment.id, payment_request_id=request_id, amount=amount))


def _restored_at(session: Session, payment_id: UUID) -> datetime:
    entry = _last_of_reversal(session, payment_id, undone=True)
    assert entry is not None
    return entry.created_at


def _last_of_reversal(session: Session, payment_id: UUID, *, undone: bool) -> JournalEntry | None:
    """Of what took the payment back, or of what `undone` that."""
    back = JournalEntry.key.like("%:undone")
    query = select(JournalEntry).where(
        JournalEntry.payment_id == payment_id, JournalEntry.key.like("reversal:%"), back if undone else ~back
    )
    return session.scalar(query.order_by(JournalEntry.number.desc()).limit(1))


def _former(session: Session, payment_id: UUID, key: str, since: datetime) -> dict[UUID, PaymentStatus]:
    """What the requests that it concerns were before it was restored; without those for which something came since:
    they are what any reversal makes of them."""
    former = {}
    for request in locked(session, concerned_by(session, payment_id)):
        steps = session.scalars(
            select(PaymentRequestChange).where(
                PaymentRequestChange.payment_request_id == request.id,
                PaymentRequestChange.created_at >= since,
            )
        ).all()
        if not steps:
            former[request.id] = request.status
        elif [step.cause for step in steps] == [f"reversal undone {key}"]:
            former[request.id] = steps[0].from_status
    return former
