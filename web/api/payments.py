"""Payments: the money that came."""

from typing import Any

from marshmallow import fields

from models import Payment, Role
from services.queries import lists
from services.queries.paging import Page
from web.api.fields import Days, Paging, View, page_of, search
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session

blueprint = Blueprint("payments", __name__, "Payments: the money that came")


class MatchView(View):
    payment_request_id = fields.UUID()
    amount = fields.Integer()


class PaymentView(View):
    """A transfer. Without a `stall_id` nothing here asked for it, unless it is `shared`; `reference` is the bank's."""

    id = fields.UUID()
    market_id = fields.UUID()
    stall_id = fields.UUID(allow_none=True)
    shared = fields.Boolean(
        metadata={"description": "several stalls have a part of it, each what `matches` says"}
    )
    channel_id = fields.UUID()
    order_code = fields.Integer(
        allow_none=True, metadata={"description": "none where only a statement tells of it"}
    )
    reference = fields.String()
    amount = fields.Integer()
    memo = fields.String()
    occurred_at = fields.AwareDateTime()
    business_day = fields.Date()
    bank_day = fields.Date()
    matches = fields.List(fields.Nested(MatchView))


class PaymentQuery(Paging, Days):
    market_id = fields.UUID()
    stall_id = fields.UUID()
    q = search("the bank's exact reference, or part of the transfer's note")


@blueprint.get("/payments")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(PaymentQuery, location="query")
@blueprint.response(200, page_of(PaymentView))
def list_payments(query: dict[str, Any]) -> Page[Payment]:
    """Money that came for the own stalls and markets, the latest first. Days are the market's business days."""
    return lists.list_payments(session(), actor(), **query)
