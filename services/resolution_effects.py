"""What a decision does, and what taking it back does: balanced entries, never a change of what is written."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, Text, text
from models import (
    AccountKind,
    ExceptionKind,
    Payment,
    PaymentMatch,
    PaymentRequest,
    ReconciliationException,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    StatementLine,
)
from models.payment_states import status_after_payment
from services.events import PaymentSettled, RefundRequested, record
from services.fee_payments import pay_from_suspense, unpay
from services.holdings import held_of, matched_to
from services.journal import Account, Booking, book, book_back
from services.payment_requests import change_status, event_about
from services.polling import next_poll
from services.put_together import put_together, why_not_together
from services.received import received_for
from services.refund_entries import put_aside
from services.refunded_requests import lock_request, request_owed
from services.refunds import call_off, complete_by_hand
from services.resolution_plans import MOVES_NOTHING, Case, Plan
from services.roundings import book_short
from services.shares import place
from services.statements import lookalikes
from services.taken_again import take_again, why_not_again
from services.taken_apart import restore, step_to_its_money, take_apart
from services.told_twice import why_not_let_go


def key_of(resolution: Resolution) -> str:
    """What its entry in the journal is called."""
    return f"resolution:{resolution.id}"


def carry_out(session: Session, case: Case, resolution: Resolution, plan: Plan) -> None:
    """Let the decision take effect. The exception, its payment and the request are locked by whoever calls."""
    if resolution.action is ResolutionAction.MATCH and plan.invoice:
        pay_from_suspense(session, plan.invoice, _payment(case), plan.amount, key_of(resolution))
    elif resolution.action is ResolutionAction.MATCH:
        _match(session, case, resolution, plan)
    elif resolution.action is ResolutionAction.WRITE_OFF:
        book(session, [_write_off(session, case, resolution)])
    elif resolution.action is ResolutionAction.REFUND and case.is_debit:
        complete_by_hand(session, refund_of(session, resolution))
    elif resolution.action is ResolutionAction.REFUND:
        _send(session, case, resolution)
    elif resolution.action is ResolutionAction.UNMATCH:
        take_apart(session, _payment(case), key_of(resolution))
    elif resolution.action is ResolutionAction.RESTORE:
        restore(session, _payment(case), key_of(resolution))
    elif resolution.action is ResolutionAction.SAME:
        lookalikes.tie(session, _line(case))
    elif resolution.action is ResolutionAction.ANOTHER:
        lookalikes.take(session, _line(case), f"told apart by a person {resolution.id}")
    session.flush()


def take_back(session: Session, case: Case, resolution: Resolution) -> None:
    """Undo what a decision that was carried out has done. Raises Conflict where that is too late."""
    if said := why_not_taken_back(session, case, resolution):
        raise Conflict(said)
    action, key = resolution.action, key_of(resolution)
    if action is ResolutionAction.MATCH and resolution.fee_invoice_id:
        unpay(session, resolution.fee_invoice_id, _payment(case).id, resolution.amount)
        book_back(session, key, business_day(now()))
    elif action is ResolutionAction.MATCH:
        _unmatch(session, case, resolution)
    elif action is ResolutionAction.WRITE_OFF:
        book_back(session, key, business_day(now()))
    elif action is ResolutionAction.REFUND:
        call_off(session, refund_of(session, resolution))
    elif action is ResolutionAction.UNMATCH:
        put_together(session, _payment(case), key)
    elif action is ResolutionAction.RESTORE:
        take_again(session, _payment(case), key)
    elif action is ResolutionAction.SAME:
        lookalikes.untie(session, _line(case))
    elif action is ResolutionAction.ANOTHER:
        lookalikes.let_go(session, _line(case), key)
    session.flush()


def why_not_taken_back(session: Session, case: Case, resolution: Resolution) -> Text | None:
    """What has gone on since a decision was carried out, and must not be broken."""
    action, key = resolution.action, key_of(resolution)
    if action is ResolutionAction.MATCH:
        kind = AccountKind.FEES if resolution.fee_invoice_id else AccountKind.SELLER
        return _why_not_held(session, case, resolution, kind) or _why_not_unmatched(session, resolution)
    if action is ResolutionAction.WRITE_OFF and not case.is_debit:
        return _why_not_held(session, case, resolution, AccountKind.WRITE_OFF)
    if action is ResolutionAction.REFUND:
        return _why_not_called_off(session, resolution)
    if action is ResolutionAction.UNMATCH:
        id = _payment(case).id
        return decided_since(session, resolution, id) or why_not_together(session, id, key)
    if action is ResolutionAction.RESTORE:
        id = _payment(case).id
        return decided_since(session, resolution, id) or why_not_again(session, id, key)
    if action is ResolutionAction.ANOTHER:
        line = _line(case)
        return decided_since(session, resolution, line.id) or why_not_let_go(session, line)
    return None


def _why_not_called_off(session: Session, resolution: Resolution) -> Text | None:
    status = session.scalar(select(Refund.status).where(Refund.resolution_id == resolution.id))
    if status is not RefundStatus.WAITING:
        return text("Tiền đã được chuyển trả, không rút lại được nữa")
    return None


def decided_since(session: Session, resolution: Resolution, payment_id: UUID) -> Text | None:
    """Of the same money, by whichever of its exceptions."""
    query = (
        select(Resolution.id)
        .join(ReconciliationException, ReconciliationException.id == Resolution.exception_id)
        .where(
            ReconciliationException.payment_id == payment_id,
            Resolution.id != resolution.id,
            Resolution.created_at >= resolution.created_at,
            Resolution.status != ResolutionStatus.UNDONE,
            Resolution.action.not_in(MOVES_NOTHING),
        )
    )
    if session.scalar(query.limit(1)):
        return text("Đã có quyết định sau đó về khoản tiền này; hãy rút lại quyết định đó trước")
    return None


def _payment(case: Case) -> Payment:
    assert case.payment is not None
    return case.payment


def _line(case: Case) -> StatementLine:
    assert case.line is not None
    return case.line


def _why_not_held(session: Session, case: Case, resolution: Resolution, kind: AccountKind) -> Text | None:
    """What the bank took back is not there to be decided about anew."""
    if held_of(session, _payment(case).id, kind) < resolution.amount:
        return text("Ngân hàng đã rút lại khoản này, không còn tiền để chuyển về")
    return None


def refund_of(session: Session, resolution: Resolution) -> Refund:
    query = select(Refund).where(Refund.resolution_id == resolution.id)
    found = session.scalars(query.with_for_update(), execution_options={"populate_existing": True})
    return found.one()


def _match(session: Session, case: Case, resolution: Resolution, plan: Plan) -> None:
    payment, request = _payment(case), plan.request
    assert request is not None
    assert request.stall is not None
    seller = Account(request.market_id, AccountKind.SELLER, request.stall.seller_id)
    book(session, [_booking(case, resolution, seller, request)])
    matched = matched_to(session, request.id)
    book_short(session, request, str(resolution.id), matched, matched + plan.amount)
    _tie(session, payment, request, plan.amount)
    session.flush()
    place(session, payment, request.stall_id)
    session.flush()
    money = received_for(session, [request.id])[request.id]
    after = status_after_payment(request.status, request.amount, money.paid, money.in_time, request.tolerance)
    change_status(session, request, after, f"matched by a person {resolution.id}")
    request.amount_paid = money.paid
    request.next_poll_at = next_poll(request.status, request.created_at, request.expires_at, now())
    paid = {"payment_id": payment.id, "amount": plan.amount, "amount_paid": request.amount_paid}
    record(session, event_about(PaymentSettled, request, **paid))


def _booking(
    case: Case, resolution: Resolution, credit: Account, request: PaymentRequest | None = None
) -> Booking:
    """Out of the market's suspense."""
    market_id, payment = case.exception.market_id, case.payment
    return Booking(
        key=key_of(resolution),
        debit=Account(market_id, AccountKind.SUSPENSE),
        credit=credit,
        amount=resolution.amount,
        business_day=business_day(now()),
        payment_id=payment.id if payment else None,
        stall_id=request.stall_id if request else None,
    )


def _write_off(session: Session, case: Case, resolution: Resolution) -> Booking:
    """Out of the market's suspense; a debit's out of the channel through which its request's money comes."""
    market_id = case.exception.market_id
    nobodys = Account(market_id, AccountKind.WRITE_OFF, market_id)
    if not case.is_debit:
        return _booking(case, resolution, nobodys)
    request = session.get_one(PaymentRequest, case.exception.payment_request_id)
    channel_id = case.payment.channel_id if case.payment else request.channel_id
    channel = Account(market_id, AccountKind.CHANNEL, channel_id)
    return Booking(key_of(resolution), nobodys, channel, resolution.amount, business_day(now()))


def _tie(session: Session, payment: Payment, request: PaymentRequest, amount: int) -> None:
    """A second part of the same payment for the same request makes the tie stronger, not a second one."""
    tie = session.scalar(_ties(payment, request))
    if tie:
        tie.amount += amount
    else:
        session.add(PaymentMatch(payment_id=payment.id, payment_request_id=request.id, amount=amount))


def _ties(payment: Payment, request: PaymentRequest) -> Select[PaymentMatch]:
    return select(PaymentMatch).where(
        PaymentMatch.payment_id == payment.id, PaymentMatch.payment_request_id == request.id
    )


def _stall_named(session: Session, case: Case) -> UUID | None:
    """The stall whose request the money named, before any person decided."""
    if case.exception.kind is ExceptionKind.ORPHAN or case.exception.payment_request_id is None:
        return None
    return session.get_one(PaymentRequest, case.exception.payment_request_id).stall_id


def _untie(session: Session, payment: Payment, request: PaymentRequest, amount: int) -> None:
    """What was decided stays in the resolution; the tie says only what is so now."""
    tie = session.scalars(_ties(payment, request)).one()
    if tie.amount > amount:
        tie.amount -= amount
    else:
        session.delete(tie)


def _unmatch(session: Session, case: Case, resolution: Resolution) -> None:
    payment = _payment(case)
    request = lock_request(session, resolution.payment_request_id)
    assert request is not None
    if said := _why_not_unmatched(session, resolution):
        raise Conflict(said)
    book_back(session, key_of(resolution), business_day(now()))
    matched = matched_to(session, request.id)
    book_short(session, request, f"{resolution.id}:undone", matched, matched - resolution.amount)
    _untie(session, payment, request, resolution.amount)
    session.flush()
    place(session, payment, _stall_named(session, case))
    step_to_its_money(session, request, f"match taken back {resolution.id}")


def _why_not_unmatched(session: Session, resolution: Resolution) -> Text | None:
    """What went back, or is about to, counts on what was decided."""
    live = select(Refund.id).where(
        Refund.payment_request_id == resolution.payment_request_id, Refund.status != RefundStatus.REJECTED
    )
    if resolution.payment_request_id and session.scalar(live.limit(1)):
        return text("Đã có lần trả lại tiền của yêu cầu này, không rút lại được nữa")
    return None


def _send(session: Session, case: Case, resolution: Resolution) -> None:
    refund = refund_of(session, resolution)
    refund.status, refund.next_look_at = RefundStatus.WAITING, None
    session.flush()
    put_aside(session, refund)
    request_owed(session, refund)
    record(session, RefundRequested(case.exception.market_id, refund.id, refund.payment_id, refund.amount))
