"""The day's close: what came, what is matched, what is open; signed off by the manager."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import text
from models import Role
from services import day_closes
from services.queries.day_closes import get_day, list_signed_days
from services.queries.markets import get_managed_market
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, label
from web.languages import translate
from web.schemas import Input, Line

LONGEST_NOTE = 500
DAYS_SHOWN = 7


class SignForm(Input):
    note = Line(
        LONGEST_NOTE,
        metadata=label(text("Ghi chú"), text("Cần có khi còn khoản chưa khớp; được ghi lại cùng tên bạn")),
    )


class ReopenForm(Input):
    reason = Line(
        LONGEST_NOTE, required=True, metadata=label(text("Lý do"), text("Được ghi lại cùng tên bạn"))
    )


@allow(Role.MANAGER)
def close(market_id: UUID) -> Page | Response:
    """One day; the last few beside it, with how they stand."""
    market = get_managed_market(session(), actor(), market_id)
    day, today = _day(), business_day(now())
    form = Form(SignForm())
    if form.submit(partial(day_closes.sign_day, session(), actor(), market_id, day)):
        flash(translate("Đã chốt ngày."))
        return _back(market_id, day)
    last = max(min(today, day + timedelta(days=DAYS_SHOWN // 2)), day)
    days = [last - timedelta(days=back) for back in range(DAYS_SHOWN)]
    return form.page(
        "market/close.html",
        market=market,
        state=get_day(session(), actor(), market_id, day),
        today=today,
        days=days,
        signed_days=list_signed_days(session(), market_id, days[-1], days[0]),
    )


@allow(Role.MANAGER)
def reopen(market_id: UUID) -> Page | Response:
    """Open a signed day again: money was found that belongs to it."""
    market = get_managed_market(session(), actor(), market_id)
    day, form = _day(), Form(ReopenForm())
    if form.submit(partial(day_closes.reopen_day, session(), actor(), market_id, day)):
        flash(translate("Đã mở lại ngày; lần chốt trước vẫn còn trong lịch sử."))
        return _back(market_id, day)
    return form.page("market/close_reopen.html", market=market, day=day)


def _day() -> date:
    """The day in the address; today where it names none, or one that is yet to come."""
    today = business_day(now())
    try:
        return min(date.fromisoformat(request.args.get("day", "")), today)
    except ValueError:
        return today


def _back(market_id: UUID, day: date) -> Response:
    return redirect(url_for("market.close", market_id=market_id, day=day), 303)
