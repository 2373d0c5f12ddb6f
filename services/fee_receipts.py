"""What the receipt of a fee says."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.clock import business_day
from core.errors import Conflict, text
from core.money import format_dong
from core.receipts import FeeReceipt
from models import FeeKind, FeePayment, FeeStatus
from services.access import Actor
from services.queries.fees import get_fee_invoice, list_fee_payments

KINDS = {
    FeeKind.AREA_MONTH: "Theo diện tích",
    FeeKind.STALL_MONTH: "Theo quầy",
    FeeKind.DAY: "Vé ngày",
}


def get_receipt(session: Session, actor: Actor, invoice_id: UUID) -> FeeReceipt:
    """The receipt of a fee that is paid in full. Raises Conflict before that, NotFound."""
    invoice = get_fee_invoice(session, actor, invoice_id)
    if invoice.status is not FeeStatus.PAID:
        raise Conflict(text("Biên lai có khi phí đã được trả đủ"))
    payments = [paid for paid in list_fee_payments(session, invoice.id) if not paid.undone_at]
    return FeeReceipt(
        market_name=invoice.market.name,
        reference=invoice.reference,
        seller_name=invoice.seller.name,
        stall_number=invoice.stall.number if invoice.stall else None,
        period=invoice.period,
        basis=[(_basis(line), line["amount"]) for line in invoice.basis],
        amount=invoice.amount,
        paid=[(business_day(paid.created_at), _how(paid), paid.amount) for paid in payments],
    )


def _basis(line: dict[str, Any]) -> str:
    words = KINDS[FeeKind(line["kind"])]
    if "area_m2" in line:
        return f"{words}: {line['area_m2']:g} m² × {format_dong(line['rate'])}"
    return words


def _how(paid: FeePayment) -> str:
    return "chuyển khoản" if paid.payment_id else "tiền mặt"
