"""Asking for a payment, and taking the question back."""

from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_id
from core.money import amount_problem
from core.reference_codes import ReferenceKind
from core.vietqr import encode, with_amount
from models import PaymentRequest, PaymentRequestChange, PaymentStatus, Stall
from models.payment_states import CANCELLABLE, move
from services.access import Actor, stalls_with_money
from services.events import (
    PaymentRequestCancelled,
    PaymentRequestCreated,
    PaymentRequestEvent,
    record,
)
from services.open_stalls import take_open
from services.polling import FIRST_POLLS_EVERY
from services.queries.markets import get_stall_with_money
from services.references import unused_reference
from services.storing import find_stored, store
from services.turns import take_turn

DEFAULT_LIFE = timedelta(minutes=30)
LONGEST_LIFE = timedelta(days=30)
TOLERATED_PART = 10
"""No more than a tenth of what is asked for is tolerated: a small sum is not paid by next to nothing."""

E = TypeVar("E", bound=PaymentRequestEvent)


def create_payment_request(
    session: Session,
    actor: Actor,
    *,
    id: UUID | None = None,
    stall_id: UUID,
    amount: int,
    description: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[PaymentRequest, bool]:
    """Ask for `amount` đồng at a stall; False where this `id` is stored already.

    A *direct* stall's QR is there at once; a provider's comes with `PaymentRequestOpened`.
    Raises InvalidInput for an amount or time that cannot be, StallNotOpen, Forbidden at somebody else's stall.
    """
    if stored := find_stored(session, PaymentRequest, id):
        return get_payment_request(session, actor, stored.id), False
    stall = get_stall_with_money(session, actor, stall_id)
    request = ask_at(
        session,
        stall,
        id=id,
        amount=amount,
        description=description,
        expires_at=expires_at,
        created_by=actor.user_id,
    )
    return request, True


def ask_at(
    session: Session,
    stall: Stall,
    *,
    id: UUID | None = None,
    amount: int,
    description: str | None = None,
    expires_at: datetime | None = None,
    created_by: UUID,
) -> PaymentRequest:
    """Ask at `stall` in the name of `created_by`, whose right to do so has been seen to. Raises StallNotOpen."""
    take_open(session, stall)
    request = PaymentRequest(
        id=id or new_id(),
        reference=unused_reference(session, ReferenceKind.PAYMENT_REQUEST),
        stall_id=stall.id,
        market_id=stall.market_id,
        channel_id=stall.channel_id,
        amount=_payable(amount),
        tolerance=min(stall.market.tolerance, amount // TOLERATED_PART),
        description=description,
        expires_at=_expiry(expires_at),
        created_by=created_by,
    )
    if not stall.channel.has_collector:
        _open_directly(request, stall)
    else:
        request.next_poll_at = now() + FIRST_POLLS_EVERY
    store(session, request)
    record(session, event_about(PaymentRequestCreated, request))
    return request


def _payable(amount: int) -> int:
    if problem := amount_problem(amount):
        raise InvalidInput.of("amount", problem)
    return amount


def _expiry(asked: datetime | None) -> datetime:
    moment = now()
    if asked is None:
        return moment + DEFAULT_LIFE
    if not moment < asked <= moment + LONGEST_LIFE:
        raise InvalidInput.of("expires_at", text("Hạn trả phải ở tương lai, trong vòng 30 ngày"))
    return asked


def _open_directly(request: PaymentRequest, stall: Stall) -> None:
    """Into the account itself: what came to the stall's virtual account without its code would pass for money of the
    static QR, and nobody would look for the request."""
    account = stall.payout_account
    request.qr_payload = encode(
        account.bin, account.account_number, amount=request.amount, note=request.reference
    )
    request.status = PaymentStatus.AWAITING_PAYMENT


def payload_to_pay(request: PaymentRequest) -> str | None:
    """Its QR for what is still missing, so that nobody pays the whole sum a second time."""
    missing = request.amount - request.amount_paid
    if request.qr_payload is None or not 0 < missing < request.amount:
        return request.qr_payload
    return with_amount(request.qr_payload, missing)


def event_about(kind: type[E], request: PaymentRequest, **more: object) -> E:
    """`more` is what this kind tells besides."""
    return kind(
        market_id=request.market_id,
        stall_id=request.stall_id,
        payment_request_id=request.id,
        reference=request.reference,
        status=request.status,
        **more,
    )


def get_payment_request(session: Session, actor: Actor, request_id: UUID) -> PaymentRequest:
    """A request of the person's own stall or market. Raises NotFound for any other."""
    request = session.scalar(
        select(PaymentRequest)
        .join(Stall)
        .where(PaymentRequest.id == request_id, stalls_with_money(actor))
        .options(joinedload(PaymentRequest.stall))
    )
    if request is None:
        raise NotFound()
    return request


def cancel_payment_request(session: Session, actor: Actor, request_id: UUID) -> PaymentRequest:
    """Take the question back. Raises Conflict once money has come or the time has run out.

    The channel is told by a worker; money that comes all the same is then due to be given back.
    """
    request = get_payment_request(session, actor, request_id)
    take_turn(session, request.stall_id)
    session.refresh(request, with_for_update={"of": PaymentRequest})
    if request.status is PaymentStatus.CANCELLED:
        return request
    if not take_back(session, request, "cancelled by a person"):
        raise Conflict(text("Yêu cầu này không hủy được nữa"))
    return request


def take_back(session: Session, request: PaymentRequest, cause: str) -> bool:
    """Ask no more, where nothing has come yet; whether that is so. The request is locked."""
    if request.status not in CANCELLABLE:
        return False
    change_status(session, request, PaymentStatus.CANCELLED, cause)
    record(session, event_about(PaymentRequestCancelled, request))
    return True


def change_status(session: Session, request: PaymentRequest, target: PaymentStatus, cause: str) -> None:
    """Move a request as its table allows, and keep the step. Raises IllegalTransition."""
    if request.status is target:
        return
    change = PaymentRequestChange(
        payment_request_id=request.id, from_status=request.status, to_status=target, cause=cause
    )
    request.status = move(request.status, target)
    session.add(change)
