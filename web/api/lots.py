"""Lots of products, and their labels."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from core.lot_labels import lot_labels
from models import LARGEST_LOT, LONGEST_LOT_CODE, Lot
from services import lots
from services.queries.paging import Page
from web.api.fields import Day, Paging, View, Whole, WithId, computed, page_of
from web.api.smorest import Blueprint, stored
from web.auth import SELLS, actor, allow
from web.database import session
from web.schemas import LONGEST_TEXT, Input, Line

BINARY = {"type": "string", "format": "binary"}

blueprint = Blueprint("lots", __name__, "Lots and their labels")


class LotInput(WithId):
    """Without a `code` one is made from the day. `quantity` is in the product's unit."""

    harvested_on = Day(required=True)
    code = Line(LONGEST_LOT_CODE, metadata={"description": "A to Z, 0 to 9 and dashes"})
    quantity = Whole(1, LARGEST_LOT)
    note = Line(LONGEST_TEXT, metadata={"description": "for everybody who scans the label"})


class LotChange(Input):
    """What is left out stays. A `withdrawn_reason` takes the lot back, null lets it go on; both are told to everybody
    who scans the label, which stays as it was printed."""

    harvested_on = Day()
    quantity = Whole(1, LARGEST_LOT, allow_none=True)
    note = Line(LONGEST_TEXT, allow_none=True)
    withdrawn_reason = Line(LONGEST_TEXT, allow_none=True)


class LotView(View):
    """`link` is what the QR on the label says (GS1 Digital Link); `gtin` has 14 digits."""

    id = fields.UUID()
    product_id = fields.UUID()
    code = fields.String()
    gtin = fields.String()
    harvested_on = fields.Date()
    quantity = fields.Integer(allow_none=True)
    note = fields.String(allow_none=True)
    corrected_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    withdrawn_reason = fields.String(allow_none=True)
    link = computed(lots.link_of)
    scans = fields.Integer()
    created_at = fields.AwareDateTime()


@blueprint.get("/products/<uuid:product_id>/lots")
@allow(*SELLS)
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(LotView))
def list_lots(query: dict[str, Any], product_id: UUID) -> Page[Lot]:
    """A product's lots, the newest first."""
    return lots.list_lots(session(), actor(), product_id, **query)


@blueprint.post("/products/<uuid:product_id>/lots")
@allow(*SELLS)
@blueprint.arguments(LotInput)
@blueprint.creates(LotView)
def create_lot(data: dict[str, Any], product_id: UUID) -> tuple[Lot, int]:
    """Note down what was harvested or made of a product at one time."""
    return stored(lots.add_lot(session(), actor(), product_id, **data))


@blueprint.get("/products/<uuid:product_id>/lots/<uuid:lot_id>")
@allow(*SELLS)
@blueprint.response(200, LotView)
def get_lot(product_id: UUID, lot_id: UUID) -> Lot:
    """One lot."""
    return lots.get_lot(session(), actor(), product_id, lot_id)


@blueprint.patch("/products/<uuid:product_id>/lots/<uuid:lot_id>")
@allow(*SELLS)
@blueprint.arguments(LotChange)
@blueprint.response(200, LotView)
def change_lot(data: dict[str, Any], product_id: UUID, lot_id: UUID) -> Lot:
    """Put right what was noted down, or withdraw the lot; its page says the newest, what was before is audited."""
    return lots.change_lot(session(), actor(), product_id, lot_id, **data)


@blueprint.get("/products/<uuid:product_id>/lots/<uuid:lot_id>/labels.pdf")
@allow(*SELLS, cookie=True)
@blueprint.response(200, content_type="application/pdf", schema=BINARY)
def get_lot_labels(product_id: UUID, lot_id: UUID) -> Response:
    """A sheet of A4 with 24 labels of 70 × 37 mm."""
    lot = lots.get_lot(session(), actor(), product_id, lot_id)
    return Response(lot_labels(lots.label_of(session(), lot)), content_type="application/pdf")
