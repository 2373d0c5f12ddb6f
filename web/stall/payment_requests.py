"""Asking a customer for a sum: the question, its QR, and the moment when the money is there."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.errors import NotFound, text
from core.qr_images import svg
from models import PaymentRequest, PaymentStatus, Role
from models.payment_states import CANCELLABLE, OPEN
from services import payment_requests as services
from services.open_stalls import say_closed
from services.queries.markets import get_stall_with_money
from services.queries.stall_events import last_event_id
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label
from web.languages import translate
from web.schemas import Dong, Line

LONGEST_DESCRIPTION = 60
RECEIVED = frozenset({PaymentStatus.PAID, PaymentStatus.PAID_LATE, PaymentStatus.OVERPAID})


class PaymentRequestForm(FormSchema):
    amount = Dong(required=True, metadata=label(text("Số tiền")))
    description = Line(LONGEST_DESCRIPTION, metadata=label(text("Bán gì")))


@allow(Role.STALLHOLDER, Role.MANAGER)
def new_payment_request(stall_id: UUID) -> Page | Response:
    stall = get_stall_with_money(session(), actor(), stall_id)
    form = Form(PaymentRequestForm())
    if stall.closed_on and form.sent is None:
        flash(translate(say_closed(stall)), "bad")
        return redirect(url_for("stall.stall", stall_id=stall_id), 303)
    stored = form.submit(partial(services.create_payment_request, session(), actor(), stall_id=stall_id))
    if stored is None:
        return form.page("stall/payment_request_new.html", stall=stall)
    return redirect(_page_of(stored[0]), 303)


@allow(Role.STALLHOLDER, Role.MANAGER)
def payment_request(stall_id: UUID, request_id: UUID) -> str:
    """The QR to hold out to the customer; the page changes by itself when the money comes."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    # Read before the request: an event between the two is then told again, not missed.
    last_event = last_event_id(session(), stall_id)
    request = _request(stall_id, request_id)
    return render_template(
        "stall/payment_request.html", stall=stall, last_event=last_event, **_shown(request)
    )


@allow(Role.STALLHOLDER, Role.MANAGER)
def state(stall_id: UUID, request_id: UUID) -> str:
    """The part of that page that changes."""
    return render_template("stall/payment_request_state.html", **_shown(_request(stall_id, request_id)))


@allow(Role.STALLHOLDER, Role.MANAGER)
def cancel(stall_id: UUID, request_id: UUID) -> Response:
    request = _request(stall_id, request_id)
    return do(
        lambda: services.cancel_payment_request(session(), actor(), request_id),
        done=text("Đã hủy lần thu này."),
        back=_page_of(request),
    )


def _request(stall_id: UUID, request_id: UUID) -> PaymentRequest:
    found = services.get_payment_request(session(), actor(), request_id)
    if found.stall_id != stall_id:
        raise NotFound()
    return found


def _page_of(request: PaymentRequest) -> str:
    return url_for("stall.payment_request", stall_id=request.stall_id, request_id=request.id)


def _shown(request: PaymentRequest) -> dict[str, object]:
    is_open, payload = request.status in OPEN, services.payload_to_pay(request)
    return {
        "asked": request,
        "qr": svg(payload) if is_open and payload else None,
        "is_open": is_open,
        "cancellable": request.status in CANCELLABLE,
        "received": request.status in RECEIVED,
        "missing": request.amount - request.amount_paid,
        "statuses": PaymentStatus,
    }
