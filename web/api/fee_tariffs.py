"""What a market charges its stalls, and the account that it is paid into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.crypto import mask
from core.errors import text
from models import FeeAccount, FeeKind, FeeTariff, Role
from services import fee_tariffs
from services.fee_rules import CLASSES
from web.api.fields import Amount, Day, Query, WithId, choice, computed
from web.api.smorest import Blueprint, stored
from web.api.stalls import PayoutAccountInput
from web.auth import actor, allow
from web.database import session
from web.schemas import Line

PROVINCE_CODE = 2
ONE_OF_THEM = text("Hãy ghi một chợ hoặc một tỉnh")

blueprint = Blueprint("fee-tariffs", __name__, "What a market charges its stalls")


class FeeTariffInput(WithId):
    """A rate in đồng: per m² and month, per stall and month, or per day for sellers without a stall.

    It is of a market (`market_id`), or of all markets of one class in a province (`province_code`, `market_class`,
    administrators only): a market for which no own tariff fits takes these. Class 1 has more than 400 stalls, class 2
    from 200, class 3 fewer.
    The tariffs of a stall's own `row` stand in the place of those of the whole market; what is per m² and what is
    per stall add up. An open-ended tariff of the same kind and row ends the day before `valid_from`.
    """

    market_id = fields.UUID()
    province_code = Line(PROVINCE_CODE)
    market_class = fields.Integer(strict=True, validate=validate.OneOf(CLASSES))
    row = Line(40)
    kind = choice(FeeKind, required=True)
    rate = Amount(required=True)
    valid_from = Day(required=True)
    valid_to = Day(metadata={"description": "the last day, included"})


class FeeTariffView(Schema):
    id = fields.UUID()
    market_id = fields.UUID(allow_none=True)
    province_code = fields.String(allow_none=True)
    market_class = fields.Integer(allow_none=True)
    row = fields.String(allow_none=True)
    kind = choice(FeeKind)
    rate = fields.Integer()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class FeeTariffQuery(Query):
    """One of them: a market's own tariffs, or those that a province set."""

    market_id = fields.UUID()
    province_code = Line(PROVINCE_CODE)

    @validates_schema(skip_on_field_errors=True)
    def _one_of_them(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ValidationError(ONE_OF_THEM, "market_id")


class FeeTariffList(Schema):
    items = fields.List(fields.Nested(FeeTariffView))
    next_cursor = fields.String(allow_none=True)


class FeeAccountView(Schema):
    """`account_number` is masked. Transfers come through `channel_id`."""

    market_id = fields.UUID()
    channel_id = fields.UUID()
    bin = fields.String()
    account_number = computed(lambda account: mask(account.account_number))
    holder_name = fields.String()


@blueprint.get("/fee-tariffs")
@allow(Role.MANAGER)
@blueprint.arguments(FeeTariffQuery, location="query")
@blueprint.response(200, FeeTariffList)
def list_fee_tariffs(query: dict[str, Any]) -> dict[str, Sequence[FeeTariff] | None]:
    """All own tariffs of a market, or all of a province, also those of the past, the newest first."""
    if "market_id" in query:
        items = fee_tariffs.list_tariffs(session(), actor(), query["market_id"])
    else:
        items = fee_tariffs.list_province_tariffs(session(), query["province_code"])
    return {"items": items, "next_cursor": None}


@blueprint.post("/fee-tariffs")
@allow(Role.MANAGER)
@blueprint.arguments(FeeTariffInput)
@blueprint.creates(FeeTariffView)
def set_fee_tariff(data: dict[str, Any]) -> tuple[FeeTariff, int]:
    """Set a rate from a day on."""
    return stored(fee_tariffs.set_tariff(session(), actor(), **data))


@blueprint.put("/markets/<uuid:market_id>/fee-account")
@allow(Role.MANAGER)
@blueprint.arguments(PayoutAccountInput)
@blueprint.response(200, FeeAccountView)
def set_fee_account(data: dict[str, str], market_id: UUID) -> FeeAccount:
    """The market's own account, which the QRs of its fees name."""
    return fee_tariffs.set_fee_account(session(), actor(), market_id, data)
