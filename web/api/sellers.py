"""Sellers."""

from typing import Any
from uuid import UUID

from marshmallow import ValidationError, fields, validates_schema

from core.errors import text
from models import Role, Seller, SellerKind
from services import people
from services.queries import lists
from services.queries.paging import Page
from web.api.fields import LONGEST_CODE, Days, Paging, View, WithId, choice, page_of, search
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Line, Phone

blueprint = Blueprint("sellers", __name__, "Sellers: households, traders, cooperatives")


class SellerInput(WithId):
    """`commune_code` may be left out: a household sells in its own commune, others in the registrar's."""

    kind = choice(SellerKind, required=True)
    name = Line(required=True)
    phone = Phone(required=True)
    household_id = fields.UUID()
    commune_code = Line(LONGEST_CODE)

    @validates_schema(skip_on_field_errors=True)
    def _household_of_a_household(self, data: dict[str, Any], **_: object) -> None:
        if "household_id" in data and data["kind"] is not SellerKind.HOUSEHOLD:
            raise ValidationError([text("Chỉ người bán là hộ mới gắn với một hộ")], "household_id")


class SellerView(View):
    id = fields.UUID()
    code = fields.String()
    kind = choice(SellerKind)
    name = fields.String()
    phone = fields.String()
    household_id = fields.UUID(allow_none=True)
    commune_code = fields.String()
    created_at = fields.AwareDateTime()


class SellerQuery(Paging, Days):
    market_id = fields.UUID(metadata={"description": "has a stall there"})
    commune = Line(LONGEST_CODE)
    q = search("a name, or an exact code, phone or id: by these a manager finds any seller")


@blueprint.get("/sellers")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.arguments(SellerQuery, location="query")
@blueprint.response(200, page_of(SellerView))
def list_sellers(query: dict[str, Any]) -> Page[Seller]:
    """Sellers of the communes served, or with a stall in the own markets; the newest first."""
    return lists.list_sellers(session(), actor(), **query)


@blueprint.post("/sellers")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.arguments(SellerInput)
@blueprint.creates(SellerView)
def create_seller(data: dict[str, Any]) -> tuple[Seller, int]:
    """Register a seller."""
    return stored(people.register_seller(session(), actor(), **data))


@blueprint.get("/sellers/<uuid:seller_id>")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.response(200, SellerView)
def get_seller(seller_id: UUID) -> Seller:
    """One seller; a manager may open any."""
    return people.get_seller(session(), actor(), seller_id)
