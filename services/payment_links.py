"""What a channel answered about a payment request: opened, refused, polled."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.crypto import blind_index
from gateways.errors import Problem
from gateways.ports import LinkOrder, LinkStatus, PaymentLink
from models import CollectionChannel, PaymentRequest, PaymentStatus, Stall
from models.payment_states import CANCELLABLE
from services.channel_keys import keys_of_order
from services.events import (
    PaymentRequestCancelled,
    PaymentRequestCreated,
    PaymentRequestExpired,
    PaymentRequestOpened,
    PaymentRequestRefused,
    record,
)
from services.matching import LINK_ACCOUNT, ChannelTransfer
from services.payment_requests import change_status, event_about
from services.payments import settle_transfers, settle_unclaimed
from services.polling import EXPIRY_GRACE, next_poll
from services.short_requests import note_missing
from services.turns import take_turns


@dataclass(frozen=True)
class ChannelCall:
    """Plain values for a call to a channel, copied out so that the database can be let go of."""

    collector: str
    keys: Sequence[dict[str, Any]] = field(repr=False)
    """With which the channel may know of the order; it is opened with the last."""
    order: LinkOrder


def prepare_call(session: Session, request_id: UUID, base_url: str) -> ChannelCall | None:
    """What to tell the request's channel; None for a request that goes through none."""
    request = session.get_one(PaymentRequest, request_id)
    channel = session.get_one(CollectionChannel, request.channel_id)
    if not channel.has_collector:
        return None
    page = f"{base_url}{_page(request)}"
    order = LinkOrder(
        order_code=request.order_code,
        amount=request.amount,
        description=request.reference,
        return_url=page,
        cancel_url=page,
        expires_at=request.expires_at,
    )
    return ChannelCall(channel.kind, keys_of_order(session, request), order)


def _page(request: PaymentRequest) -> str:
    """Where the payer comes back to: the stall's page, or that of the fee."""
    if request.stall_id is None:
        return f"/fee-requests/{request.id}"
    return f"/stalls/{request.stall_id}/payment-requests/{request.id}"


def needs_opening(session: Session, request_id: UUID) -> bool:
    request = session.get_one(PaymentRequest, request_id)
    return request.payment_link_id is None and request.status is PaymentStatus.CREATED


def record_opened(session: Session, request_id: UUID, link: PaymentLink) -> None:
    """The channel has a link for it: its QR can be shown. An answer about the order code that the request had
    before `_ask_anew` comes too late: money paid to that link would not find its request."""
    request = _locked(session, request_id)
    if request.payment_link_id is not None or link.order_code != request.order_code:
        return
    if link.qr_payload is None and request.status is PaymentStatus.CREATED:
        _ask_anew(session, request)
        return
    request.payment_link_id = link.payment_link_id
    request.qr_payload = link.qr_payload
    request.checkout_url = link.checkout_url
    if link.account_number:
        request.link_account_index = blind_index(LINK_ACCOUNT, link.account_number.upper())
    request.problem = None
    if request.status is PaymentStatus.CREATED:
        change_status(session, request, PaymentStatus.AWAITING_PAYMENT, "opened by the channel")
    elif request.status is PaymentStatus.CANCELLED:
        # While it was being opened: whoever was told to close it then may have found nothing.
        record(session, event_about(PaymentRequestCancelled, request))
    record(session, event_about(PaymentRequestOpened, request))


def _ask_anew(session: Session, request: PaymentRequest) -> None:
    """The answer that held the QR was lost, and the channel tells it only once. Nobody has seen that QR, so
    the request gets a new order code and is opened again; the first link runs out by itself."""
    session.execute(
        update(PaymentRequest).where(PaymentRequest.id == request.id).values(order_code=func.new_order_code())
    )
    record(session, event_about(PaymentRequestCreated, request))


def record_delay(session: Session, request_id: UUID, problem: Problem) -> None:
    """The channel cannot be reached for now; the person at the stall is told why the QR is not there."""
    request = _locked(session, request_id)
    if request.status is PaymentStatus.CREATED:
        request.problem = problem.text


def record_refused(session: Session, request_id: UUID, problems: Sequence[Problem]) -> None:
    """The channel will never take it: closed, with its reason for the person at the stall."""
    request = _locked(session, request_id)
    if request.status is not PaymentStatus.CREATED:
        return
    request.problem = "; ".join(problem.text for problem in problems)
    request.next_poll_at = None
    change_status(session, request, PaymentStatus.CANCELLED, "refused by the channel")
    record(session, event_about(PaymentRequestRefused, request))


def record_polled(session: Session, request_id: UUID, link: PaymentLink | None) -> None:
    """Take over every transfer that the channel knows of, and close what has run out of time."""
    request = session.get_one(PaymentRequest, request_id)
    if link is not None:
        transfers = [ChannelTransfer(request.channel_id, transfer) for transfer in link.transfers]
        settle_transfers(session, transfers, cause="poll")
    settle_unclaimed(session, PaymentRequest.id == request_id, cause="poll")
    request = _locked(session, request_id)
    if link is not None:
        note_missing(session, request, _said(request, link))
    _expire(session, request, link.status if link else None)
    request.next_poll_at = next_poll(request.status, request.created_at, request.expires_at, now())


def _said(request: PaymentRequest, link: PaymentLink) -> int:
    """What came, as the link itself has it, where it lists less; while it is open its list may lag behind."""
    listed = sum(transfer.amount for transfer in link.transfers)
    may_lag = link.status is LinkStatus.OPEN and not _is_over(request)
    return 0 if may_lag or listed >= link.amount_paid else link.amount_paid


def expire_direct_requests(session: Session, limit: int = 500) -> int:
    """Close requests of *direct* stalls whose time is over; nobody can be asked about those. How many."""
    query = (
        select(PaymentRequest)
        .join(CollectionChannel)
        .join(Stall)
        .where(
            ~CollectionChannel.has_collector,
            PaymentRequest.status.in_(CANCELLABLE),
            PaymentRequest.expires_at < func.now() - EXPIRY_GRACE,
        )
        .limit(limit)
        .with_for_update(of=(PaymentRequest, Stall), skip_locked=True, key_share=True)
    )
    requests = session.scalars(query).all()
    for request in requests:
        _expire(session, request, None)
    return len(requests)


def _expire(session: Session, request: PaymentRequest, seen: LinkStatus | None) -> None:
    over = _is_over(request) or seen in {LinkStatus.EXPIRED, LinkStatus.CANCELLED}
    if over and request.status in CANCELLABLE:
        change_status(session, request, PaymentStatus.EXPIRED, "time ran out")
        record(session, event_about(PaymentRequestExpired, request))


def _is_over(request: PaymentRequest) -> bool:
    return request.expires_at + EXPIRY_GRACE < now()


def _locked(session: Session, request_id: UUID) -> PaymentRequest:
    take_turns(session, PaymentRequest.id == request_id)
    return session.get_one(PaymentRequest, request_id, with_for_update=True, populate_existing=True)
