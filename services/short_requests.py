"""Requests of which only a part ever came: once their time is over, a person is to say what becomes of it."""

from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import (
    ExceptionKind,
    ExceptionStatus,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentStatus,
    ReconciliationException,
)
from models.bulk import insert_rows
from services.holdings import reversal_stands
from services.polling import EXPIRY_GRACE


def flag_short_requests(session: Session, limit: int = 500) -> int:
    """An exception, once for ever, for every part that came for a stall's request whose time is over; how many."""
    table = ReconciliationException
    flagged = exists().where(
        table.kind == ExceptionKind.UNDERPAID,
        table.payment_id == PaymentMatch.payment_id,
        table.payment_request_id == PaymentRequest.id,
    )
    query = (
        select(
            PaymentRequest.market_id,
            PaymentMatch.payment_id,
            PaymentMatch.payment_request_id,
            PaymentMatch.amount,
        )
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(
            PaymentRequest.status == PaymentStatus.PARTLY_PAID,
            PaymentRequest.stall_id.is_not(None),
            PaymentRequest.expires_at < func.now() - EXPIRY_GRACE,
            ~reversal_stands(PaymentMatch.payment_id),
            ~flagged,
        )
        .order_by(PaymentRequest.expires_at, PaymentMatch.payment_id)
        .limit(limit)
    )
    rows = [
        row._asdict() | {"id": new_id(), "kind": ExceptionKind.UNDERPAID, "status": ExceptionStatus.OPEN}
        for row in session.execute(query)
    ]
    if rows:
        session.execute(insert_rows(table, rows).on_conflict_do_nothing())
    return len(rows)


def note_missing(session: Session, request: PaymentRequest, said: int) -> None:
    """Its channel says that `said` đồng came for it: what of that we never saw is an exception, once; settled where
    it has been seen since."""
    seen = select(func.coalesce(func.sum(Payment.amount), 0)).where(
        Payment.channel_id == request.channel_id, Payment.order_code == request.order_code
    )
    missing = said - max(int(session.execute(seen).scalar_one()), request.amount_paid)
    if missing > 0:
        session.execute(
            insert_rows(ReconciliationException, [_missing(request, missing)]).on_conflict_do_nothing()
        )
    elif noted := _noted(session, request.id):
        noted.status = ExceptionStatus.RESOLVED


def _missing(request: PaymentRequest, amount: int) -> dict[str, object]:
    return {
        "id": new_id(),
        "market_id": request.market_id,
        "kind": ExceptionKind.MISSING,
        "status": ExceptionStatus.OPEN,
        "payment_id": None,
        "payment_request_id": request.id,
        "amount": amount,
    }


def _noted(session: Session, request_id: UUID) -> ReconciliationException | None:
    table = ReconciliationException
    query = select(table).where(
        table.kind == ExceptionKind.MISSING,
        table.payment_request_id == request_id,
        table.status == ExceptionStatus.OPEN,
    )
    return session.scalar(query)
