"""Citizen cards."""

from typing import Any

from marshmallow import fields

from core.national_id import Sex
from models import Role
from services.citizen_cards import read_card
from web.api.fields import Said, View, choice
from web.api.smorest import Blueprint
from web.api.units import UnitView
from web.auth import allow
from web.database import session
from web.idempotency import not_remembered
from web.schemas import Input, Line

LONGEST_CARD = 1_000

blueprint = Blueprint("national-ids", __name__, "Citizen cards")


class CardInput(Input):
    text = Line(LONGEST_CARD, required=True)


class CardFieldsView(View):
    national_id = fields.String()
    old_number = fields.String(allow_none=True)
    full_name = fields.String()
    birth_date = fields.Date(allow_none=True)
    sex = choice(Sex, allow_none=True)
    address = fields.String()
    issue_date = fields.Date(allow_none=True)
    commune_candidates = fields.List(fields.Nested(UnitView))


class CardView(View):
    """`warnings` say what to compare with the card itself."""

    found = fields.Nested(CardFieldsView, data_key="fields")
    warnings = fields.List(Said())


@blueprint.post("/national-ids/parse")
@allow(Role.CLERK)
@not_remembered
@blueprint.arguments(CardInput)
@blueprint.response(200, CardView)
def parse_national_id(data: dict[str, str]) -> dict[str, Any]:
    """Read the text of a citizen card's QR. Nothing of it is stored."""
    read = read_card(session(), data["text"])
    facts = {
        name: getattr(read.card, name) for name in CardFieldsView().fields if name != "commune_candidates"
    }
    return {
        "found": {**facts, "commune_candidates": read.commune_candidates},
        "warnings": read.card.warnings,
    }
