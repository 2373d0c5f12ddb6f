"""Farm households."""

from typing import Any
from uuid import UUID

from flask import jsonify
from marshmallow import ValidationError, fields, validates_schema

from core.errors import text
from models import ConsentPurpose, Household, HouseholdStatus, Role
from services import consents, people
from services.queries import lists
from services.queries.paging import Page
from web.api.fields import (
    LONGEST_CODE,
    AtMost,
    Days,
    Paging,
    Query,
    View,
    WithId,
    choice,
    computed,
    page_of,
    search,
    words,
)
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Input, Line, NationalId, Phone

MASK = "•" * 9
LONGEST_REASON = 200
LONGEST_ADDRESS = 300

blueprint = Blueprint("households", __name__, "Farm households")


class ConsentInput(Input):
    """An answer, also a no: silence is no consent."""

    purpose = choice(ConsentPurpose, required=True)
    granted = fields.Boolean(required=True, truthy={True}, falsy={False})
    wording_version = Line(40, required=True)


class _HouseholdFacts(WithId):
    products = words(most=50, limit=120)
    consents = fields.List(fields.Nested(ConsentInput), validate=AtMost(max=20))

    @validates_schema(skip_on_field_errors=True)
    def _one_answer_each(self, data: dict[str, Any], **_: object) -> None:
        purposes = [consent["purpose"] for consent in data.get("consents", ())]
        if len(set(purposes)) < len(purposes):
            raise ValidationError([text("Mỗi mục đích chỉ trả lời một lần")], "consents")


class HouseholdInput(_HouseholdFacts):
    head_name = Line(required=True)
    national_id = NationalId(required=True)
    phone = Phone(required=True)
    commune_code = Line(LONGEST_CODE, required=True)
    hamlet = Line()
    address = Line(LONGEST_ADDRESS)


class HouseholdChange(_HouseholdFacts):
    """What is left out stays; `hamlet` and `address` may be taken away with null."""

    class Meta:
        exclude = ("id",)

    head_name = Line()
    national_id = NationalId()
    phone = Phone()
    commune_code = Line(LONGEST_CODE)
    hamlet = Line(allow_none=True)
    address = Line(LONGEST_ADDRESS, allow_none=True)


class FromHeader(Line):
    """Headers are read as Latin-1, whatever was written into them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        return super()._deserialize(value.encode("latin-1").decode(errors="replace"), attr, data, **options)


class RevealHeader(Query):
    reason = FromHeader(
        LONGEST_REASON,
        data_key="X-Reveal-Reason",
        metadata={"description": "why the full ID number must be seen; it is written down with the look"},
    )


class MergeInput(Input):
    into = fields.UUID(required=True)


class ConsentView(View):
    purpose = choice(ConsentPurpose)
    granted = fields.Boolean()
    wording_version = fields.String()
    given_at = fields.AwareDateTime()


class HouseholdView(View):
    """`national_id` is masked. `consents` are all answers ever given, the latest last."""

    id = fields.UUID()
    code = fields.String()
    status = choice(HouseholdStatus)
    head_name = fields.String()
    national_id = computed(lambda household: MASK + household.national_id_tail)
    phone = fields.String()
    commune_code = fields.String()
    hamlet = fields.String(allow_none=True)
    address = fields.String(allow_none=True)
    products = fields.List(fields.String())
    consents = fields.List(fields.Nested(ConsentView))
    merged_into_id = fields.UUID(allow_none=True)
    created_at = fields.AwareDateTime()


class PossibleDuplicateView(View):
    id = fields.UUID()
    code = fields.String()
    head_name = fields.String()
    status = choice(HouseholdStatus)


class NewHouseholdView(HouseholdView):
    """`possible_duplicates` share its ID number or phone, or its name in the same commune."""

    possible_duplicates = fields.Function(
        lambda household: PossibleDuplicateView(many=True).dump(
            people.find_possible_duplicates(session(), actor(), household)
        )
    )


class HouseholdQuery(Paging, Days):
    commune = Line(LONGEST_CODE)
    status = choice(HouseholdStatus)
    q = search("a name, or an exact code, phone or ID number")


@blueprint.get("/households")
@allow(Role.CLERK)
@blueprint.arguments(HouseholdQuery, location="query")
@blueprint.response(200, page_of(HouseholdView))
def list_households(query: dict[str, Any]) -> Page[Household]:
    """Households of the communes served, the newest first."""
    return lists.list_households(session(), actor(), **query)


@blueprint.post("/households")
@allow(Role.CLERK)
@blueprint.arguments(HouseholdInput)
@blueprint.creates(NewHouseholdView)
def create_household(data: dict[str, Any]) -> tuple[Household, int]:
    """Register a household.

    Without a granted `registration` consent it is stored as a draft.
    """
    return stored(people.register_household(session(), actor(), **data))


@blueprint.get("/households/<uuid:household_id>")
@allow(Role.CLERK)
@blueprint.arguments(RevealHeader, location="headers")
@blueprint.response(200, HouseholdView)
def get_household(header: dict[str, str], household_id: UUID) -> Any:
    """One household; its full ID number only where a reason is given."""
    household = people.get_household(session(), actor(), household_id)
    if "reason" not in header:
        return household
    full = people.reveal_national_id(session(), actor(), household_id, header["reason"])
    return jsonify({**HouseholdView().dump(household), "national_id": full})


@blueprint.patch("/households/<uuid:household_id>")
@allow(Role.CLERK)
@blueprint.arguments(HouseholdChange)
@blueprint.response(200, HouseholdView)
def change_household(data: dict[str, Any], household_id: UUID) -> Household:
    """Correct what was written down; new consents are added to the old."""
    return consents.change_household(session(), actor(), household_id, **data)


@blueprint.post("/households/<uuid:household_id>/verify")
@allow(Role.CLERK)
@blueprint.response(200, HouseholdView)
def verify_household(household_id: UUID) -> Household:
    """The papers were seen and are in order."""
    return people.verify_household(session(), actor(), household_id)


@blueprint.post("/households/<uuid:household_id>/merge")
@allow(Role.CLERK)
@blueprint.arguments(MergeInput)
@blueprint.response(200, HouseholdView)
def merge_household(data: dict[str, UUID], household_id: UUID) -> Household:
    """It turns out to be the same as `into`, which stays and is answered."""
    return people.merge_household(session(), actor(), household_id, data["into"])
