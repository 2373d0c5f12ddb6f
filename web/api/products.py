"""Products."""

from typing import Any
from uuid import UUID

from marshmallow import fields, validates_schema

from models import Goods, Product
from services import listings, products
from services.queries import lists
from services.queries.paging import Page
from web.api.fields import (
    LONGEST_CODE,
    AtMost,
    Day,
    Paging,
    View,
    Whole,
    WithId,
    Word,
    choice,
    page_of,
    search,
    words,
)
from web.api.smorest import Blueprint, stored
from web.auth import SELLS, actor, allow
from web.database import session
from web.goods import (
    LARGEST_WEIGHT,
    LONGEST_GRADE,
    LONGEST_PAPER,
    LONGEST_SHELF_LIFE,
    LONGEST_SIDE,
    LONGEST_STORAGE,
    LONGEST_UNIT,
    LONGEST_VALUE,
    MOST_ATTRIBUTES,
    MOST_PAPERS,
    Gtin,
    require_whole,
)
from web.schemas import LONGEST_TEXT, Input, Line

blueprint = Blueprint("products", __name__, "Products")


class Paper(Input):
    """A certificate with its number and its last day."""

    name = Line(LONGEST_PAPER, required=True)
    number = Line(LONGEST_PAPER, required=True)
    expires_on = Day(required=True)


class ProductInput(WithId):
    seller_id = fields.UUID(required=True)
    name = Line(required=True)
    unit = Line(LONGEST_UNIT, required=True)
    description = Line(LONGEST_TEXT)
    origin_commune = Line(LONGEST_CODE)
    weight_grams = Whole(1, LARGEST_WEIGHT)
    shelf_life_days = Whole(1, LONGEST_SHELF_LIFE)
    certificates = words(most=20, limit=200)
    papers = fields.List(fields.Nested(Paper), validate=AtMost(max=MOST_PAPERS))
    attributes = fields.Dict(keys=Word(), values=Line(LONGEST_VALUE), validate=AtMost(max=MOST_ATTRIBUTES))
    goods = choice(Goods)
    grade = Line(LONGEST_GRADE, allow_none=True)
    season_from = Whole(1, 12, allow_none=True, metadata={"description": "month, with `season_to`"})
    season_to = Whole(1, 12, allow_none=True)
    ocop_stars = Whole(3, 5, allow_none=True)
    planting_area_code = Line(LONGEST_GRADE, allow_none=True)
    gtin = Gtin(
        allow_none=True, metadata={"type": "string", "description": "its own from GS1; answered as 14 digits"}
    )
    storage = Line(LONGEST_STORAGE, allow_none=True)
    package_length = Whole(
        1, LONGEST_SIDE, allow_none=True, metadata={"description": "cm, with width and height"}
    )
    package_width = Whole(1, LONGEST_SIDE, allow_none=True)
    package_height = Whole(1, LONGEST_SIDE, allow_none=True)

    @validates_schema(skip_on_field_errors=False)
    def _whole(self, data: dict[str, Any], **_: object) -> None:
        require_whole(data)


class ProductChange(ProductInput):
    """What is left out stays; null takes away what need not be said."""

    class Meta:
        exclude = ("id", "seller_id")

    name = Line()
    unit = Line(LONGEST_UNIT)
    description = Line(LONGEST_TEXT, allow_none=True)
    origin_commune = Line(LONGEST_CODE, allow_none=True)
    weight_grams = Whole(1, LARGEST_WEIGHT, allow_none=True)
    shelf_life_days = Whole(1, LONGEST_SHELF_LIFE, allow_none=True)


class PaperView(View):
    name = fields.String()
    number = fields.String()
    expires_on = fields.Date()


class ProductView(View):
    id = fields.UUID()
    seller_id = fields.UUID()
    name = fields.String()
    unit = fields.String()
    description = fields.String(allow_none=True)
    origin_commune = fields.String(allow_none=True)
    weight_grams = fields.Integer(allow_none=True)
    shelf_life_days = fields.Integer(allow_none=True)
    certificates = fields.List(fields.String())
    papers = fields.List(fields.Nested(PaperView))
    attributes = fields.Dict(keys=fields.String(), values=fields.String())
    goods = choice(Goods)
    grade = fields.String(allow_none=True)
    season_from = fields.Integer(allow_none=True)
    season_to = fields.Integer(allow_none=True)
    ocop_stars = fields.Integer(allow_none=True)
    planting_area_code = fields.String(allow_none=True)
    gtin = fields.String(allow_none=True)
    storage = fields.String(allow_none=True)
    package_length = fields.Integer(allow_none=True)
    package_width = fields.Integer(allow_none=True)
    package_height = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()


class ProductQuery(Paging):
    seller_id = fields.UUID()
    q = search("part of a name")


@blueprint.get("/products")
@allow(*SELLS)
@blueprint.arguments(ProductQuery, location="query")
@blueprint.response(200, page_of(ProductView))
def list_products(query: dict[str, Any]) -> Page[Product]:
    """Products of the sellers within sight, the newest first."""
    return lists.list_products(session(), actor(), **query)


@blueprint.post("/products")
@allow(*SELLS)
@blueprint.arguments(ProductInput)
@blueprint.creates(ProductView)
def create_product(data: dict[str, Any]) -> tuple[Product, int]:
    """Add a product of a seller; `unit` is what it is counted in, such as kg or bó."""
    return stored(listings.add_product(session(), actor(), **data))


@blueprint.get("/products/<uuid:product_id>")
@allow(*SELLS)
@blueprint.response(200, ProductView)
def get_product(product_id: UUID) -> Product:
    """One product."""
    return listings.get_product(session(), actor(), product_id)


@blueprint.patch("/products/<uuid:product_id>")
@allow(*SELLS)
@blueprint.arguments(ProductChange)
@blueprint.response(200, ProductView)
def change_product(data: dict[str, Any], product_id: UUID) -> Product:
    """Correct a product's facts; its listings get a new version, and floors are brought up to date."""
    return products.change_product(session(), actor(), product_id, **data)
