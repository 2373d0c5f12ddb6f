"""What a market charges its stalls, and the account that it is paid into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from core.crypto import mask
from models import FeeAccount, FeeKind, FeeTariff, Role
from services import fee_tariffs
from web.api.fields import Amount, Day, Query, WithId, choice, computed
from web.api.smorest import Blueprint, stored
from web.api.stalls import PayoutAccountInput
from web.auth import actor, allow
from web.database import session
from web.schemas import Line

blueprint = Blueprint("fee-tariffs", __name__, "What a market charges its stalls")


class FeeTariffInput(WithId):
    """A rate in đồng: per m² and month, per stall and month, or per day for sellers without a stall.

    The tariffs of a stall's own `row` stand in the place of those of the whole market; what is per m² and what is
    per stall add up. An open-ended tariff of the same kind and row ends the day before `valid_from`.
    """

    market_id = fields.UUID(required=True)
    row = Line(40)
    kind = choice(FeeKind, required=True)
    rate = Amount(required=True)
    valid_from = Day(required=True)
    valid_to = Day(metadata={"description": "the last day, included"})


class FeeTariffView(Schema):
    id = fields.UUID()
    market_id = fields.UUID()
    row = fields.String(allow_none=True)
    kind = choice(FeeKind)
    rate = fields.Integer()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class FeeTariffQuery(Query):
    market_id = fields.UUID(required=True)


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
    """All tariffs of a market, also those of the past, the newest first."""
    return {"items": fee_tariffs.list_tariffs(session(), actor(), **query), "next_cursor": None}


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
