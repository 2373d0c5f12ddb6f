"""Undoing what was done by itself: a payment that was matched wrongly, a debit that was no reversal. A person says so;
the journal keeps what was written and gets its counter-entry."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, Uuid, delete, func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session, aliased

from core.clock import business_day, now
from core.errors import Conflict, Text, text
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
from services.fee_payments import fees_of, paid_by_note, redo_transfers, unpay_all
from services.holdings import in_suspense, matched_to, reversal_stands
from services.journal import Account, Booking, book, book_back
from services.polling import next_poll
from services.received import NAMED, received_for
from services.refund_entries import find_again
from services.refunded_requests import lock_request, step_back
from services.refunds import leave_desk
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


def take_apart(session: Session, payment: Payment, key: str) -> list[PaymentRequest]:
    """All that is matched of a payment goes to suspense; its requests, which are returned, are again what their other
    money says. Raises Conflict where something of it went back, or is about to."""
    if said := why_not_apart(session, payment.id):
        raise Conflict(said)
    tied = {tie.payment_request_id: tie.amount for tie in session.scalars(_ties(payment.id))}
    fees = paid_by_note(session, payment.id)
    unpay_all(session, payment.id)
    requests = locked(session, tied)
    for request in requests:
        before = matched_to(session, request.id)
        book_short(session, request, f"{key}:{request.id}", before, before - tied[request.id])
    parts = [_Part(f"request:{r.id}", _owner(r), r.stall_id, tied[r.id]) for r in requests]
    parts += [_Part(f"invoice:{id}", fees_of(payment.market_id), None, fees[id]) for id in fees]
    book(session, _apart(session, payment, parts, key))
    session.execute(delete(PaymentMatch).where(PaymentMatch.payment_id == payment.id))
    payment.stall_id, payment.shared = None, False
    session.flush()
    for request in requests:
        step_to_its_money(session, request, f"match taken apart {key}")
    return requests


class _Part(NamedTuple):
    """What of a payment is for one request or fee invoice, as `of` says."""

    of: str
    account: Account
    stall_id: UUID | None
    amount: int


def _apart(session: Session, payment: Payment, parts: Iterable[_Part], key: str) -> list[Booking]:
    """All that is somebody's. Each entry tells of which request or invoice it is, so that it can be put together
    again (`services.put_together`); what was for none, whose it was."""
    left = {(held.account, held.stall_id): held.amount for held in owned(session, payment)}
    bookings = []
    for part in parts:
        stall_id = part.stall_id if payment.shared else payment.stall_id
        amount = min(part.amount, left.get((part.account, stall_id), 0))
        if amount:
            left[part.account, stall_id] -= amount
            bookings.append(_to_suspense(payment, Held(part.account, stall_id, amount), f"{key}:{part.of}"))
    rest = [Held(account, stall_id, amount) for (account, stall_id), amount in left.items() if amount]
    return bookings + [
        _to_suspense(payment, held, f"{key}:rest:{held.account.kind}:{held.account.owner_id}:{held.stall_id}")
        for held in rest
    ]


def _owner(request: PaymentRequest) -> Account:
    if request.stall is None:
        return fees_of(request.market_id)
    return Account(request.market_id, AccountKind.SELLER, request.stall.seller_id)


def _ties(payment_id: UUID) -> Select[PaymentMatch]:
    return select(PaymentMatch).where(PaymentMatch.payment_id == payment_id)


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


def why_not_apart(session: Session, payment_id: UUID) -> Text | None:
    """What counts on a payment being matched as it is."""
    tied = select(PaymentMatch.payment_request_id).where(PaymentMatch.payment_id == payment_id)
    live = select(Refund.id).where(
        or_(Refund.payment_id == payment_id, Refund.payment_request_id.in_(tied)),
        Refund.status != RefundStatus.REJECTED,
    )
    if session.scalar(live.limit(1)):
        return text("Đã có lần trả lại tiền của khoản này, không gỡ khớp được nữa")
    return None


def locked(session: Session, request_ids: Iterable[UUID]) -> list[PaymentRequest]:
    """Each after its stall."""
    found = [lock_request(session, request_id) for request_id in sorted(request_ids)]
    return [request for request in found if request]


def _to_suspense(payment: Payment, held: Held, key: str) -> Booking:
    return Booking(
        key=key,
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
    ties = {tie.payment_request_id: tie for tie in session.scalars(_ties(payment.id))}
    requests = locked(session, concerned_by(session, payment.id))
    before = {request.id: matched_to(session, request.id) for request in requests}
    for entry_key in standing_reversal(session, payment.id):
        book_back(session, entry_key, business_day(now()))
    find_again(session, payment)
    leave_desk(session, payment.id)
    redo_transfers(session, payment.id)
    for request in requests:
        if tie := ties.get(request.id):
            _take_what_is_over(session, payment, request, tie, before[request.id], key)
        after = matched_to(session, request.id)
        book_short(session, request, f"{key}:{request.id}", before[request.id], after)
        step_forth(session, request, f"reversal undone {key}")
    _free_line(session, payment.id)
    _reopen(session, payment.id)
    place(session, payment, payment.stall_id)
    session.flush()


def concerned_by(session: Session, payment_id: UUID) -> set[UUID]:
    """Requests that a payment pays, or that it names."""
    tied = select(PaymentMatch.payment_request_id).where(PaymentMatch.payment_id == payment_id)
    named = select(PaymentRequest.id).join(Payment, NAMED).where(Payment.id == payment_id)
    return {*session.scalars(tied), *session.scalars(named)}


def step_forth(session: Session, request: PaymentRequest, cause: str) -> None:
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


def standing_reversal(session: Session, payment_id: UUID) -> list[str]:
    """The keys of what was booked when the payment was taken back."""
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
