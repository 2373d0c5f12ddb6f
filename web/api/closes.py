"""The day's close of a market."""

from datetime import date
from typing import Any
from uuid import UUID

from marshmallow import fields

from core.errors import NotFound
from models import CloseAct, Role
from services import day_closes
from services.queries.day_closes import DayState, get_day
from web.api.fields import Said, View, choice, computed
from web.api.reports import ReportRowView, ReportTotalsView
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.schemas import Input, Line

LONGEST_NOTE = 500

blueprint = Blueprint("closes", __name__, "The day's close of a market")


class SignInput(Input):
    note = Line(LONGEST_NOTE, metadata={"description": "needed where something is left open"})


class ReopenInput(Input):
    reason = Line(LONGEST_NOTE, required=True)


class CloseRowView(ReportRowView):
    """Of what came, the bank books `next_bank_day` đồng a day later."""

    next_bank_day = fields.Integer()


class StallChangeView(View):
    """Of one stall, or of money that came for none where `key` is null: now less then, where they differ."""

    key = fields.String(allow_none=True)
    label = Said()
    changes = fields.Dict(keys=fields.String(), values=fields.Integer())


class DayFiguresView(View):
    """Amounts in đồng. `came` is all that came without cash, of which `matched` has found its owner and `open_amount`
    lies in suspense; what is in neither went back, or is about to. `open_count` exceptions wait for a person; the bank
    books `next_bank_day` of it a day later."""

    payments = fields.Integer()
    came = fields.Integer()
    matched = fields.Integer()
    next_bank_day = fields.Integer()
    open_count = fields.Integer()
    open_amount = fields.Integer()
    totals = fields.Nested(ReportTotalsView)
    stalls = fields.List(fields.Nested(CloseRowView))
    rows = fields.List(fields.Nested(CloseRowView))
    channels = fields.List(fields.Nested(CloseRowView))


class CloseActView(View):
    version = fields.Integer()
    act = choice(CloseAct)
    note = fields.String(allow_none=True)
    by = computed(lambda act: act.by.name)
    created_at = fields.AwareDateTime()


class DayCloseView(View):
    """`figures` as they are now; `signed` as they were signed off, null while the day is open; `difference` names what
    has changed since, now less then, and `changed_stalls` the stalls whose figures have."""

    day = fields.Date()
    status = fields.String(metadata={"enum": ["open", "signed", "reopened"]})
    version = fields.Integer()
    figures = fields.Nested(DayFiguresView)
    signed = fields.Dict(allow_none=True)
    difference = fields.Dict(keys=fields.String(), values=fields.Integer())
    changed_stalls = fields.List(fields.Nested(StallChangeView))
    acts = fields.List(fields.Nested(CloseActView))


def day_named(day: str) -> date:
    """The day in an address. Raises NotFound for what is none."""
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise NotFound() from None


@blueprint.get("/markets/<uuid:market_id>/close/<day>")
@allow(Role.MANAGER)
@blueprint.response(200, DayCloseView)
def get_day_close(market_id: UUID, day: str) -> DayState:
    """What came on a business day, what is matched, what is open, and who has signed it off."""
    return get_day(session(), actor(), market_id, day_named(day))


@blueprint.post("/markets/<uuid:market_id>/close/<day>")
@allow(Role.MANAGER)
@blueprint.arguments(SignInput)
@blueprint.response(200, DayCloseView)
def sign_day_close(data: dict[str, Any], market_id: UUID, day: str) -> DayState:
    """Sign the day off. 409 where it stands signed with other figures: open it again first."""
    return day_closes.sign_day(session(), actor(), market_id, day_named(day), **data)


@blueprint.post("/markets/<uuid:market_id>/close/<day>/reopen")
@allow(Role.MANAGER)
@blueprint.arguments(ReopenInput)
@blueprint.response(200, DayCloseView)
def reopen_day_close(data: dict[str, Any], market_id: UUID, day: str) -> DayState:
    """Open a signed day again, for a reason; the signature stays in its history."""
    return day_closes.reopen_day(session(), actor(), market_id, day_named(day), **data)
