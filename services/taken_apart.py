"""Undoing what was done by itself: a payment that was matched wrongly, a debit that was no reversal. A person says so;
the journal keeps what was written and gets its counter-entry."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, delete, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session, aliased

from core.clock import business_day, now
from core.errors import Conflict, text
from core.ids import new_id
from models import (
    AccountKind,
    ExceptionKind,
    ExceptionStatus,
    JournalAccount,
    JournalEntry,
    LineOutcome,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    ReconciliationException,
    Refund,
    RefundStatus,
    Statement,
    StatementLine,
)
from models.bulk import insert_rows
from models.payment_states import HAS_MONEY, status_after_payment, status_of_money
from services.fee_payments import redo_transfers, unpay_all
from services.holdings import in_suspense, matched_to, reversal_stands
from services.journal import Account, Booking, book, book_back
from services.polling import next_poll
from services.received import received_for
from services.refund_entries import find_again
from services.refunded_requests import lock_request, step_back
from services.roundings import book_short
from services.shares import place

OWNED = (AccountKind.SELLER, AccountKind.FEES, AccountKind.ROUNDING)
"""Where money lies that was matched."""


class Held(NamedTuple):
    account: Account
    stall_id: UUID | None
    amount: int


def owned(session: Session, payment: Payment) -> list[Held]:
    """What of a payment is somebody's, in which accounts and, where several stalls share it, from which of them."""
    stall = JournalEntry.stall_id if payment.shared else literal(payment.stall_id, Uuid)
    sides = (
        (JournalEntry.credit_account_id, JournalEntry.amount),
        (JournalEntry.debit_account_id, -JournalEntry.amount),
    )
    moved = union_all(
        *(
            select(account.label("account_id"), stall.label("stall_id"), amount.label("amount")).where(
                JournalEntry.payment_id == payment.id
            )
            for account, amount in sides
        )
    ).subquery()
    held = func.sum(moved.c.amount)
    query = (
        select(JournalAccount.market_id, JournalAccount.kind, JournalAccount.owner_id, moved.c.stall_id, held)
        .join(moved, moved.c.account_id == JournalAccount.id)
        .where(JournalAccount.kind.in_(OWNED))
        .group_by(JournalAccount.id, moved.c.stall_id)
        .having(held > 0)
    )
    return [Held(Account(*row[:3]), row[3], int(row[4])) for row in session.execute(query)]


def take_apart(session: Session, payment: Payment, key: str) -> None:
    """All that is matched of a payment goes to suspense; its requests are again what their other money says. Raises
    Conflict where something of it went back, or is about to."""
    ties = select(PaymentMatch.payment_request_id, PaymentMatch.amount).where(
        PaymentMatch.payment_id == payment.id
    )
    tied = {row.payment_request_id: row.amount for row in session.execute(ties)}
    _require_untouched(session, payment, list(tied))
    unpay_all(session, payment.id)
    requests = _locked(session, tied)
    for request in requests:
        before = matched_to(session, request.id)
        book_short(session, request, f"{key}:{request.id}", before, before - tied[request.id])
    book(session, [_to_suspense(payment, held, key) for held in owned(session, payment)])
    session.execute(delete(PaymentMatch).where(PaymentMatch.payment_id == payment.id))
    payment.stall_id, payment.shared = None, False
    session.flush()
    for request in requests:
        step_to_its_money(session, request, f"match taken apart {key}")


def step_to_its_money(session: Session, request: PaymentRequest, cause: str) -> None:
    """A locked request is what the money says that is for it now; one that the bank took all from is reversed."""
    paid, in_time = received_for(session, [request.id]).get(request.id, (0, 0))
    if not paid and _still_reversed(session, request):
        step_back(session, request, PaymentStatus.REVERSED, cause)
    elif request.status is not PaymentStatus.REVERSED:
        expired = request.expires_at < now()
        after = status_of_money(request.amount, paid, in_time, expired, request.tolerance)
        step_back(session, request, after, cause)
    request.amount_paid = paid
    request.next_poll_at = next_poll(request.status, request.created_at, request.expires_at, now())


def _require_untouched(session: Session, payment: Payment, request_ids: list[UUID]) -> None:
    live = select(Refund.id).where(
        or_(Refund.payment_id == payment.id, Refund.payment_request_id.in_(request_ids)),
        Refund.status != RefundStatus.REJECTED,
    )
    if session.scalar(live.limit(1)):
        raise Conflict(text("Đã có lần trả lại tiền của khoản này, không gỡ khớp được nữa"))


def _locked(session: Session, request_ids: dict[UUID, int]) -> list[PaymentRequest]:
    found = [lock_request(session, request_id) for request_id in sorted(request_ids)]
    return [request for request in found if request]


def _to_suspense(payment: Payment, held: Held, key: str) -> Booking:
    return Booking(
        key=f"{key}:{held.account.kind}:{held.account.owner_id}:{held.stall_id}",
        debit=held.account,
        credit=Account(payment.market_id, AccountKind.SUSPENSE),
        amount=held.amount,
        business_day=business_day(now()),
        payment_id=payment.id,
        stall_id=held.stall_id,
    )


def restore(session: Session, payment: Payment, key: str) -> None:
    """The debit was not what it was taken for: a counter-entry for each of the reversal, and all is as it was. What
    has been paid by other money since needs it no more: that goes to suspense, for a person."""
    ties = session.scalars(select(PaymentMatch).where(PaymentMatch.payment_id == payment.id)).all()
    requests = _locked(session, {tie.payment_request_id: tie.amount for tie in ties})
    before = {request.id: matched_to(session, request.id) for request in requests}
    for entry_key in _reversal(session, payment.id):
        book_back(session, entry_key, business_day(now()))
    find_again(session, payment)
    redo_transfers(session, payment.id)
    for request in requests:
        (tie,) = (tie for tie in ties if tie.payment_request_id == request.id)
        _take_what_is_over(session, payment, request, tie, before[request.id], key)
        after = matched_to(session, request.id)
        book_short(session, request, f"{key}:{request.id}", before[request.id], after)
        _step_forth(session, request, f"reversal undone {key}")
    _free_line(session, payment.id)
    _reopen(session, payment.id)
    place(session, payment, payment.stall_id)
    session.flush()


def _step_forth(session: Session, request: PaymentRequest, cause: str) -> None:
    """It is what it was before, or what its money says where it has been paid since."""
    paid, in_time = received_for(session, [request.id]).get(request.id, (0, 0))
    after = status_after_payment(request.status, request.amount, paid, in_time, request.tolerance)
    if request.status is not PaymentStatus.REVERSED or after in HAS_MONEY:
        step_back(session, request, after, cause)
    elif not _still_reversed(session, request):
        step_back(session, request, _before(session, request), cause)
    request.amount_paid = paid


def _take_what_is_over(
    session: Session, payment: Payment, request: PaymentRequest, tie: PaymentMatch, others: int, key: str
) -> None:
    """Of a payment that is the seller's again: what its request has from others already."""
    over = min(tie.amount, max(others + tie.amount - request.amount, 0))
    if not over or request.stall is None:
        return
    seller = Account(request.market_id, AccountKind.SELLER, request.stall.seller_id)
    held = Held(seller, request.stall_id, over)
    book(session, [_to_suspense(payment, held, f"{key}:over:{request.id}")])
    if over == tie.amount:
        session.delete(tie)
    else:
        tie.amount -= over
    row = {"id": new_id(), "market_id": payment.market_id, "kind": ExceptionKind.DUPLICATE}
    about = {"payment_id": payment.id, "payment_request_id": request.id, "amount": over}
    told = insert_rows(ReconciliationException, [row | about | {"status": ExceptionStatus.OPEN}])
    session.execute(told.on_conflict_do_nothing())
    session.flush()


def _reversal(session: Session, payment_id: UUID) -> list[str]:
    undone = aliased(JournalEntry)
    query = (
        select(JournalEntry.key)
        .where(
            JournalEntry.payment_id == payment_id,
            JournalEntry.key.like("reversal:%"),
            JournalEntry.key.not_like("%:undone"),
            ~select(undone.id).where(undone.key == JournalEntry.key + ":undone").exists(),
        )
        .order_by(JournalEntry.number)
    )
    return list(session.scalars(query))


def _still_reversed(session: Session, request: PaymentRequest) -> bool:
    """Another of its payments was taken back."""
    query = select(PaymentMatch.payment_id).where(
        PaymentMatch.payment_request_id == request.id, reversal_stands(PaymentMatch.payment_id)
    )
    return session.scalar(query.limit(1)) is not None


def _before(session: Session, request: PaymentRequest) -> PaymentStatus:
    query = (
        select(PaymentRequestChange.from_status)
        .where(
            PaymentRequestChange.payment_request_id == request.id,
            PaymentRequestChange.to_status == PaymentStatus.REVERSED,
        )
        .order_by(PaymentRequestChange.created_at.desc(), PaymentRequestChange.id.desc())
        .limit(1)
    )
    return session.scalars(query).one()


def _free_line(session: Session, payment_id: UUID) -> None:
    """The statement's line is one that nobody has explained, so that the payment's own reversal is still known; a
    notice's is over, or it would be looked at again."""
    query = select(StatementLine).where(
        StatementLine.payment_id == payment_id, StatementLine.outcome == LineOutcome.REVERSAL
    )
    for line in session.scalars(query).all():
        line.outcome = LineOutcome.REVIEW if line.statement_id else LineOutcome.DUPLICATE
        line.payment_id = None
        session.execute(
            update(Statement)
            .where(Statement.id == line.statement_id)
            .values(review=Statement.review + 1, reversals=Statement.reversals - 1)
        )


def _reopen(session: Session, payment_id: UUID) -> None:
    """What waited for a person before the debit waits again; the reversal itself is settled."""
    table = ReconciliationException
    of_payment = table.payment_id == payment_id
    settled = update(table).where(of_payment, table.kind == ExceptionKind.REVERSED)
    session.execute(settled.values(status=ExceptionStatus.RESOLVED))
    if in_suspense(session, [payment_id]):
        others = update(table).where(of_payment, table.kind != ExceptionKind.REVERSED)
        session.execute(others.values(status=ExceptionStatus.OPEN))
