"""Fees asked for: of every stall for a month, of sellers without a stall for a day; who pays and who owes."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from marshmallow import Schema, ValidationError, fields, validates_schema

from core import qr_images
from core.config import config
from core.errors import NotFound, text
from core.periods import is_month
from core.receipt_codes import ReceiptKind, receipt_code
from core.receipts import fee_receipt
from models import FeeInvoice, FeeKind, FeePayment, FeeStatus, PaymentRequest, Role
from services import fee_payments, fee_reminders, fee_requests, fees
from services.fee_receipts import get_receipt
from services.queries import fees as queries
from services.queries.paging import Page
from web.api.fields import Amount, Day, Paging, Word, choice, computed, page_of
from web.api.payment_requests import PaymentRequestView
from web.api.smorest import Blueprint, stored
from web.api.stalls import BINARY
from web.auth import actor, allow
from web.database import session
from web.schemas import Input, Line

LONGEST_PERIOD, LONGEST_REASON = 10, 300

blueprint = Blueprint("fee-invoices", __name__, "Stall fees")


class FeeLineView(Schema):
    kind = fields.String(metadata={"enum": [kind.value for kind in FeeKind]})
    rate = fields.Integer()
    market_class = fields.Integer(metadata={"description": "where the province set the rate"})
    area_m2 = fields.Float()
    amount = fields.Integer()


class FeeInvoiceView(Schema):
    """`basis` is how the amount was made; `qr_payload` is the VietQR of what remains, to the market's own account."""

    id = fields.UUID()
    reference = fields.String()
    market_id = fields.UUID()
    stall_id = fields.UUID(allow_none=True)
    stall_number = fields.String(attribute="stall.number", dump_default=None, allow_none=True)
    seller_id = fields.UUID()
    seller_name = fields.String(attribute="seller.name")
    period = fields.String()
    amount = fields.Integer()
    amount_paid = fields.Integer()
    remaining = fields.Integer()
    basis = fields.List(fields.Nested(FeeLineView))
    status = choice(FeeStatus)
    due_on = fields.Date()
    cancel_reason = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class FeeInvoiceWithQr(FeeInvoiceView):
    qr_payload = computed(lambda invoice: queries.fee_payload(session(), invoice))


class FeeInvoiceQuery(Paging):
    market_id = fields.UUID()
    stall_id = fields.UUID()
    seller_id = fields.UUID()
    period = Line(LONGEST_PERIOD)
    status = choice(FeeStatus)


class IssueInput(Input):
    """`period` is a month (`2026-11`): every stall is asked. With `seller_id` it is a day (`2026-11-22`): a ticket."""

    period = Line(LONGEST_PERIOD, required=True)
    due_on = Day(
        metadata={"description": "ten days after the month begins, or after today, where it is left out"}
    )
    seller_id = fields.UUID()

    @validates_schema(skip_on_field_errors=True)
    def _ticket_for_a_day(self, data: dict[str, Any], **_: object) -> None:
        if ("seller_id" in data) is is_month(data["period"]):
            raise ValidationError([text("Cả chợ thì ghi tháng; vé ngày thì ghi ngày và người bán")], "period")


class IssuedView(Schema):
    """`left_out`: numbers of stalls that no tariff fits, or whose area is not known. A ticket is in `invoice`."""

    period = fields.String()
    issued = fields.Integer()
    existing = fields.Integer()
    total = fields.Integer(metadata={"description": "đồng that were asked for now"})
    left_out = fields.List(fields.String())
    invoice = fields.Nested(FeeInvoiceView)


class ReasonInput(Input):
    reason = Word(LONGEST_REASON, required=True)


class CashInput(Input):
    """All that remains, where no amount is named."""

    id = fields.UUID()
    amount = Amount()


class FeePaymentView(Schema):
    """`payment_id` is the transfer; none for cash."""

    id = fields.UUID()
    invoice_id = fields.UUID()
    payment_id = fields.UUID(allow_none=True)
    amount = fields.Integer()
    undone_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class ArrearsRow(Schema):
    seller_id = fields.UUID(attribute="seller.id")
    seller_name = fields.String(attribute="seller.name")
    amount = fields.Integer()
    invoices = fields.Integer()
    since = fields.Date()


class ArrearsView(Schema):
    items = fields.List(fields.Nested(ArrearsRow))


class RemindersView(Schema):
    reminders = fields.Integer(metadata={"description": "how many are being written to"})


@blueprint.post("/markets/<uuid:market_id>/fee-invoices")
@allow(Role.MANAGER)
@blueprint.arguments(IssueInput)
@blueprint.response(201, IssuedView)
def issue_fee_invoices(data: dict[str, Any], market_id: UUID) -> dict[str, Any]:
    """Ask every stall for a month's fee, or one seller for a day's. Asked again, only who was not asked before."""
    if "seller_id" not in data:
        return vars(fees.issue_invoices(session(), actor(), market_id, **data))
    ticket, new = fees.issue_ticket(session(), actor(), market_id, data["period"], data["seller_id"])
    total = ticket.amount if new else 0
    counts = {"issued": int(new), "existing": int(not new), "total": total, "left_out": []}
    return {"period": ticket.period, "invoice": ticket, **counts}


@blueprint.get("/fee-invoices")
@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
@blueprint.arguments(FeeInvoiceQuery, location="query")
@blueprint.response(200, page_of(FeeInvoiceView))
def list_fee_invoices(query: dict[str, Any]) -> Page[FeeInvoice]:
    """Fees of the own markets or stalls, and own tickets, the newest first."""
    return queries.list_fee_invoices(session(), actor(), **query)


@blueprint.get("/fee-invoices/<uuid:invoice_id>")
@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
@blueprint.response(200, FeeInvoiceWithQr)
def get_fee_invoice(invoice_id: UUID) -> FeeInvoice:
    """One fee, with its QR."""
    return queries.get_fee_invoice(session(), actor(), invoice_id)


@blueprint.get("/fee-invoices/<uuid:invoice_id>/qr.<any(txt, png, svg):form>")
@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER, cookie=True)
@blueprint.response(200, content_type="image/svg+xml", schema={"type": "string"})
@blueprint.alt_response(200, content_type="image/png", schema=BINARY)
@blueprint.alt_response(200, content_type="text/plain", schema={"type": "string"})
def get_fee_qr(invoice_id: UUID, form: str) -> Response:
    """The QR of what remains; 404 where nothing does, or the market has set no account for fees."""
    payload = queries.fee_payload(session(), queries.get_fee_invoice(session(), actor(), invoice_id))
    if payload is None:
        raise NotFound()
    if form == "png":
        return Response(qr_images.png(payload), content_type="image/png")
    if form == "svg":
        return Response(qr_images.svg(payload), content_type="image/svg+xml")
    return Response(payload, content_type="text/plain; charset=utf-8")


@blueprint.get("/fee-invoices/<uuid:invoice_id>/receipt.pdf")
@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER, cookie=True)
@blueprint.response(200, content_type="application/pdf", schema=BINARY)
def get_fee_receipt(invoice_id: UUID) -> Response:
    """The receipt, once it is paid in full; 409 before. Its QR leads to a page that says whether it still is."""
    receipt = get_receipt(session(), actor(), invoice_id)
    link = config().base_url + url_for("receipts.fee_receipt", code=receipt_code(ReceiptKind.FEE, invoice_id))
    return Response(fee_receipt(receipt, link), content_type="application/pdf")


@blueprint.post("/fee-invoices/<uuid:invoice_id>/payment-request")
@allow(Role.STALLHOLDER, Role.SELLER, Role.MANAGER)
@blueprint.response(201, PaymentRequestView)
def ask_for_fee(invoice_id: UUID) -> PaymentRequest:
    """A request over what remains, through the market's own collector: the open one, or a new one."""
    return fee_requests.ask_for_fee(session(), actor(), invoice_id)


@blueprint.post("/fee-invoices/<uuid:invoice_id>/cash")
@allow(Role.MANAGER)
@blueprint.arguments(CashInput)
@blueprint.creates(FeePaymentView)
def note_fee_cash(data: dict[str, Any], invoice_id: UUID) -> tuple[FeePayment, int]:
    """Note cash that the office took."""
    return stored(fee_payments.note_cash(session(), actor(), invoice_id, **data))


@blueprint.post("/fee-payments/<uuid:fee_payment_id>/undo")
@allow(Role.MANAGER)
@blueprint.arguments(ReasonInput)
@blueprint.response(200, FeePaymentView)
def undo_fee_cash(data: dict[str, str], fee_payment_id: UUID) -> FeePayment:
    """Take back cash that was noted by mistake: a counter-entry."""
    return fee_payments.undo_cash(session(), actor(), fee_payment_id, **data)


@blueprint.post("/fee-invoices/<uuid:invoice_id>/cancel")
@allow(Role.MANAGER)
@blueprint.arguments(ReasonInput)
@blueprint.response(200, FeeInvoiceView)
def cancel_fee_invoice(data: dict[str, str], invoice_id: UUID) -> FeeInvoice:
    """Ask for it no more; 409 once money has come for it."""
    return fees.cancel_invoice(session(), actor(), invoice_id, **data)


@blueprint.post("/fee-invoices/<uuid:invoice_id>/issue-anew")
@allow(Role.MANAGER)
@blueprint.response(201, FeeInvoiceView)
def issue_fee_anew(invoice_id: UUID) -> FeeInvoice:
    """Another one in the place of a cancelled one, by the tariffs as they are now."""
    return fees.issue_anew(session(), actor(), invoice_id)


@blueprint.get("/markets/<uuid:market_id>/fee-arrears")
@allow(Role.MANAGER)
@blueprint.response(200, ArrearsView)
def list_fee_arrears(market_id: UUID) -> dict[str, list[queries.Arrears]]:
    """Who owes the market what is overdue, the largest sum first."""
    return {"items": queries.list_arrears(session(), actor(), market_id)}


@blueprint.post("/markets/<uuid:market_id>/fee-reminders")
@allow(Role.MANAGER)
@blueprint.response(202, RemindersView)
def remind_of_fees(market_id: UUID) -> dict[str, int]:
    """Write to everybody in arrears, once a day at most."""
    return {"reminders": fee_reminders.remind_now(session(), actor(), market_id)}
