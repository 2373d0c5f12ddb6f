"""Paying a fee through the market's own collector: a payment request that belongs to no stall."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, text
from core.ids import new_id
from models import (
    ChannelStatus,
    CollectionChannel,
    FeeInvoice,
    FeeInvoiceRequest,
    PaymentRequest,
    PaymentStatus,
)
from models.payment_states import CANCELLABLE
from services.access import Actor
from services.events import PaymentRequestCancelled, PaymentRequestCreated, record
from services.payment_requests import change_status, event_about
from services.polling import FIRST_POLLS_EVERY
from services.queries.fees import get_fee_invoice
from services.storing import store

LIFE = timedelta(days=1)
LEAST_LEFT = timedelta(minutes=15)
"""A request that ends sooner is not offered any more."""


def ask_for_fee(session: Session, actor: Actor, invoice_id: UUID) -> PaymentRequest:
    """The request by which what remains can be paid: the one that is open, or a new one.

    Raises Conflict where nothing is owed or the market has no channel with a collector, NotFound.
    """
    invoice = get_fee_invoice(session, actor, invoice_id, lock=True)
    if not invoice.remaining:
        raise Conflict(text("Phí này không còn phải trả"))
    if standing := open_request(session, invoice):
        return standing
    channel_id = collector_channel(session, invoice.market_id)
    if channel_id is None:
        raise Conflict(text("Chợ chưa có kênh tự xác nhận tiền đang hoạt động"))
    withdraw_requests(session, invoice.id)
    return _ask(session, actor, invoice, channel_id)


def open_request(session: Session, invoice: FeeInvoice) -> PaymentRequest | None:
    """The request over what remains that can still be paid."""
    return session.scalar(
        select(PaymentRequest)
        .join(FeeInvoiceRequest)
        .where(
            FeeInvoiceRequest.invoice_id == invoice.id,
            PaymentRequest.status.in_(CANCELLABLE),
            PaymentRequest.amount == invoice.remaining,
            PaymentRequest.expires_at > now() + LEAST_LEFT,
        )
        .order_by(PaymentRequest.created_at.desc())
        .limit(1)
    )


def collector_channel(session: Session, market_id: UUID) -> UUID | None:
    """The market's own channel with a collector, the oldest that is active."""
    return session.scalar(
        select(CollectionChannel.id)
        .where(
            CollectionChannel.market_id == market_id,
            CollectionChannel.has_collector,
            CollectionChannel.status == ChannelStatus.ACTIVE,
            CollectionChannel.webhook_refused_at.is_(None),
        )
        .order_by(CollectionChannel.created_at)
        .limit(1)
    )


def _ask(session: Session, actor: Actor, invoice: FeeInvoice, channel_id: UUID) -> PaymentRequest:
    moment = now()
    request = PaymentRequest(
        id=new_id(),
        stall_id=None,
        market_id=invoice.market_id,
        channel_id=channel_id,
        amount=invoice.remaining,
        expires_at=moment + LIFE,
        next_poll_at=moment + FIRST_POLLS_EVERY,
        created_by=actor.user_id,
    )
    store(session, request)
    store(session, FeeInvoiceRequest(payment_request_id=request.id, invoice_id=invoice.id))
    record(session, event_about(PaymentRequestCreated, request))
    return request


def withdraw_requests(session: Session, invoice_id: UUID) -> None:
    """Take back every request that asks for what is no longer owed."""
    query = (
        select(PaymentRequest)
        .join(FeeInvoiceRequest)
        .where(FeeInvoiceRequest.invoice_id == invoice_id, PaymentRequest.status.in_(CANCELLABLE))
        .with_for_update(of=PaymentRequest)
        .execution_options(populate_existing=True)
    )
    for request in session.scalars(query):
        change_status(session, request, PaymentStatus.CANCELLED, "the fee is not owed like this any more")
        record(session, event_about(PaymentRequestCancelled, request))
