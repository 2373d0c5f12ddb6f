"""What the receipt of a fee says: to who paid it, and to whoever is shown it."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day
from core.errors import Conflict, NotFound, text
from core.money import format_dong
from core.receipt_codes import ReceiptKind, id_of_code
from core.receipts import FeeReceipt
from models import FeeInvoice, FeeKind, FeePayment, FeeStatus, Market, Stall
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
    return FeeReceipt(
        market_name=invoice.market.name,
        reference=invoice.reference,
        seller_name=invoice.seller.name,
        stall_number=invoice.stall.number if invoice.stall else None,
        period=invoice.period,
        basis=[(_basis(line), line["amount"]) for line in invoice.basis],
        amount=invoice.amount,
        paid=[
            (business_day(paid.created_at), _how(paid), paid.amount)
            for paid in _standing(session, invoice.id)
        ],
    )


@dataclass(frozen=True)
class PublicFeeReceipt:
    """What anybody may see of a fee, and whether it is paid now: of nobody a name. `paid_on` is the last payment's
    day, `amount` in đồng."""

    market_name: str
    reference: str
    stall_number: str | None
    period: str
    amount: int
    is_paid: bool
    paid_on: date | None


def get_public_receipt(session: Session, code: str) -> PublicFeeReceipt:
    """The fee whose receipt has this code, as it stands now: money may have been taken back since it was printed.
    Raises NotFound for every other code, all alike."""
    invoice_id = id_of_code(ReceiptKind.FEE, code)
    query = (
        select(FeeInvoice, Market.name, Stall.number)
        .join(Market, Market.id == FeeInvoice.market_id)
        .outerjoin(Stall, Stall.id == FeeInvoice.stall_id)
        .where(FeeInvoice.id == invoice_id)
    )
    found = session.execute(query).one_or_none() if invoice_id else None
    if found is None:
        raise NotFound()
    invoice, market, stall = found
    days = [business_day(paid.created_at) for paid in _standing(session, invoice.id)]
    return PublicFeeReceipt(
        market_name=market,
        reference=invoice.reference,
        stall_number=stall,
        period=invoice.period,
        amount=invoice.amount,
        is_paid=invoice.status is FeeStatus.PAID,
        paid_on=max(days, default=None),
    )


def _standing(session: Session, invoice_id: UUID) -> list[FeePayment]:
    return [paid for paid in list_fee_payments(session, invoice_id) if not paid.undone_at]


def _basis(line: dict[str, Any]) -> str:
    words = KINDS[FeeKind(line["kind"])]
    if "area_m2" in line:
        return f"{words}: {line['area_m2']:g} m² × {format_dong(line['rate'])}"
    return words


def _how(paid: FeePayment) -> str:
    return "chuyển khoản" if paid.payment_id else "tiền mặt"
