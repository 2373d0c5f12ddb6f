"""The money that came to a stall."""

from uuid import UUID

from flask import render_template, request, url_for

from core.clock import business_day, now
from core.config import config
from core.qr_images import svg
from core.receipt_codes import ReceiptKind, receipt_code
from models import Role
from services.queries.lists import list_payments
from services.queries.markets import get_stall_with_money
from services.queries.receipts import get_stall_payment
from services.queries.shared import parts_of
from services.queries.stall_payments import till_of_day, totals_of_days, went_back_of
from web.auth import actor, allow
from web.database import session
from web.stall.stalls import orders_of


@allow(Role.STALLHOLDER, Role.MANAGER)
def today(stall_id: UUID) -> str:
    """The part of the stall's page that grows when money comes."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    return render_template(
        "stall/today.html",
        stall=stall,
        orders=orders_of(stall),
        till=till_of_day(session(), actor(), stall_id, business_day(now())),
    )


@allow(Role.STALLHOLDER, Role.MANAGER)
def payments(stall_id: UUID) -> str:
    """All of it, the latest first, day by day."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    page = list_payments(session(), actor(), stall_id=stall_id, cursor=request.args.get("cursor"))
    days = {payment.business_day for payment in page.items}
    return render_template(
        "stall/payments.html",
        stall=stall,
        page=page,
        totals=totals_of_days(session(), actor(), stall_id, days),
        parts=parts_of(session(), actor(), stall_id, page.items),
        returned=went_back_of(session(), stall_id, page.items),
    )


@allow(Role.STALLHOLDER, Role.MANAGER)
def receipt(stall_id: UUID, payment_id: UUID) -> str:
    """The link to a payment's public receipt, and its QR for the customer."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    payment, amount = get_stall_payment(session(), actor(), stall_id, payment_id)
    link = url_for("receipts.receipt", code=receipt_code(ReceiptKind.PAYMENT, payment_id))
    return render_template(
        "stall/receipt.html",
        stall=stall,
        payment=payment,
        amount_of_stall=amount,
        returned=went_back_of(session(), stall_id, [payment]).get(payment_id, 0),
        link=link,
        qr=svg(config().base_url + link),
        manages=actor().is_administrator or payment.market_id in actor().markets,
    )
