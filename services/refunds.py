"""Money that goes back to its payer: asked for at the desk, sent by a worker, gone once the provider has done it.

What is under way is put aside, so that nobody decides about the same money twice; what may have happened is looked up
before it is asked for again.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import text
from gateways.errors import Problem
from gateways.payouts import Payout, PayoutOrder, PayoutStatus
from models import (
    CollectionChannel,
    ExceptionStatus,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Refund,
    RefundStatus,
    Resolution,
    ResolutionStatus,
)
from services.channel_keys import former_clients
from services.events import RefundCheckDue, RefundCompleted, RefundRejected, record, record_all
from services.refund_entries import paid_since, pay_out, put_aside, put_back
from services.refunded_requests import request_owed, request_refunded, request_spared

WORDS = "HOAN TIEN"
BY_HAND = "by hand"
"""In the place of a provider's payout."""
REFUSED = text("Ngân hàng không chuyển trả được khoản này")
TAKEN_BACK = text("Ngân hàng đã rút lại khoản này, không còn gì để trả")
TAKEN_TOO = text("Ngân hàng đã rút lại khoản này trong lúc tiền đang được chuyển trả; hãy xem lại")
PAID_TWICE = text("Ngân hàng đã rút lại khoản này, tiền vẫn được chuyển trả: chợ mất hai lần, cần đòi lại")
MADE_GOOD = text("Ngân hàng không rút lại khoản này: tiền đã chuyển trả không còn là khoản mất của chợ")
SOON, LATER = timedelta(seconds=5), timedelta(minutes=10)
WHILE_UNDER_WAY = timedelta(seconds=60)


@dataclass(frozen=True)
class PayoutTask:
    """Plain values for the call; `asked_before`: it may have happened already."""

    refund_id: UUID
    collector: str
    credentials: dict[str, Any] = field(repr=False)
    order: PayoutOrder
    asked_before: bool
    former_credentials: Sequence[dict[str, Any]] = field(repr=False, default=())
    """Of the provider's clients that the channel had before: it may have been sent with those."""


def prepare_payout(session: Session, refund_id: UUID) -> PayoutTask | None:
    """What to ask the provider; None where nothing is under way. From here on it may have happened."""
    refund = _locked(session, refund_id)
    if refund.status not in {RefundStatus.WAITING, RefundStatus.SENT}:
        return None
    asked_before = refund.status is RefundStatus.SENT
    refund.status, refund.next_look_at = RefundStatus.SENT, now() + WHILE_UNDER_WAY
    payment = session.get_one(Payment, refund.payment_id)
    channel = session.get_one(CollectionChannel, payment.channel_id)
    order = PayoutOrder(
        reference=refund.idempotency_key,
        key=refund.idempotency_key,
        amount=refund.amount,
        description=_description(session, refund),
        bin=refund.bin,
        account_number=refund.account_number,
    )
    former = former_clients(session, channel.id, refund.created_at) if asked_before else []
    keys = json.loads(channel.credentials or "{}")
    return PayoutTask(refund.id, channel.kind, keys, order, asked_before, former)


def _description(session: Session, refund: Refund) -> str:
    if refund.payment_request_id is None:
        return WORDS
    return f"{WORDS} {session.get_one(PaymentRequest, refund.payment_request_id).reference}"


def record_payout(session: Session, refund_id: UUID, payout: Payout) -> None:
    """What the provider says of it: done, refused, or ask again later."""
    if payout.status is PayoutStatus.FAILED:
        record_refused(session, refund_id, [])
        return
    refund = _locked(session, refund_id)
    if refund.status is not RefundStatus.SENT:
        return
    refund.payout_id, refund.problem = payout.payout_id, None
    if payout.status is PayoutStatus.DONE:
        _complete(session, refund)
    else:
        refund.next_look_at = _next_look(refund, now())


def _next_look(refund: Refund, moment: datetime) -> datetime:
    """Soon at first, then after as long again as it has taken, every ten minutes at most."""
    return moment + min(max(moment - refund.created_at, SOON), LATER)


def _complete(session: Session, refund: Refund) -> None:
    payment = session.get_one(Payment, refund.payment_id)
    refund.status, refund.next_look_at = RefundStatus.DONE, None
    if not pay_out(session, refund):
        _bring_back(session, refund, PAID_TWICE)
    session.flush()
    request_refunded(session, refund)
    record(session, RefundCompleted(payment.market_id, refund.id, payment.id, refund.amount))


def complete_by_hand(session: Session, refund: Refund) -> None:
    """It went back already, as the statement tells; nothing is sent."""
    put_aside(session, refund)
    request_owed(session, refund)
    refund.payout_id = BY_HAND
    _complete(session, refund)


def record_refused(session: Session, refund_id: UUID, problems: Sequence[Problem]) -> None:
    """No money went: the decision is undone, and the exception open again with the provider's reason."""
    refund = _locked(session, refund_id)
    if refund.status is not RefundStatus.SENT:
        return
    said = "; ".join(problem.text for problem in problems) or REFUSED
    exception = _bring_back(session, refund, said)
    _undo(session, refund, said)
    record(session, RefundRejected(exception.market_id, refund.id, refund.payment_id, refund.amount))


def stop_reversed(session: Session, payment_ids: Collection[UUID]) -> None:
    """The bank took these payments back: what is not sent yet is called off, what is comes to a person. Their
    exceptions and requests are locked by whoever calls."""
    query = select(Refund).where(
        Refund.payment_id.in_(payment_ids),
        Refund.status.in_((RefundStatus.PROPOSED, RefundStatus.WAITING, RefundStatus.SENT)),
    )
    locked = query.order_by(Refund.id).with_for_update()
    for refund in session.scalars(locked, execution_options={"populate_existing": True}).all():
        if refund.status is RefundStatus.SENT:
            _bring_back(session, refund, TAKEN_TOO)
        else:
            refund.problem = TAKEN_BACK
            _undo(session, refund, TAKEN_BACK)
    session.flush()


def leave_desk(session: Session, payment_id: UUID) -> None:
    """The bank had not taken this payment after all: a refund of it that is under way goes on, one that was paid is no
    loss."""
    troubled = select(Refund).where(
        Refund.payment_id == payment_id, Refund.problem.in_((TAKEN_TOO, PAID_TWICE))
    )
    for refund in session.scalars(troubled.order_by(Refund.id)).all():
        refund.problem = MADE_GOOD if refund.status is RefundStatus.DONE else None
        _exception_of(session, refund).status = ExceptionStatus.RESOLVED


def lose_again(session: Session, payment_id: UUID, since: datetime) -> None:
    """The bank had taken it: what was made good, or was paid since then, is lost."""
    refunds = select(Refund).where(Refund.payment_id == payment_id, Refund.status == RefundStatus.DONE)
    for refund in session.scalars(refunds.order_by(Refund.id)).all():
        if refund.problem == MADE_GOOD or paid_since(session, refund, since):
            _bring_back(session, refund, PAID_TWICE)


def _bring_back(session: Session, refund: Refund, problem: str) -> ReconciliationException:
    """To the desk, with the reason."""
    refund.problem = problem
    exception = _exception_of(session, refund)
    exception.status = ExceptionStatus.OPEN
    return exception


def _exception_of(session: Session, refund: Refund) -> ReconciliationException:
    resolution = session.get_one(Resolution, refund.resolution_id)
    return session.get_one(ReconciliationException, resolution.exception_id, with_for_update=True)


def _undo(session: Session, refund: Refund, reason: str) -> None:
    call_off(session, refund)
    resolution = session.get_one(Resolution, refund.resolution_id)
    resolution.status, resolution.undo_reason = ResolutionStatus.UNDONE, reason


def call_off(session: Session, refund: Refund) -> None:
    """It will not happen; its money is again where it was, and its request what it was."""
    refund.status, refund.next_look_at = RefundStatus.REJECTED, None
    put_back(session, refund)
    request_spared(session, refund)


def record_wait(session: Session, refund_id: UUID, problem: Problem) -> None:
    """Why it takes longer, for the person at the desk."""
    refund = _locked(session, refund_id)
    if refund.status is RefundStatus.SENT:
        refund.problem = problem.text


def claim_due_refunds(session: Session, limit: int = 500) -> int:
    """Record a `RefundCheckDue` for refunds whose outcome is to be asked for; how many."""
    due = (
        select(Refund.id)
        .where(Refund.next_look_at <= func.now())
        .order_by(Refund.next_look_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = session.scalars(
        update(Refund)
        .where(Refund.id.in_(due.scalar_subquery()))
        .values(next_look_at=func.now() + WHILE_UNDER_WAY)
        .returning(Refund.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [RefundCheckDue(refund_id) for refund_id in claimed])
    return len(claimed)


def _locked(session: Session, refund_id: UUID) -> Refund:
    """The refund, after its exception and payment, as the desk takes them."""
    owner = (
        select(ReconciliationException.id)
        .join(Resolution, Resolution.exception_id == ReconciliationException.id)
        .join(Refund, Refund.resolution_id == Resolution.id)
        .where(Refund.id == refund_id)
        .with_for_update(of=ReconciliationException, key_share=True)
    )
    session.execute(owner)
    return session.get_one(Refund, refund_id, with_for_update=True, populate_existing=True)
