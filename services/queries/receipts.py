"""What a public receipt says: the market, the stall, the money, and whether it stayed; of nobody a name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.receipt_codes import ReceiptKind, id_of_code
from models import (
    Market,
    Payment,
    PaymentMatch,
    PaymentRequest,
    PaymentStatus,
    Refund,
    RefundStatus,
    Stall,
)
from services.access import Actor, visible_money
from services.holdings import reversal_stands


class ReceiptStatus(StrEnum):
    RECEIVED = "received"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    REVERSED = "reversed"


OF_REQUEST = {
    PaymentStatus.REVERSED: ReceiptStatus.REVERSED,
    PaymentStatus.REFUNDED: ReceiptStatus.REFUNDED,
    PaymentStatus.REFUND_DUE: ReceiptStatus.REFUND_DUE,
}


@dataclass(frozen=True)
class Receipt:
    market_name: str
    stall_number: str
    amount: int
    occurred_at: datetime
    status: ReceiptStatus
    asked: int | None = None
    """What its request asked for, where it counts as paid although a little less or more came."""
    returned: int = 0
    """What of it went back to its payer, in đồng."""


def get_receipt(session: Session, code: str) -> Receipt:
    """The receipt of a payment that came to a stall. Raises NotFound for every other code, all alike."""
    payment_id = id_of_code(ReceiptKind.PAYMENT, code)
    query = (
        select(Market.name, Stall.number, Payment.amount, Payment.occurred_at, reversal_stands(Payment.id))
        .join(Stall, Stall.id == Payment.stall_id)
        .join(Market, Market.id == Payment.market_id)
        .where(Payment.id == payment_id)
    )
    found = session.execute(query).one_or_none() if payment_id else None
    if found is None:
        raise NotFound()
    market, stall, amount, occurred_at, taken_back = found
    status = ReceiptStatus.REVERSED if taken_back else _status(session, payment_id)
    asked = _tolerated(session, payment_id) if status is ReceiptStatus.RECEIVED else None
    return Receipt(market, stall, amount, occurred_at, status, asked, _returned(session, payment_id))


def _returned(session: Session, payment_id: UUID | None) -> int:
    query = select(func.coalesce(func.sum(Refund.amount), 0)).where(
        Refund.payment_id == payment_id, Refund.status == RefundStatus.DONE
    )
    return int(session.execute(query).scalar_one())


def _tolerated(session: Session, payment_id: UUID | None) -> int | None:
    query = (
        select(PaymentRequest.amount)
        .join(PaymentMatch, PaymentMatch.payment_request_id == PaymentRequest.id)
        .where(
            PaymentMatch.payment_id == payment_id,
            PaymentRequest.status.in_((PaymentStatus.PAID, PaymentStatus.PAID_LATE)),
            PaymentRequest.amount_paid != PaymentRequest.amount,
            func.abs(PaymentRequest.amount_paid - PaymentRequest.amount) <= PaymentRequest.tolerance,
        )
    )
    return session.scalar(query.limit(1))


def get_stall_payment(session: Session, actor: Actor, stall_id: UUID, payment_id: UUID) -> Payment:
    """A payment of this stall, for the link to its receipt. Raises NotFound outside the person's sight."""
    query = select(Payment).where(
        Payment.id == payment_id, Payment.stall_id == stall_id, visible_money(actor, Payment)
    )
    payment = session.scalar(query)
    if payment is None:
        raise NotFound()
    return payment


def _status(session: Session, payment_id: UUID | None) -> ReceiptStatus:
    """The worst of what became of the requests that it paid, or of the one that it named too late."""
    query = (
        select(PaymentRequest.status)
        .join(Payment, Payment.id == payment_id)
        .where(
            (
                (PaymentRequest.order_code == Payment.order_code)
                & (PaymentRequest.channel_id == Payment.channel_id)
            )
            | PaymentRequest.id.in_(
                select(PaymentMatch.payment_request_id).where(PaymentMatch.payment_id == payment_id)
            )
        )
    )
    statuses = set(session.scalars(query))
    return next((told for status, told in OF_REQUEST.items() if status in statuses), ReceiptStatus.RECEIVED)
