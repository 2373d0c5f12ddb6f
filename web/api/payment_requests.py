"""Payment requests."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from models import PaymentRequest, PaymentStatus, Role
from services import payment_requests
from services.queries import lists
from services.queries.paging import Page
from web.api.fields import Amount, Days, Paging, Said, View, WithId, choice, page_of
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Line

blueprint = Blueprint("payment-requests", __name__, "Payment requests")


class PaymentRequestInput(WithId):
    """It expires after 30 minutes where `expires_at` does not say otherwise."""

    stall_id = fields.UUID(required=True)
    amount = Amount(required=True)
    description = Line()
    expires_at = fields.AwareDateTime(
        metadata={"description": "RFC 3339 with offset, at most 30 days from now"}
    )


class PaymentRequestView(View):
    """`qr_payload`, `checkout_url` and `payment_link_id` come once the channel has answered; `problem` is why it
    refused. `amount_paid` is all that was received for it; where it differs from `amount` by no more than
    `tolerance`, it is paid."""

    id = fields.UUID()
    reference = fields.String()
    order_code = fields.Integer()
    stall_id = fields.UUID(allow_none=True, metadata={"description": "none for a market's fee"})
    market_id = fields.UUID()
    status = choice(PaymentStatus)
    amount = fields.Integer()
    amount_paid = fields.Integer()
    tolerance = fields.Integer()
    description = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    qr_payload = fields.String(allow_none=True)
    checkout_url = fields.String(allow_none=True)
    payment_link_id = fields.String(allow_none=True)
    problem = Said(allow_none=True)


class PaymentRequestQuery(Paging, Days):
    stall_id = fields.UUID()
    market_id = fields.UUID()
    status = choice(PaymentStatus)


@blueprint.get("/payment-requests")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(PaymentRequestQuery, location="query")
@blueprint.response(200, page_of(PaymentRequestView))
def list_payment_requests(query: dict[str, Any]) -> Page[PaymentRequest]:
    """Requests of the own stalls and markets, the newest first."""
    return lists.list_payment_requests(session(), actor(), **query)


@blueprint.post("/payment-requests")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(PaymentRequestInput)
@blueprint.creates(PaymentRequestView)
def create_payment_request(data: dict[str, Any]) -> tuple[PaymentRequest, int]:
    """Ask for a payment at a stall.

    A direct stall's QR is in the answer; a provider's comes later: follow the stall's events, or ask again.
    """
    return stored(payment_requests.create_payment_request(session(), actor(), **data))


@blueprint.get("/payment-requests/<uuid:request_id>")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.response(200, PaymentRequestView)
def get_payment_request(request_id: UUID) -> PaymentRequest:
    """One request."""
    return payment_requests.get_payment_request(session(), actor(), request_id)


@blueprint.post("/payment-requests/<uuid:request_id>/cancel")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.response(200, PaymentRequestView)
def cancel_payment_request(request_id: UUID) -> PaymentRequest:
    """Take the question back; 409 once money has come or the time has run out."""
    return payment_requests.cancel_payment_request(session(), actor(), request_id)
