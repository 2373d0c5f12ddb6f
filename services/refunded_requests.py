"""What a refund makes of the request for which the money came."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from models import (
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    Refund,
    RefundSource,
    RefundStatus,
)
from models.payment_states import TRANSITIONS, move_back, status_after_refund
from services.holdings import in_suspense, matched_to
from services.payment_requests import change_status
from services.received import NAMED
from services.roundings import book_short
from services.turns import take_turns

UNDER_WAY = (RefundStatus.WAITING, RefundStatus.SENT)


def request_owed(session: Session, refund: Refund) -> None:
    """Something of its money is to go back."""
    request = lock_request(session, refund.payment_request_id)
    if request and PaymentStatus.REFUND_DUE in TRANSITIONS[request.status]:
        change_status(session, request, PaymentStatus.REFUND_DUE, _cause(refund))


def request_refunded(session: Session, refund: Refund) -> None:
    """It went back: paid still where the seller keeps something of it, else refunded, once nothing more is owed."""
    request = lock_request(session, refund.payment_request_id)
    if request and request.status is PaymentStatus.REFUND_DUE:
        came = matched_to(session, request.id)
        went = _refunds(session, _of_seller(request), Refund.status == RefundStatus.DONE)
        kept, owed = came - went, _owed(session, request)
        after = status_after_refund(request.amount, came, kept, owed, request.tolerance)
        change_status(session, request, after, f"refund done {refund.id}")
        if after is PaymentStatus.REFUNDED:
            book_short(session, request, str(refund.id), came, 0)


def request_spared(session: Session, refund: Refund) -> None:
    """It does not go back: the request is what it was before it was to."""
    request = lock_request(session, refund.payment_request_id)
    if request is None or request.status is not PaymentStatus.REFUND_DUE:
        return
    before = session.scalar(
        select(PaymentRequestChange.from_status).where(
            PaymentRequestChange.payment_request_id == request.id,
            PaymentRequestChange.cause == _cause(refund),
        )
    )
    if before:
        step_back(session, request, before, f"refund called off {refund.id}")


def step_back(session: Session, request: PaymentRequest, target: PaymentStatus, cause: str) -> None:
    """Move a request as taking a decision back allows, and keep the step."""
    if target is request.status:
        return
    session.add(
        PaymentRequestChange(
            payment_request_id=request.id, from_status=request.status, to_status=target, cause=cause
        )
    )
    request.status = move_back(request.status, target)


def lock_request(session: Session, request_id: UUID | None) -> PaymentRequest | None:
    """A request, after its stall."""
    if request_id is None:
        return None
    take_turns(session, PaymentRequest.id == request_id)
    return session.get(PaymentRequest, request_id, with_for_update=True, populate_existing=True)


def _cause(refund: Refund) -> str:
    return f"refund {refund.id}"


def _owed(session: Session, request: PaymentRequest) -> int:
    """What came for it, is not the seller's, and has not gone back yet."""
    named = select(Payment.id).join(PaymentRequest, NAMED).where(PaymentRequest.id == request.id)
    held = in_suspense(session, session.scalars(named).all())
    of_nobody = and_(Refund.source == RefundSource.SUSPENSE, Refund.payment_id.in_(named))
    under_way = or_(of_nobody, _of_seller(request)), Refund.status.in_(UNDER_WAY)
    return sum(held.values()) + _refunds(session, *under_way)


def _of_seller(request: PaymentRequest) -> ColumnElement[bool]:
    return and_(Refund.source == RefundSource.SELLER, Refund.payment_request_id == request.id)


def _refunds(session: Session, *which: ColumnElement[bool]) -> int:
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(*which)
    return int(session.execute(query).scalar_one())
