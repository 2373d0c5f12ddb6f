"""Orders from floors and from the shop."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from models import Order, OrderStatus, SettlementKind
from services import order_labels, orders
from services.queries import orders as queries
from services.queries.paging import Page
from web.api.fields import Paging, View, choice, page_of
from web.api.listings import FloorProblemView
from web.api.smorest import Blueprint
from web.api.stalls import BINARY
from web.auth import SELLS, actor, allow
from web.database import session
from web.schemas import Input, Line, TrackingNumber

LONGEST_NAME, LONGEST_REASON = 40, 200

blueprint = Blueprint("orders", __name__, "Orders from floors and from the shop")


class ShipInput(Input):
    """5 to 40 letters, digits and dashes. Where the floor's labels tell a number, that one holds."""

    tracking_number = TrackingNumber()


class DeliverInput(Input):
    """`paid_in_cash`: paid at the door; it goes into the revenue book with the order. Of the shop's only."""

    paid_in_cash = fields.Boolean(load_default=False)


class CancelInput(Input):
    """The reason is kept with the order. Shopee, Lazada and TikTok Shop are told that the goods are out of stock, or
    yes where the buyer asks; WooCommerce tells its buyer these words."""

    reason = Line(LONGEST_REASON, required=True)


class BuyerView(View):
    """As far as the floor tells; null once the order has been over for long."""

    name = fields.String(attribute="buyer_name", allow_none=True)
    phone = fields.String(attribute="buyer_phone", allow_none=True)
    address = fields.String(attribute="buyer_address", allow_none=True)


class OrderLineView(View):
    """`short` of them we did not have: a floor had sold them before it could be told."""

    listing_id = fields.UUID()
    sku = fields.String()
    name = fields.String(attribute="told.name")
    variant = fields.String(attribute="told.variant", allow_none=True)
    unit = fields.String(attribute="told.unit")
    quantity = fields.Integer()
    price = fields.Integer()
    short = fields.Integer()


class SettlementView(View):
    """What the floor paid out of it, or took back; đồng, `gross - fees - withheld = net`. `vat` and `pit` are the
    parts of `withheld`, null where the floor does not tell them apart."""

    id = fields.UUID()
    kind = choice(SettlementKind, attribute="settlement.kind")
    settled_at = fields.AwareDateTime()
    gross = fields.Integer()
    fees = fields.Integer()
    withheld = fields.Integer()
    vat = fields.Integer(allow_none=True)
    pit = fields.Integer(allow_none=True)
    net = fields.Integer()


class LabelView(View):
    """The slip for one parcel: `/orders/{id}/labels/{parcel}` is its PDF."""

    parcel = fields.Integer()
    tracking_number = fields.String(allow_none=True)


class OrderView(View):
    """One seller's part of an order; amounts in đồng. `withheld` is what the order itself says; once the floor has
    paid it out, `settlements` say it better. `errors` says why its floor could not be told what the
    seller did; `floor_status` is as far as the floor knows, null in the shop. Where `cancel_asked` is true its
    buyer waits for an answer: `cancel` says yes, no is said on the floor. `ship_by`: when the floor wants to have it
    on its way, at the latest. `labels` are there once the floor, asked at `labels_asked_at`, has printed them;
    `label_errors` says why it would not."""

    id = fields.UUID()
    marketplace = fields.String()
    external_id = fields.String()
    number = fields.String()
    seller_id = fields.UUID()
    placed_at = fields.AwareDateTime()
    status = choice(OrderStatus)
    floor_status = choice(OrderStatus, allow_none=True)
    buyer = fields.Nested(BuyerView)
    lines = fields.Nested(OrderLineView, many=True)
    total = fields.Integer()
    paid = fields.Boolean(attribute="is_paid")
    withheld = fields.Integer()
    cancel_asked = fields.Boolean()
    settlements = fields.Nested(SettlementView, many=True)
    ship_by = fields.AwareDateTime(allow_none=True)
    labels = fields.Nested(LabelView, many=True)
    labels_asked_at = fields.AwareDateTime(allow_none=True)
    label_errors = fields.List(fields.Nested(FloorProblemView), attribute="label_problems")
    tracking_number = fields.String(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
    payment_request_id = fields.UUID(allow_none=True)
    errors = fields.List(fields.Nested(FloorProblemView), attribute="problems")
    next_attempt_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return obj if attr == "buyer" else super().get_attribute(obj, attr, default)


class OrderQuery(Paging):
    status = choice(OrderStatus)
    marketplace = Line(LONGEST_NAME)
    seller_id = fields.UUID()


@blueprint.get("/orders")
@allow(*SELLS)
@blueprint.arguments(OrderQuery, location="query")
@blueprint.response(200, page_of(OrderView))
def list_orders(query: dict[str, Any]) -> Page[Order]:
    """Orders of the own goods, or of the sellers of a clerk's communes; the newest first."""
    return queries.list_orders(session(), actor(), **query)


@blueprint.get("/orders/<uuid:order_id>")
@allow(*SELLS)
@blueprint.response(200, OrderView)
def get_order(order_id: UUID) -> Order:
    """One order."""
    return queries.get_order(session(), actor(), order_id)


@blueprint.get("/orders/<uuid:order_id>/labels/<int(max=9999):parcel>")
@allow(*SELLS, cookie=True)
@blueprint.response(200, content_type="application/pdf", schema=BINARY)
def get_order_label(order_id: UUID, parcel: int) -> Response:
    """The label that the floor printed for one parcel, to be stuck on it."""
    label = order_labels.read_label(session(), actor(), order_id, parcel)
    return Response(label.content, content_type="application/pdf")


@blueprint.post("/orders/<uuid:order_id>/labels")
@allow(*SELLS)
@blueprint.response(200, OrderView)
def fetch_order_labels(order_id: UUID) -> Order:
    """Have them fetched once more; 409 where the floor prints none for the order, or not yet."""
    return order_labels.fetch_again(session(), actor(), order_id)


@blueprint.post("/orders/<uuid:order_id>/confirm")
@allow(*SELLS)
@blueprint.response(200, OrderView)
def confirm_order(order_id: UUID) -> Order:
    """Take the order; its floor is told. Asked again, or further already, nothing changes; 409 once cancelled."""
    return orders.confirm_order(session(), actor(), order_id)


@blueprint.post("/orders/<uuid:order_id>/pack")
@allow(*SELLS)
@blueprint.response(200, OrderView)
def pack_order(order_id: UUID) -> Order:
    """It stands ready."""
    return orders.pack_order(session(), actor(), order_id)


@blueprint.post("/orders/<uuid:order_id>/ship")
@allow(*SELLS)
@blueprint.arguments(ShipInput)
@blueprint.response(200, OrderView)
def ship_order(data: dict[str, Any], order_id: UUID) -> Order:
    """It is on its way; its floor is told."""
    return orders.ship_order(session(), actor(), order_id, **data)


@blueprint.post("/orders/<uuid:order_id>/deliver")
@allow(*SELLS)
@blueprint.arguments(DeliverInput)
@blueprint.response(200, OrderView)
def deliver_order(data: dict[str, Any], order_id: UUID) -> Order:
    """A buyer of the shop has it, or one of WooCommerce, which never tells. Other floors tell of theirs: 409."""
    return orders.deliver_order(session(), actor(), order_id, **data)


@blueprint.post("/orders/<uuid:order_id>/cancel")
@allow(*SELLS)
@blueprint.arguments(CancelInput)
@blueprint.response(200, OrderView)
def cancel_order(data: dict[str, Any], order_id: UUID) -> Order:
    """It will not come: its goods go back into stock, its floor is told. 409 once it is on its way."""
    return orders.cancel_order(session(), actor(), order_id, **data)
