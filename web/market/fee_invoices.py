"""One fee: its QR for the payer, and what the market's office does with it."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.errors import text
from core.qr_images import svg
from models import FeeInvoice, FeePayment, FeeStatus, Role
from services import fee_payments, fee_requests
from services import fees as services
from services.payment_requests import payload_to_pay
from services.queries import fees as queries
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label
from web.languages import translate
from web.schemas import Dong, Input, Line

LONGEST_REASON = 300


class CashForm(FormSchema):
    amount = Dong(required=True, metadata=label(text("Số tiền đã nhận")))


class ReasonForm(Input):
    reason = Line(
        LONGEST_REASON, required=True, metadata=label(text("Lý do"), text("Được ghi lại cùng tên bạn"))
    )


@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
def fee_invoice(invoice_id: UUID) -> str:
    invoice = queries.get_fee_invoice(session(), actor(), invoice_id)
    return render_template(
        "market/fee_invoice.html",
        payments=queries.list_fee_payments(session(), invoice_id),
        reminders=queries.list_fee_reminders(session(), invoice_id),
        **_shown(invoice),
    )


@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
def fee_state(invoice_id: UUID) -> str:
    """The part of that page that changes when money comes."""
    invoice = queries.get_fee_invoice(session(), actor(), invoice_id)
    return render_template("market/fee_state.html", **_shown(invoice))


@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
def of_request(request_id: UUID) -> Response:
    """Where the provider's payment page leads back to."""
    return _back_to(queries.get_invoice_of_request(session(), actor(), request_id).id)


@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
def ask(invoice_id: UUID) -> Response:
    """Have the market's collector make a QR, which is confirmed by itself."""
    return do(
        lambda: fee_requests.ask_for_fee(session(), actor(), invoice_id),
        done=text("Đang lấy mã QR."),
        back=url_for("market.fee_invoice", invoice_id=invoice_id),
    )


@allow(Role.MANAGER)
def cash(invoice_id: UUID) -> Page | Response:
    """Cash taken at the office."""
    invoice = queries.get_fee_invoice(session(), actor(), invoice_id)
    form = Form(CashForm(), {"amount": invoice.remaining})
    if form.submit(partial(fee_payments.note_cash, session(), actor(), invoice_id)) is None:
        return form.page("market/fee_cash.html", invoice=invoice)
    flash(translate("Đã ghi tiền mặt."))
    return _back_to(invoice_id)


@allow(Role.MANAGER)
def undo(invoice_id: UUID, fee_payment_id: UUID) -> Page | Response:
    """Cash that was noted by mistake."""
    form = Form(ReasonForm())
    if form.submit(partial(fee_payments.undo_cash, session(), actor(), fee_payment_id)) is None:
        noted = {paid.id: paid for paid in queries.list_fee_payments(session(), invoice_id)}
        return _reason_page(form, invoice_id, translate("Bỏ tiền mặt ghi nhầm"), noted.get(fee_payment_id))
    flash(translate("Đã bỏ khoản tiền mặt ghi nhầm."))
    return _back_to(invoice_id)


@allow(Role.MANAGER)
def cancel(invoice_id: UUID) -> Page | Response:
    form = Form(ReasonForm())
    if form.submit(partial(services.cancel_invoice, session(), actor(), invoice_id)) is None:
        return _reason_page(form, invoice_id, translate("Hủy phí này"))
    flash(translate("Đã hủy phí."))
    return _back_to(invoice_id)


@allow(Role.MANAGER)
def issue_anew(invoice_id: UUID) -> Response:
    """Another one in the place of a cancelled one; the page leads to it."""
    return do(
        lambda: services.issue_anew(session(), actor(), invoice_id),
        done=text("Đã lập lại phí theo biểu phí hiện nay."),
        back=url_for("market.fee_invoice", invoice_id=invoice_id),
    )


def _reason_page(form: Form, invoice_id: UUID, title: str, cash: FeePayment | None = None) -> Page:
    invoice = queries.get_fee_invoice(session(), actor(), invoice_id)
    return form.page("market/fee_reason.html", invoice=invoice, title=title, cash=cash)


def _back_to(invoice_id: UUID) -> Response:
    return redirect(url_for("market.fee_invoice", invoice_id=invoice_id), 303)


def _shown(invoice: FeeInvoice) -> dict[str, object]:
    request = fee_requests.open_request(session(), invoice) if invoice.remaining else None
    direct = None if request else queries.fee_payload(session(), invoice)
    payload = payload_to_pay(request) if request else direct
    latest = queries.latest_request(session(), invoice.id)
    return {
        "invoice": invoice,
        "asked": request,
        "qr": svg(payload) if payload else None,
        "problem": latest.problem if latest and not request and invoice.remaining else None,
        "can_ask": invoice.remaining and fee_requests.collector_channel(session(), invoice.market_id),
        "manages": actor().is_administrator or invoice.market_id in actor().markets,
        "states": FeeStatus,
    }
