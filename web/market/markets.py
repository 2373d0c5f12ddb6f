"""The markets that a person may see, and one of them with its stalls."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import ValidationError, fields, validates
from werkzeug.wrappers import Response

from core.errors import text
from models import MOST_REVERSALS, MOST_TOLERANCE, Market, Role
from services import markets as services
from services.queries.lists import list_markets, list_stalls
from services.queries.markets import get_managed_market, get_market
from services.queries.places import unit_names
from services.queries.reversals import list_reversal_alerts
from services.queries.stalls import StallStatus, count_closed, list_market_stalls, list_paid_though_closed
from services.queries.thresholds import count_standings
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, chosen, label, page_asked, uuid_asked
from web.languages import translate
from web.onboarding.communes import commune_choice
from web.schemas import Input, Line
from web.typed import WholeNumber
from web.words import WEEKDAYS


class MarketForm(FormSchema):
    name = Line(required=True, metadata=label(text("Tên chợ"), text("Ví dụ: Chợ Bắc Hà")))
    commune_code = fields.String(required=True, metadata=label(text("Xã, phường")))
    weekdays = fields.List(
        fields.Integer(), metadata=label(text("Ngày họp chợ"), text("Không chọn ngày nào: họp hằng ngày"))
    )

    @validates("weekdays")
    def _known(self, days: list[int], **_: object) -> None:
        if not set(days) <= set(range(len(WEEKDAYS))):
            raise ValidationError([text("Không có lựa chọn này")])


class SettingsForm(Input):
    tolerance = WholeNumber(
        0,
        MOST_TOLERANCE,
        required=True,
        metadata=label(
            text("Mức chênh lệch cho phép"),
            text(
                "Khách trả lệch không quá mức này vẫn tính là trả đủ. Từ 0 đến 5.000 ₫; 0 là phải đúng từng đồng"
            ),
        ),
    )
    alert_reversals = WholeNumber(
        1,
        MOST_REVERSALS,
        metadata=label(
            text("Quầy bị rút lại tiền mấy lần thì báo"), text("Trong 30 ngày; khoản nào cũng tính")
        ),
    )
    alert_late_reversals = WholeNumber(
        1,
        MOST_REVERSALS,
        metadata=label(
            text("Hoặc bị rút muộn mấy lần thì báo"), text("Muộn là sau khi tiền về một ngày trở lên")
        ),
    )


@allow(Role.CLERK, Role.MANAGER)
def markets() -> str:
    """All of them; with `seller_id`, the way to a stall for that seller."""
    page = list_markets(session(), actor(), cursor=request.args.get("cursor"))
    names = unit_names(session(), {market.commune_code for market in page.items})
    return render_template(
        "market/markets.html", page=page, communes=names, seller_id=uuid_asked("seller_id")
    )


@allow(Role.ADMINISTRATOR)
def new_market() -> Page | Response:
    form = Form(MarketForm())
    stored = form.submit(partial(services.open_market, session(), actor()))
    if stored is None:
        days = [(number, translate(day)) for number, day in enumerate(WEEKDAYS)]
        return form.page("market/market_new.html", choice=commune_choice(form), days=days)
    flash(translate("Đã mở chợ."))
    return redirect(url_for("market.market", market_id=stored[0].id), 303)


@allow(Role.CLERK, Role.MANAGER)
def market(market_id: UUID) -> str:
    """One market's stalls, in the order in which one walks past them: the open ones, or those that were closed."""
    found = get_market(session(), actor(), market_id)
    status = StallStatus.CLOSED if chosen(StallStatus, "status") is StallStatus.CLOSED else StallStatus.OPEN
    q, number = request.args.get("q", "").strip(), page_asked()
    if q:
        stalls, more = list_stalls(session(), actor(), market_id=market_id, status=status, q=q).items, False
    else:
        stalls, more = list_market_stalls(session(), actor(), market_id, number, status)
    return render_template(
        "market/market.html",
        market=found,
        commune=unit_names(session(), {found.commune_code})[found.commune_code],
        stalls=stalls,
        next_page=number + 1 if more else None,
        q=q,
        shows_closed=status is StallStatus.CLOSED,
        closed=count_closed(session(), market_id),
        manages=manages(found),
        sellers_near=count_standings(session(), actor(), market_id) if manages(found) else 0,
        alerts=list_reversal_alerts(session(), actor(), market_id) if manages(found) else (),
        paid_though_closed=list_paid_though_closed(session(), actor(), market_id) if manages(found) else (),
    )


@allow(Role.MANAGER)
def settings(market_id: UUID) -> Page | Response:
    """What a market's manager decides for all its stalls."""
    found = get_managed_market(session(), actor(), market_id)
    form = Form(SettingsForm(), {name: getattr(found, name) for name in SettingsForm().fields})
    if form.submit(partial(services.change_settings, session(), actor(), market_id)) is None:
        return form.page("market/settings.html", market=found)
    flash(translate("Đã lưu cài đặt của chợ."))
    return redirect(url_for("market.market", market_id=market_id), 303)


def manages(found: Market) -> bool:
    """Whether the person may see the market's money."""
    return actor().is_administrator or found.id in actor().markets
