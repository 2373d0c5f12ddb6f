"""A listing's prices that hold from one business day to another."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from core.errors import text
from models import LONGEST_PRICE_NAME, DatedPrice
from services import dated_prices
from services.marketplaces import MARKETPLACES
from services.queries.paging import Page
from web.api.fields import Amount, Day, Paging, View, WithId, page_of
from web.api.smorest import Blueprint, stored
from web.auth import SELLS, actor, allow
from web.database import session
from web.schemas import Line

PRICES = "/listings/<uuid:listing_id>/prices"

blueprint = Blueprint("dated_prices", __name__, "Prices for some days")


class DatedPriceInput(WithId):
    """`price` in đồng a unit, from `first_day` to the end of `last_day`; without a `marketplace` on every floor. Ten
    times the usual price, or a tenth, is refused at `price_is_right`, unless that is true."""

    price = Amount(required=True)
    first_day = Day(required=True)
    last_day = Day(required=True)
    marketplace = fields.String(
        validate=validate.OneOf(MARKETPLACES, error=text("Chưa đăng được lên sàn này"))
    )
    name = Line(LONGEST_PRICE_NAME, metadata={"description": "for the seller; buyers are not told"})
    price_is_right = fields.Boolean()


class DatedPriceView(View):
    """It holds only where the goods are sold by `unit`. One floor's (`marketplace`) goes before one for all (null)."""

    id = fields.UUID()
    listing_id = fields.UUID()
    marketplace = fields.String(allow_none=True)
    price = fields.Integer()
    unit = fields.String()
    first_day = fields.Date()
    last_day = fields.Date()
    name = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


@blueprint.get(PRICES)
@allow(*SELLS)
@blueprint.arguments(Paging, location="query")
@blueprint.response(200, page_of(DatedPriceView))
def list_dated_prices(query: dict[str, Any], listing_id: UUID) -> Page[DatedPrice]:
    """Those that hold or will."""
    return dated_prices.list_dated_prices(session(), actor(), listing_id, **query)


@blueprint.post(PRICES)
@allow(*SELLS)
@blueprint.arguments(DatedPriceInput)
@blueprint.creates(DatedPriceView)
def create_dated_price(data: dict[str, Any], listing_id: UUID) -> tuple[DatedPrice, int]:
    """Another price for some days, in the shop and on the floors; then the ordinary one stands again by itself. On one
    floor only one holds on a day, and of all floors one."""
    return stored(dated_prices.add_dated_price(session(), actor(), listing_id, **data))


@blueprint.delete(f"{PRICES}/<uuid:price_id>")
@allow(*SELLS)
@blueprint.response(204)
def end_dated_price(listing_id: UUID, price_id: UUID) -> tuple[str, int]:
    """It holds no more, or never will; what is over already is over."""
    dated_prices.end_dated_price(session(), actor(), listing_id, price_id)
    return "", HTTPStatus.NO_CONTENT
