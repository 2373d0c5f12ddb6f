"""Markets and the card sheets of their stalls."""

from typing import Any
from uuid import UUID

from flask import Response
from gevent import get_hub
from marshmallow import fields

from core.cards import stall_cards
from models import MOST_REVERSALS, MOST_TOLERANCE, Market, Role
from services import markets
from services.queries import lists
from services.queries.markets import get_market as find_market
from services.queries.paging import Page
from services.stall_cards import list_cards
from web.api.fields import LONGEST_CODE, AtMost, Paging, Query, View, Whole, WithId, page_of, search
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Input, Line

blueprint = Blueprint("markets", __name__, "Markets")


class MarketInput(WithId):
    name = Line(required=True)
    commune_code = Line(LONGEST_CODE, required=True)
    weekdays = fields.List(Whole(0, 6), validate=AtMost(max=7))


class MarketView(View):
    """`weekdays` are the days it is held, 0 for Monday; none means every day. `tolerance` is by how many đồng what
    comes for a stall's request may differ from it and still pay it. From `alert_reversals` on at one stall within 30
    days, or `alert_late_reversals` a day or more after the money, the managers are told."""

    id = fields.UUID()
    code = fields.String()
    name = fields.String()
    commune_code = fields.String()
    weekdays = fields.List(fields.Integer())
    tolerance = fields.Integer()
    alert_reversals = fields.Integer()
    alert_late_reversals = fields.Integer()
    created_at = fields.AwareDateTime()


class MarketSettingsInput(Input):
    tolerance = Whole(0, MOST_TOLERANCE)
    alert_reversals = Whole(1, MOST_REVERSALS)
    alert_late_reversals = Whole(1, MOST_REVERSALS)


class MarketQuery(Paging):
    commune = Line(LONGEST_CODE)
    q = search("part of a name, or an exact code")


class CardsQuery(Query):
    row = Line(metadata={"description": "only this row of stalls"})


@blueprint.get("/markets")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(MarketQuery, location="query")
@blueprint.response(200, page_of(MarketView))
def list_markets(query: dict[str, Any]) -> Page[Market]:
    """Markets within sight, the newest first."""
    return lists.list_markets(session(), actor(), **query)


@blueprint.post("/markets")
@allow(Role.ADMINISTRATOR)
@blueprint.arguments(MarketInput)
@blueprint.creates(MarketView)
def create_market(data: dict[str, Any]) -> tuple[Market, int]:
    """Open a market."""
    return stored(markets.open_market(session(), actor(), **data))


@blueprint.get("/markets/<uuid:market_id>")
@allow(Role.CLERK, Role.STALLHOLDER, Role.MANAGER)
@blueprint.response(200, MarketView)
def get_market(market_id: UUID) -> Market:
    """One market."""
    return find_market(session(), actor(), market_id)


@blueprint.patch("/markets/<uuid:market_id>")
@allow(Role.MANAGER)
@blueprint.arguments(MarketSettingsInput)
@blueprint.response(200, MarketView)
def change_market_settings(data: dict[str, Any], market_id: UUID) -> Market:
    """Set the tolerance of requests that are made from now on: no more than a tenth of each; and from how many
    reversals on the managers are told."""
    return markets.change_settings(session(), actor(), market_id, **data)


@blueprint.get("/markets/<uuid:market_id>/cards.pdf")
@allow(Role.CLERK, Role.MANAGER, cookie=True)
@blueprint.arguments(CardsQuery, location="query")
@blueprint.response(200, content_type="application/pdf", schema={"type": "string", "format": "binary"})
def get_market_cards(query: dict[str, str], market_id: UUID) -> Response:
    """All payment cards of a market's open stalls on A4 sheets, four each.

    Drawing takes about 20 ms a card: a market of 400 stalls waits for 8 s. Ask for one `row` where that is long.
    """
    cards = list_cards(session(), actor(), market_id, query.get("row"))
    session().close()
    sheets = get_hub().threadpool.apply(stall_cards, (cards,))
    return Response(sheets, content_type="application/pdf")
