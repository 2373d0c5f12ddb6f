"""A payment that a line made by a person's word, and that was told twice after all: it never came. Nothing is deleted:
all of it goes to suspense, and from there back out of its channel, as with what a bank takes back. Its line lets go of
it, and may come back to it."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, Text, text
from core.ids import new_id
from models import (
    AccountKind,
    ExceptionKind,
    ExceptionStatus,
    Payment,
    PaymentMatch,
    PaymentRequest,
    ReconciliationException,
    StatementLine,
)
from services.events import PaymentOrphaned, PaymentReversed, record
from services.holdings import in_suspense, is_reversed
from services.journal import Account, Booking, book, book_back
from services.put_together import BANK_TOOK, MOVED_ON
from services.taken_apart import owned, standing_reversal, take_apart, why_not_apart
from services.turns import take_money, take_turn

TOLD_TOO = text("Kênh thu hoặc ngân hàng cũng đã báo lần chuyển này, nên nó là có thật")


def why_not_let_go(session: Session, line: StatementLine) -> Text | None:
    """What has gone on since the line was taken for a transfer of its own."""
    payment = own_payment(session, line)
    if payment is None or line.payment_id != payment.id:
        return None
    told_too = select(exists().where(StatementLine.same_as_id == line.id))
    if payment.order_code is not None or session.scalar(told_too):
        return TOLD_TOO
    if is_reversed(session, payment.id):
        return BANK_TOOK
    if said := why_not_apart(session, payment.id):
        return said
    held = in_suspense(session, [payment.id]).get(payment.id, 0)
    held += sum(one.amount for one in owned(session, payment))
    return None if held == payment.amount else MOVED_ON


def own_payment(session: Session, line: StatementLine) -> Payment | None:
    """That a line made: they share an id."""
    return session.get(Payment, line.id, populate_existing=True)


def let_go(session: Session, line: StatementLine, key: str) -> None:
    """It came to nobody. Raises Conflict where it is too late."""
    take_money(session, line.id)
    if said := why_not_let_go(session, line):
        raise Conflict(said)
    payment = own_payment(session, line)
    if payment is None or line.payment_id != payment.id:
        return
    stall_id = payment.stall_id
    take_turn(session, stall_id)
    parts = session.execute(_parts(payment.id)).all()
    take_apart(session, payment, key)
    book(session, [_withdrawn(payment, key)])
    of_payment = ReconciliationException.payment_id == payment.id
    settled = update(ReconciliationException).where(of_payment).values(status=ExceptionStatus.RESOLVED)
    session.execute(settled)
    told = [PaymentReversed(payment.market_id, row[0], payment.id, *row[1:]) for row in parts]
    if stall_id and not told:
        told = [PaymentReversed(payment.market_id, stall_id, payment.id, None, None, payment.amount)]
    for event in told:
        record(session, event)


def _parts(payment_id: UUID) -> Select[*tuple[Any, ...]]:
    """What stalls' requests have of it."""
    return (
        select(PaymentRequest.stall_id, PaymentRequest.id, PaymentRequest.reference, PaymentMatch.amount)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(PaymentMatch.payment_id == payment_id, PaymentRequest.stall_id.is_not(None))
        .order_by(PaymentRequest.id)
    )


def _withdrawn(payment: Payment, key: str) -> Booking:
    return Booking(
        key=f"reversal:{payment.id}:{key}",
        debit=Account(payment.market_id, AccountKind.SUSPENSE),
        credit=Account(payment.market_id, AccountKind.CHANNEL, payment.channel_id),
        amount=payment.amount,
        business_day=business_day(now()),
        payment_id=payment.id,
    )


def come_back(session: Session, payment: Payment) -> None:
    """It did come, as a person says again: in suspense, for a person or the fee that its note names."""
    for key in standing_reversal(session, payment.id):
        book_back(session, key, business_day(now()))
    row = {
        "id": new_id(),
        "market_id": payment.market_id,
        "kind": ExceptionKind.ORPHAN,
        "payment_id": payment.id,
        "amount": payment.amount,
    }
    told = upsert(ReconciliationException).values(row)
    again = {"status": ExceptionStatus.OPEN, "amount": payment.amount}
    once = "uq_reconciliation_exceptions_once"
    session.execute(told.on_conflict_do_update(constraint=once, set_=again))
    record(session, PaymentOrphaned(payment.market_id, payment.id, payment.amount))
