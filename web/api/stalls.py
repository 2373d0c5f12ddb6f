"""Stalls, their QRs and cards."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from marshmallow import ValidationError, fields, validates_schema

from core import qr_images
from core.cards import stall_card
from core.crypto import mask
from core.vietqr import VietQr, VietQrError
from models import Role, Stall
from services import markets, stall_closing
from services.open_stalls import require_open
from services.queries import lists
from services.queries.markets import get_stall as find_stall
from services.queries.markets import stall_payload
from services.queries.paging import Page
from services.queries.stalls import StallStatus
from services.stall_cards import get_card
from web.api.fields import (
    LONGEST_CODE,
    AmountInQuery,
    Day,
    Paging,
    Query,
    View,
    WithId,
    Within,
    channel_kind,
    choice,
    computed,
    page_of,
    search,
)
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Input, Line

LARGEST_AREA = 100_000
LONGEST_NOTE = 100
BINARY = {"type": "string", "format": "binary"}

blueprint = Blueprint("stalls", __name__, "Stalls, their QRs and cards")


class PayoutAccountInput(Input):
    bin = Line(6, required=True)
    account_number = Line(19, required=True)
    holder_name = Line(required=True)

    @validates_schema(skip_on_field_errors=True)
    def _fits_a_qr(self, data: dict[str, str], **_: object) -> None:
        try:
            VietQr(data["bin"], data["account_number"])
        except VietQrError as error:
            raise ValidationError([error.detail], error.field) from error


class StallInput(WithId):
    """Without `channel_id` the stall takes payments directly to its own account."""

    market_id = fields.UUID(required=True)
    number = Line(20, required=True)
    row = Line(40)
    seller_id = fields.UUID(required=True)
    area_m2 = fields.Float(validate=Within(0.01, LARGEST_AREA))
    payout_account = fields.Nested(PayoutAccountInput, required=True)
    channel_id = fields.UUID()


class StallChannelInput(Input):
    """A channel with a collector, of the stall's market or of its seller."""

    channel_id = fields.UUID(required=True, allow_none=True)


class StallCloseInput(Input):
    closed_on = Day(
        metadata={"description": "its last business day there; today where it is left out"},
    )


class StallChannelView(View):
    id = fields.UUID()
    kind = channel_kind()


class PayoutAccountView(View):
    """`account_number` is masked."""

    id = fields.UUID()
    bin = fields.String()
    account_number = computed(lambda account: mask(account.account_number))
    holder_name = fields.String()


class StallQrView(View):
    """The static QR: its text, and where its pictures and the card are."""

    payload = computed(stall_payload)
    png = computed(lambda stall: url_for("stalls.get_stall_qr", stall_id=stall.id, form="png"))
    svg = computed(lambda stall: url_for("stalls.get_stall_qr", stall_id=stall.id, form="svg"))
    card_pdf = computed(lambda stall: url_for("stalls.get_stall_card", stall_id=stall.id))


class StallView(View):
    id = fields.UUID()
    code = fields.String()
    reference = fields.String()
    market_id = fields.UUID()
    number = fields.String()
    row = fields.String(allow_none=True)
    seller_id = fields.UUID()
    seller_name = fields.String(attribute="seller.name")
    area_m2 = fields.Float(allow_none=True)
    channel = fields.Nested(StallChannelView)
    payout_account = fields.Nested(PayoutAccountView)
    qr = fields.Nested(StallQrView)
    closed_on = fields.Date(
        allow_none=True, metadata={"description": "the last business day on which it is a stall there"}
    )
    created_at = fields.AwareDateTime()

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        return obj if attr == "qr" else super().get_attribute(obj, attr, default)


class StallQuery(Paging):
    market_id = fields.UUID()
    commune = Line(LONGEST_CODE, metadata={"description": "of the market"})
    status = choice(StallStatus, load_default=StallStatus.OPEN)
    q = search("an exact number, code or reference, or part of the seller's name")


class QrQuery(Query):
    amount = AmountInQuery(metadata={"description": "in đồng; left out, the payer types it"})
    note = Line(
        LONGEST_NOTE, metadata={"description": "follows the reference; what a QR cannot carry is cut"}
    )


@blueprint.get("/stalls")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(StallQuery, location="query")
@blueprint.response(200, page_of(StallView))
def list_stalls(query: dict[str, Any]) -> Page[Stall]:
    """Stalls within sight, the newest first: the open ones, where no `status` is asked for."""
    return lists.list_stalls(session(), actor(), **query)


@blueprint.post("/stalls")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.arguments(StallInput)
@blueprint.creates(StallView)
def create_stall(data: dict[str, Any]) -> tuple[Stall, int]:
    """Give a seller a stall."""
    return stored(markets.open_stall(session(), actor(), **data))


@blueprint.get("/stalls/<uuid:stall_id>")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER)
@blueprint.response(200, StallView)
def get_stall(stall_id: UUID) -> Stall:
    """One stall."""
    return find_stall(session(), actor(), stall_id)


@blueprint.patch("/stalls/<uuid:stall_id>")
@allow(Role.MANAGER)
@blueprint.arguments(StallChannelInput)
@blueprint.response(200, StallView)
def set_stall_channel(data: dict[str, Any], stall_id: UUID) -> Stall:
    """Through which channel what the stall asks for from now on is paid: null is straight to its account."""
    return markets.set_stall_channel(session(), actor(), stall_id, **data)


@blueprint.post("/stalls/<uuid:stall_id>/close")
@allow(Role.MANAGER)
@blueprint.arguments(StallCloseInput, required=False)
@blueprint.response(200, StallView)
def close_stall(data: dict[str, Any], stall_id: UUID) -> Stall:
    """Its seller leaves the market: it takes nothing new, and its number can be given to the next. What is under way
    goes on. One that is closed already stays as it is."""
    return stall_closing.close_stall(session(), actor(), stall_id, **data)


@blueprint.post("/stalls/<uuid:stall_id>/reopen")
@allow(Role.MANAGER)
@blueprint.response(200, StallView)
def reopen_stall(stall_id: UUID) -> Stall:
    """It was closed by mistake; 409 once its number is another stall's."""
    return stall_closing.reopen_stall(session(), actor(), stall_id)


@blueprint.get("/stalls/<uuid:stall_id>/qr.<any(txt, png, svg):form>")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER, cookie=True)
@blueprint.arguments(QrQuery, location="query")
@blueprint.response(200, content_type="image/svg+xml", schema={"type": "string"})
@blueprint.alt_response(200, content_type="image/png", schema=BINARY)
@blueprint.alt_response(200, content_type="text/plain", schema={"type": "string"})
def get_stall_qr(query: dict[str, Any], stall_id: UUID, form: str) -> Response:
    """The stall's QR as text (`txt`) or picture (`png`, `svg`): static, or with an amount. 409 where it is closed."""
    stall = find_stall(session(), actor(), stall_id)
    require_open(stall)
    payload = stall_payload(stall, query.get("amount"), query.get("note", ""))
    if form == "png":
        return Response(qr_images.png(payload), content_type="image/png")
    if form == "svg":
        return Response(qr_images.svg(payload), content_type="image/svg+xml")
    return Response(payload, content_type="text/plain; charset=utf-8")


@blueprint.get("/stalls/<uuid:stall_id>/card.pdf")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER, cookie=True)
@blueprint.response(200, content_type="application/pdf", schema=BINARY)
def get_stall_card(stall_id: UUID) -> Response:
    """The payment card to hang up, one A5 page. 409 where the stall is closed."""
    card = get_card(session(), actor(), stall_id)
    return Response(stall_card(card), content_type="application/pdf")
