"""Money for fees: by a market's own request, by the invoice's code in a transfer's note, in cash at the office.

What was paid is always the sum of `fee_payments`, so that being told twice changes nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, NotFound, Text, text
from core.ids import new_id
from core.money import format_dong
from core.reference_codes import ReferenceKind, find_references
from models import (
    AccountKind,
    ExceptionKind,
    ExceptionStatus,
    FeeInvoice,
    FeeInvoiceRequest,
    FeePayment,
    FeeStatus,
    JournalEntry,
    Payment,
    PaymentMatch,
    ReconciliationException,
)
from models.fees import OWED
from services import audit
from services.access import Actor
from services.answering import may_pay
from services.events import FeeInvoicePaid, record
from services.fee_requests import withdraw_requests
from services.holdings import in_suspense
from services.journal import Account, Booking, book
from services.queries.fees import get_fee_invoice
from services.storing import store


def settle_fee_payments(session: Session, payment_ids: Sequence[UUID]) -> int:
    """Credit invoices with what came for them, by request or by the code in the note; how many payments did."""
    return _settle_requested(session, payment_ids) + _settle_named(session, payment_ids)


def _settle_requested(session: Session, payment_ids: Sequence[UUID]) -> int:
    """Money for a market's own requests lies in its fees already; its invoices are to know of it."""
    query = (
        select(FeeInvoiceRequest.invoice_id, PaymentMatch.payment_id, PaymentMatch.amount)
        .join(PaymentMatch, PaymentMatch.payment_request_id == FeeInvoiceRequest.payment_request_id)
        .where(PaymentMatch.payment_id.in_(payment_ids))
    )
    paid = session.execute(query).all()
    invoices = {invoice.id: invoice for invoice in _lock(session, {row.invoice_id for row in paid})}
    for invoice_id, payment_id, amount in paid:
        _add_transfer(session, invoices[invoice_id], payment_id, amount)
    for invoice in invoices.values():
        _recount(session, invoice)
    return len(paid)


def _settle_named(session: Session, payment_ids: Sequence[UUID]) -> int:
    orphans = session.scalars(
        select(Payment)
        .join(ReconciliationException, ReconciliationException.payment_id == Payment.id)
        .where(
            Payment.id.in_(payment_ids),
            ReconciliationException.kind == ExceptionKind.ORPHAN,
            ReconciliationException.status == ExceptionStatus.OPEN,
        )
        .order_by(Payment.id)
    ).all()
    return sum(_settle_note(session, payment) for payment in orphans)


def _settle_note(session: Session, payment: Payment) -> bool:
    codes = [code for code in find_references(payment.memo) if code[0] == ReferenceKind.FEE_INVOICE]
    return sum(settle_fee_by_reference(session, code, payment) for code in codes) > 0


def settle_fee_by_reference(session: Session, reference: str, payment: Payment) -> int:
    """Pay the invoice of that code with what of `payment` lies in its market's suspense; the đồng it took.

    0 where the market has no such invoice, the money is not in its account, nothing is owed, or nothing lies there.
    What is more than is owed stays in suspense, and its exception open. Once it was settled so, a person decides what
    becomes of it.
    """
    exception = _lock_exception(session, payment.id)
    invoice = session.scalar(
        select(FeeInvoice)
        .where(FeeInvoice.reference == reference, may_pay(payment))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    held = in_suspense(session, [payment.id]).get(payment.id, 0)
    taken = min(invoice.remaining, held) if invoice else 0
    if invoice is None or not taken or _was_settled(session, _key(payment, invoice)):
        return 0
    pay_from_suspense(session, invoice, payment, taken, _key(payment, invoice))
    if exception:
        _narrow(exception, held - taken)
    session.flush()
    return taken


def pay_from_suspense(session: Session, invoice: FeeInvoice, payment: Payment, amount: int, key: str) -> None:
    """Pay a locked invoice with `amount` đồng of what lies in suspense, booked under `key`."""
    book(session, [_from_suspense(payment, invoice, amount, key)])
    _credit(session, invoice, payment.id, amount)


def pay_again(session: Session, invoice_id: UUID, payment_id: UUID, amount: int) -> None:
    """`amount` đồng of a payment are for this invoice again. The journal is not touched. Raises Conflict where no more
    than that is owed."""
    (invoice,) = _lock(session, [invoice_id])
    if said := why_not_pay(invoice, amount):
        raise Conflict(said)
    _credit(session, invoice, payment_id, amount)


def why_not_pay(invoice: FeeInvoice, amount: int) -> Text | None:
    if invoice.remaining < amount:
        code = invoice.reference
        return text("Phí %(code)s đã được trả bằng tiền khác, hoặc không còn phải trả", code=code)
    return None


def _credit(session: Session, invoice: FeeInvoice, payment_id: UUID, amount: int) -> None:
    paid = _transfer(session, invoice.id, payment_id)
    if paid:
        paid.amount += amount
    else:
        session.add(FeePayment(invoice_id=invoice.id, payment_id=payment_id, amount=amount))
    _recount(session, invoice)


def unpay(session: Session, invoice_id: UUID, payment_id: UUID, amount: int) -> None:
    """`amount` đồng of a payment are for this invoice no more. The journal is not touched."""
    (invoice,) = _lock(session, [invoice_id])
    paid = _transfer(session, invoice_id, payment_id)
    if paid and paid.amount > amount:
        paid.amount -= amount
    elif paid:
        session.delete(paid)
    _recount(session, invoice)


def unpay_all(session: Session, payment_id: UUID) -> None:
    """Nothing of a payment is for an invoice any more. The journal is not touched."""
    query = select(FeePayment).where(FeePayment.payment_id == payment_id, FeePayment.undone_at.is_(None))
    for paid in session.scalars(query).all():
        unpay(session, paid.invoice_id, payment_id, paid.amount)


def paid_by_note(session: Session, payment_id: UUID) -> dict[UUID, int]:
    """By invoice, what a payment paid of it without a request of the market's."""
    asked = (
        select(FeeInvoiceRequest.invoice_id, func.sum(PaymentMatch.amount).label("amount"))
        .join(PaymentMatch, PaymentMatch.payment_request_id == FeeInvoiceRequest.payment_request_id)
        .where(PaymentMatch.payment_id == payment_id)
        .group_by(FeeInvoiceRequest.invoice_id)
        .subquery()
    )
    by_note = FeePayment.amount - func.coalesce(asked.c.amount, 0)
    query = (
        select(FeePayment.invoice_id, by_note)
        .outerjoin(asked, asked.c.invoice_id == FeePayment.invoice_id)
        .where(FeePayment.payment_id == payment_id, FeePayment.undone_at.is_(None), by_note > 0)
        .order_by(FeePayment.invoice_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}


def _transfer(session: Session, invoice_id: UUID, payment_id: UUID) -> FeePayment | None:
    return session.scalar(
        select(FeePayment).where(FeePayment.invoice_id == invoice_id, FeePayment.payment_id == payment_id)
    )


def _key(payment: Payment, invoice: FeeInvoice) -> str:
    return f"fee:{payment.id}:{invoice.id}"


def _was_settled(session: Session, key: str) -> bool:
    return session.scalar(select(JournalEntry.id).where(JournalEntry.key == key)) is not None


def _lock_exception(session: Session, payment_id: UUID) -> ReconciliationException | None:
    """A person at the desk and this job do not spend the same money."""
    return session.scalar(
        select(ReconciliationException)
        .where(
            ReconciliationException.payment_id == payment_id,
            ReconciliationException.status == ExceptionStatus.OPEN,
        )
        .order_by(ReconciliationException.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _narrow(exception: ReconciliationException, rest: int) -> None:
    """What is left for a person to look at."""
    if rest:
        exception.kind, exception.amount = ExceptionKind.OVERPAID, rest
    else:
        exception.status = ExceptionStatus.RESOLVED


def _from_suspense(payment: Payment, invoice: FeeInvoice, amount: int, key: str) -> Booking:
    return Booking(
        key=key,
        debit=Account(payment.market_id, AccountKind.SUSPENSE),
        credit=fees_of(payment.market_id),
        amount=amount,
        business_day=business_day(now()),
        payment_id=payment.id,
    )


def note_cash(
    session: Session, actor: Actor, invoice_id: UUID, amount: int | None = None, id: UUID | None = None
) -> tuple[FeePayment, bool]:
    """Cash taken at the office, all that remains where no amount is named; False where `id` is stored already.

    Raises InvalidInput for more than remains, Conflict where nothing is owed, NotFound, Forbidden.
    """
    invoice = get_fee_invoice(session, actor, invoice_id, to_change=True)
    if id and (stored := session.get(FeePayment, id)):
        if stored.invoice_id != invoice.id:
            raise NotFound()
        return stored, False
    if not invoice.remaining:
        raise Conflict(text("Phí này không còn phải trả"))
    if amount is not None and not 0 < amount <= invoice.remaining:
        left = format_dong(invoice.remaining)
        said = text("Phí này còn phải trả %(left)s; hãy ghi không quá số đó", left=left)
        raise InvalidInput.of("amount", said)
    paid = FeePayment(
        id=id or new_id(),
        invoice_id=invoice.id,
        amount=amount or invoice.remaining,
        noted_by=actor.user_id,
    )
    store(session, paid)
    book(session, [_cash(invoice, paid, "fee-cash", undo=False)])
    _recount(session, invoice)
    audit.note(session, actor, "fee_cash.noted", invoice.id, amount=paid.amount)
    return paid, True


def undo_cash(session: Session, actor: Actor, fee_payment_id: UUID, reason: str) -> FeePayment:
    """Cash that was noted by mistake: a counter-entry, and it is owed again. Raises Conflict for a transfer."""
    paid = session.get(FeePayment, fee_payment_id)
    if paid is None:
        raise NotFound()
    invoice = get_fee_invoice(session, actor, paid.invoice_id, to_change=True)
    session.refresh(paid)
    if paid.undone_at:
        return paid
    if paid.payment_id:
        raise Conflict(text("Chỉ bỏ được tiền mặt ghi nhầm"))
    paid.undone_at = now()
    book(session, [_cash(invoice, paid, "fee-cash-undone", undo=True)])
    _recount(session, invoice)
    audit.note(session, actor, "fee_cash.undone", invoice.id, reason=reason, amount=paid.amount)
    return paid


def undo_transfers(session: Session, payment_ids: Sequence[UUID]) -> None:
    """The bank took these payments back: what they had paid of invoices is owed again. The journal is not
    touched."""
    query = select(FeePayment).where(FeePayment.payment_id.in_(payment_ids), FeePayment.undone_at.is_(None))
    _mark_undone(session, session.scalars(query).all(), now())


def redo_transfers(session: Session, payment_id: UUID) -> None:
    """The bank did not take this payment back after all. The journal is not touched."""
    query = select(FeePayment).where(FeePayment.payment_id == payment_id, FeePayment.undone_at.is_not(None))
    _mark_undone(session, session.scalars(query).all(), None)


def _mark_undone(session: Session, payments: Sequence[FeePayment], moment: datetime | None) -> None:
    for paid in payments:
        paid.undone_at = moment
    for invoice in _lock(session, {paid.invoice_id for paid in payments}):
        _recount(session, invoice)


def _cash(invoice: FeeInvoice, paid: FeePayment, what: str, *, undo: bool) -> Booking:
    cash = Account(invoice.market_id, AccountKind.CASH, invoice.market_id)
    fees = fees_of(invoice.market_id)
    return Booking(
        key=f"{what}:{paid.id}",
        debit=fees if undo else cash,
        credit=cash if undo else fees,
        amount=paid.amount,
        business_day=business_day(now()),
    )


def fees_of(market_id: UUID) -> Account:
    """The journal's account of a market's fees."""
    return Account(market_id, AccountKind.FEES, market_id)


def _lock(session: Session, invoice_ids: Iterable[UUID]) -> Sequence[FeeInvoice]:
    query = select(FeeInvoice).where(FeeInvoice.id.in_(invoice_ids)).order_by(FeeInvoice.id)
    return session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()


def _add_transfer(session: Session, invoice: FeeInvoice, payment_id: UUID, amount: int) -> bool:
    """False where it was added before."""
    row = {"id": new_id(), "invoice_id": invoice.id, "payment_id": payment_id, "amount": amount}
    statement = upsert(FeePayment).values(row).on_conflict_do_nothing().returning(FeePayment.id)
    return session.scalar(statement) is not None


def _recount(session: Session, invoice: FeeInvoice) -> None:
    """What was paid, and what that makes of the invoice; requests for more than remains are taken back."""
    session.flush()
    paid = select(func.coalesce(func.sum(FeePayment.amount), 0)).where(
        FeePayment.invoice_id == invoice.id, FeePayment.undone_at.is_(None)
    )
    before, invoice.amount_paid = invoice.amount_paid, int(session.execute(paid).scalar_one())
    if invoice.amount_paid == before:
        return
    if invoice.status is not FeeStatus.CANCELLED:
        _move(session, invoice)
    withdraw_requests(session, invoice.id)
    session.flush()


def _move(session: Session, invoice: FeeInvoice) -> None:
    if invoice.amount_paid < invoice.amount:
        late = invoice.due_on < business_day(now())
        invoice.status = FeeStatus.OVERDUE if late else FeeStatus.ISSUED
    elif invoice.status in OWED:
        invoice.status = FeeStatus.PAID
        record(session, FeeInvoicePaid(invoice.market_id, invoice.id, invoice.amount_paid))
