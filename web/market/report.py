"""What a market was paid, by day, stall or hour."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from flask import request
from marshmallow import fields

from core.clock import business_day, now
from core.errors import InvalidInput, text
from models import Role
from services.queries.markets import get_managed_market
from services.queries.reports import GroupBy, PaymentsReport, payments_report
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, label
from web.languages import translate
from web.schemas import Input

WEEK = timedelta(days=6)
GROUPS = (GroupBy.DAY, GroupBy.STALL, GroupBy.HOUR)


class RangeForm(Input):
    first = fields.Date(required=True, metadata=label(text("Từ ngày")))
    last = fields.Date(required=True, metadata=label(text("Đến ngày")))
    group_by = fields.Enum(GroupBy, by_value=True, load_default=GroupBy.DAY)


@dataclass(frozen=True)
class Preset:
    name: str
    first: date
    last: date


def presets(today: date) -> list[Preset]:
    return [
        Preset(translate("Hôm nay"), today, today),
        Preset(translate("7 ngày"), today - WEEK, today),
        Preset(translate("Tháng này"), today.replace(day=1), today),
    ]


def _asked() -> Form:
    """The range in the address; today where it names none."""
    today = str(business_day(now()))
    return Form(RangeForm(), sent={"first": today, "last": today, **request.args})


def _report(market_id: UUID, first: date, last: date, group_by: GroupBy) -> PaymentsReport:
    try:
        return payments_report(session(), actor(), market_id, first, last, group_by)
    except InvalidInput as error:
        raise InvalidInput({"last": error.errors.get("to", [])}) from error


@allow(Role.MANAGER)
def report(market_id: UUID) -> Page:
    """Totals, a chart over time and the table that was asked for."""
    market = get_managed_market(session(), actor(), market_id)
    form = _asked()
    found = form.submit(partial(_report, market_id))
    first, last = form.data.get("first"), form.data.get("last")
    chart = _chart(market_id, first, last) if found else []
    ranges = presets(business_day(now()))
    return form.page(
        "market/report.html",
        market=market,
        report=found,
        chart=chart,
        groups=GROUPS,
        group=form.data.get("group_by", GroupBy.DAY),
        first=first,
        last=last,
        presets=ranges,
        chosen=next((one for one in ranges if (one.first, one.last) == (first, last)), None),
    )


def _chart(market_id: UUID, first: date, last: date) -> list[tuple[str, int]]:
    """Amounts over time: by day, within one day by hour."""
    group = GroupBy.HOUR if first == last else GroupBy.DAY
    rows = _report(market_id, first, last, group).rows
    return [(row.label, row.cashless + row.unmatched) for row in rows if row.key]
