"""What a public receipt says: the market, the stalls, the money, and whether it stayed; of nobody a name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session, aliased

from core.errors import NotFound
from core.receipt_codes import ReceiptKind, id_of_code
from models import (
    AccountKind,
    JournalAccount,
    JournalEntry,
    Market,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentStatus,
    Refund,
    RefundSource,
    RefundStatus,
    Stall,
)
from services.access import Actor, visible_money
from services.holdings import reversed_at
from services.queries.shared import parts_of


class ReceiptStatus(StrEnum):
    RECEIVED = "received"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REVERSED = "reversed"
    UNMATCHED = "unmatched"


OF_REQUEST = {
    PaymentStatus.REVERSED: ReceiptStatus.REVERSED,
    PaymentStatus.REFUNDED: ReceiptStatus.REFUNDED,
    PaymentStatus.REFUND_DUE: ReceiptStatus.REFUND_DUE,
}


@dataclass(frozen=True)
class ReceiptPart:
    """What a stall has of the payment: all of it, unless several share it."""

    stall_number: str
    amount: int
    status: ReceiptStatus
    asked: int | None = None
    """What its request asked for, where it counts as paid although a little less or more came."""
    returned: int = 0
    """What of it went back to its payer, in đồng."""


class Void(NamedTuple):
    """What made a receipt worth nothing, and when."""

    status: ReceiptStatus
    since: datetime


@dataclass(frozen=True)
class Receipt:
    """`parts` is empty where the money is no stall's any more."""

    market_name: str
    occurred_at: datetime
    parts: Sequence[ReceiptPart]
    void: Void | None = None


class _Place(NamedTuple):
    """A stall that has `amount` đồng of the payment."""

    stall_id: UUID
    number: str
    amount: int


def get_receipt(session: Session, code: str) -> Receipt:
    """The receipt of a payment that came to stalls, void where it did not stay there. Raises NotFound for every other
    code, all alike."""
    payment_id = id_of_code(ReceiptKind.PAYMENT, code)
    query = (
        select(Payment, Market.name, reversed_at(Payment.id))
        .join(Market, Market.id == Payment.market_id)
        .where(Payment.id == payment_id)
    )
    found = session.execute(query).one_or_none() if payment_id else None
    if found is None:
        raise NotFound()
    payment, market, taken_back = found
    places = [_Place(*row) for row in session.execute(_places(payment))]
    if not places:
        return Receipt(market, payment.occurred_at, [], _unmatched(session, payment))
    parts = [_part(session, payment, place, bool(taken_back)) for place in places]
    void = Void(ReceiptStatus.REVERSED, taken_back) if taken_back else None
    return Receipt(market, payment.occurred_at, parts, void)


def _unmatched(session: Session, payment: Payment) -> Void:
    """Raises NotFound for what never was a stall's."""
    seller, suspense = aliased(JournalAccount), aliased(JournalAccount)
    query = (
        select(func.max(JournalEntry.created_at))
        .join(seller, seller.id == JournalEntry.debit_account_id)
        .join(suspense, suspense.id == JournalEntry.credit_account_id)
        .where(
            JournalEntry.payment_id == payment.id,
            seller.kind == AccountKind.SELLER,
            suspense.kind == AccountKind.SUSPENSE,
        )
    )
    since = session.scalar(query)
    if since is None:
        raise NotFound()
    return Void(ReceiptStatus.UNMATCHED, since)


def _places(payment: Payment) -> Select[*tuple[Any, ...]]:
    if not payment.shared:
        whole = literal(payment.amount)
        return select(Stall.id, Stall.number, whole).where(Stall.id == payment.stall_id)
    return (
        select(Stall.id, Stall.number, func.sum(PaymentMatch.amount))
        .join(PaymentRequest, PaymentRequest.stall_id == Stall.id)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(PaymentMatch.payment_id == payment.id)
        .group_by(Stall.id)
        .order_by(Stall.number, Stall.id)
    )


def _part(session: Session, payment: Payment, place: _Place, taken_back: bool) -> ReceiptPart:
    status = ReceiptStatus.REVERSED if taken_back else _status(session, payment, place.stall_id)
    asked = _tolerated(session, payment) if status is ReceiptStatus.RECEIVED else None
    returned = _returned(session, payment, place.stall_id)
    return ReceiptPart(place.number, int(place.amount), status, asked, returned)


def _returned(session: Session, payment: Payment, stall_id: UUID) -> int:
    """Where several stalls share it: what went back out of this one's part."""
    own = Refund.payment_request_id.in_(select(PaymentRequest.id).where(PaymentRequest.stall_id == stall_id))
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.payment_id == payment.id,
        Refund.status == RefundStatus.DONE,
        *([own, Refund.source == RefundSource.SELLER] if payment.shared else []),
    )
    return int(session.execute(query).scalar_one())


def _tolerated(session: Session, payment: Payment) -> int | None:
    query = (
        select(PaymentRequest.amount)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(
            PaymentMatch.payment_id == payment.id,
            PaymentRequest.status.in_((PaymentStatus.PAID, PaymentStatus.PAID_LATE)),
            PaymentRequest.amount_paid != PaymentRequest.amount,
            func.abs(PaymentRequest.amount_paid - PaymentRequest.amount) <= PaymentRequest.tolerance,
        )
    )
    return None if payment.shared else session.scalar(query.limit(1))


def _status(session: Session, payment: Payment, stall_id: UUID) -> ReceiptStatus:
    """The worst of what became of the stall's requests that it paid, or of the one that it named too late."""
    query = select(PaymentRequest.status).where(
        PaymentRequest.stall_id == stall_id, _named_by(payment) | PaymentRequest.id.in_(_paid_by(payment))
    )
    statuses = set(session.scalars(query))
    return next((told for status, told in OF_REQUEST.items() if status in statuses), ReceiptStatus.RECEIVED)


def _named_by(payment: Payment) -> ColumnElement[bool]:
    return (PaymentRequest.order_code == payment.order_code) & (
        PaymentRequest.channel_id == payment.channel_id
    )


def _paid_by(payment: Payment) -> Select[UUID]:
    return select(PaymentMatch.payment_request_id).where(PaymentMatch.payment_id == payment.id)


def get_stall_payment(
    session: Session, actor: Actor, stall_id: UUID, payment_id: UUID
) -> tuple[Payment, int]:
    """A payment of this stall, for the link to its receipt, and what the stall has of it, in đồng. Raises NotFound
    outside the person's sight."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    part = parts_of(session, actor, stall_id, [payment]).get(payment.id)
    own = select(Payment.amount).where(
        Payment.id == payment_id, Payment.stall_id == stall_id, visible_money(actor, Payment)
    )
    amount = session.scalar(own) if part is None else part
    if amount is None:
        raise NotFound()
    return payment, amount
