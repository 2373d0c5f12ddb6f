"""All that a decision may change at a market, to be compared with what is there once it was taken back."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Base,
    ExceptionStatus,
    FeeInvoice,
    FeePayment,
    JournalEntry,
    Market,
    Payment,
    PaymentMatch,
    PaymentRequest,
    ReconciliationException,
    Statement,
    StatementLine,
)
from services.received import received_for
from tests.integration.services.desk import balances

SHOWN: dict[type[Base], tuple[str, ...]] = {
    PaymentRequest: ("id", "status", "amount_paid"),
    PaymentMatch: ("payment_id", "payment_request_id", "amount"),
    FeeInvoice: ("id", "status", "amount_paid"),
    FeePayment: ("invoice_id", "payment_id", "amount", "undone_at"),
    StatementLine: ("id", "outcome", "payment_id", "same_as_id", "looks_like_id"),
    Statement: ("id", "lines", "matched", "review", "duplicates", "reversals"),
}


def state(session: Session, market: Market) -> dict[str, Any]:
    """What requests, fees, lines and people's work are, and what the journal's accounts hold. It is checked that a
    request's sum is what came for it."""
    session.rollback()
    session.expire_all()
    requests = session.scalars(select(PaymentRequest)).all()
    came = received_for(session, [request.id for request in requests])
    for request in requests:
        assert request.amount_paid == (came[request.id].paid if request.id in came else 0)
    seen: dict[str, Any] = {
        table.__tablename__: sorted(
            (tuple(getattr(row, name) for name in names) for row in session.scalars(select(table))), key=str
        )
        for table, names in SHOWN.items()
    }
    opened = ReconciliationException.status == ExceptionStatus.OPEN
    exceptions = session.scalars(select(ReconciliationException).where(opened))
    seen["open"] = sorted((e.kind, str(e.payment_id), str(e.payment_request_id)) for e in exceptions)
    seen["balances"] = balances(session, market)
    return seen


def places(session: Session) -> list[tuple[object, ...]]:
    """Whose each payment is."""
    payments = session.scalars(select(Payment).order_by(Payment.id))
    return [(payment.id, payment.stall_id, payment.shared) for payment in payments]


def entries(session: Session) -> set[tuple[str, int]]:
    return {(key, amount) for key, amount in session.execute(select(JournalEntry.key, JournalEntry.amount))}
