"""A payment that a person took apart was matched rightly after all: each counter-entry is booked back, and what it was
of has its money again, unless that has gone on without it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, Text, text
from models import (
    FeeInvoice,
    FeeInvoiceRequest,
    JournalEntry,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
)
from services.events import FeePaymentSettled, PaymentSettled, StallPaymentReceived, record
from services.fee_payments import pay_again, why_not_pay
from services.holdings import in_suspense, is_reversed, matched_to
from services.journal import book_back
from services.matching import CLOSED
from services.payment_requests import event_about
from services.polling import next_poll
from services.refunded_requests import lock_request, step_back
from services.roundings import book_short
from services.shares import place
from services.taken_apart import step_forth
from services.turns import take_turn

BANK_TOOK = text("Ngân hàng đã rút lại khoản này từ khi đó")
NOT_KEPT = text("Sổ không còn ghi là đã gỡ từ yêu cầu nào; hãy khớp lại khoản tiền với yêu cầu")
MOVED_ON = text("Tiền đã đi nơi khác từ khi đó; hãy rút lại các quyết định sau trước")


class _Part(NamedTuple):
    """An entry, and the request or the invoice that it was of; neither for what a stall's own code brought."""

    entry: JournalEntry
    request: PaymentRequest | None
    invoice: FeeInvoice | None


def why_not_together(session: Session, payment_id: UUID, key: str) -> Text | None:
    """What has gone on since."""
    entries = entries_under(session, payment_id, key)
    if not all(_of(entry, key)[0] in {"request", "invoice", "rest"} for entry in entries):
        return NOT_KEPT
    if is_reversed(session, payment_id):
        return BANK_TOOK
    if in_suspense(session, [payment_id]).get(payment_id, 0) < sum(entry.amount for entry in entries):
        return MOVED_ON
    parts = _parts(session, entries, key)
    return next((said for part in parts if (said := _why_not(session, part))), None)


def _why_not(session: Session, part: _Part) -> Text | None:
    request, amount = part.request, part.entry.amount
    if request is None:
        return why_not_pay(part.invoice, amount) if part.invoice else None
    code = request.reference
    if request.status in CLOSED:
        return text("Yêu cầu %(code)s đã bị hủy hoặc trả lại tiền từ khi đó", code=code)
    if matched_to(session, request.id) + amount > request.amount:
        return text("Yêu cầu %(code)s đã được trả bằng tiền khác từ khi đó", code=code)
    return why_not_pay(part.invoice, amount) if part.invoice else None


def put_together(session: Session, payment: Payment, key: str) -> None:
    """What `take_apart` did under this key. Raises Conflict where it is too late."""
    entries = entries_under(session, payment.id, key)
    stalls = {entry.stall_id for entry in entries if _of(entry, key)[0] == "rest"}
    stall_id = next(iter(stalls), None)
    take_turn(session, stall_id)
    for id in sorted(UUID(id) for what, id in (_of(entry, key) for entry in entries) if what == "request"):
        lock_request(session, id)
    if said := why_not_together(session, payment.id, key):
        raise Conflict(said)
    parts = _parts(session, entries, key)
    for part in parts:
        before = matched_to(session, part.request.id) if part.request else 0
        book_back(session, part.entry.key, business_day(now()))
        if part.request:
            _tie(session, payment, part.request, part.entry.amount)
            after = before + part.entry.amount
            book_short(session, part.request, f"{key}:{part.request.id}:undone", before, after)
    place(session, payment, stall_id)
    session.flush()
    for part in parts:
        if part.request:
            _step(session, part.request, key)
        if part.invoice:
            pay_again(session, part.invoice.id, payment.id, part.entry.amount)
    _tell(session, payment, parts)


def _tie(session: Session, payment: Payment, request: PaymentRequest, amount: int) -> None:
    session.add(PaymentMatch(payment_id=payment.id, payment_request_id=request.id, amount=amount))
    session.flush()


def _step(session: Session, request: PaymentRequest, key: str) -> None:
    """What its money says; where the bank took other money of it, what it was before, if nothing came since."""
    last = session.scalars(
        select(PaymentRequestChange)
        .where(PaymentRequestChange.payment_request_id == request.id)
        .order_by(PaymentRequestChange.created_at.desc(), PaymentRequestChange.id.desc())
        .limit(1)
    ).one_or_none()
    cause = f"match put together {key}"
    if request.status is PaymentStatus.REVERSED and last and last.cause == f"match taken apart {key}":
        step_back(session, request, last.from_status, cause)
    step_forth(session, request, cause)
    request.next_poll_at = next_poll(request.status, request.created_at, request.expires_at, now())


def _tell(session: Session, payment: Payment, parts: Sequence[_Part]) -> None:
    """The stalls, and the fees' invoices; of money by a stall's own code, that stall."""
    by_code = not any(part.request for part in parts)
    for entry, request, invoice in parts:
        if request and request.stall_id:
            paid = {"payment_id": payment.id, "amount": entry.amount, "amount_paid": request.amount_paid}
            record(session, event_about(PaymentSettled, request, **paid))
        elif request:
            record(session, FeePaymentSettled(payment.market_id, request.id, payment.id, entry.amount))
        elif by_code and entry.stall_id and not invoice:
            received = StallPaymentReceived(payment.market_id, entry.stall_id, payment.id, entry.amount)
            record(session, received)


def entries_under(session: Session, payment_id: UUID, key: str) -> list[JournalEntry]:
    """What a decision booked of a payment under this key, in its order; not what takes it back."""
    query = (
        select(JournalEntry)
        .where(
            JournalEntry.payment_id == payment_id,
            JournalEntry.key.startswith(f"{key}:", autoescape=True),
            JournalEntry.key.not_like("%:undone"),
        )
        .order_by(JournalEntry.number)
    )
    return list(session.scalars(query))


def _of(entry: JournalEntry, key: str) -> tuple[str, str]:
    """Of what it is, and which one."""
    what, _, rest = entry.key.removeprefix(f"{key}:").partition(":")
    return what, rest


def _parts(session: Session, entries: Iterable[JournalEntry], key: str) -> list[_Part]:
    parts = []
    for entry in entries:
        what, id = _of(entry, key)
        request = session.get_one(PaymentRequest, UUID(id)) if what == "request" else None
        invoice_id = _invoice_of(session, request) if request else UUID(id) if what == "invoice" else None
        invoice = session.get_one(FeeInvoice, invoice_id) if invoice_id else None
        parts.append(_Part(entry, request, invoice))
    return parts


def _invoice_of(session: Session, request: PaymentRequest) -> UUID | None:
    """Which a market's own request asks for."""
    query = select(FeeInvoiceRequest.invoice_id).where(FeeInvoiceRequest.payment_request_id == request.id)
    return session.scalar(query) if request.stall_id is None else None
