"""A market's fees by month: asking for them, who has paid, who is in arrears."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.clock import business_day, now
from core.errors import BusinessError, text
from core.periods import first_day, month_of, next_month
from models import FeeKind, FeeStatus, Role
from services import fee_reminders
from services import fees as services
from services.fee_rules import market_class
from services.fee_tariffs import tariffs_on
from services.queries import fees as queries
from services.queries.lists import list_sellers
from services.queries.markets import get_managed_market
from web.auth import actor, allow
from web.database import session
from web.forms import chosen, do, uuid_asked
from web.languages import translate


@allow(Role.MANAGER)
def fees(market_id: UUID) -> str:
    """One month: what was asked for and what came, stall by stall."""
    market = get_managed_market(session(), actor(), market_id)
    period, status = _period(), chosen(FeeStatus, "status")
    begins = first_day(period)
    stalls = queries.count_stalls(session(), market_id)
    return render_template(
        "market/fees.html",
        market=market,
        period=period,
        months=_months(),
        status=status,
        states=FeeStatus,
        totals=queries.period_totals(session(), actor(), market_id, period),
        page=queries.list_fee_invoices(
            session(),
            actor(),
            market_id=market_id,
            period=period,
            status=status,
            cursor=request.args.get("cursor"),
        ),
        overdue=queries.list_arrears(session(), actor(), market_id),
        has_tariffs=bool(begins and tariffs_on(session(), market_id, begins)),
        stalls=stalls,
        market_class=market_class(stalls),
        account=queries.get_fee_account(session(), market_id),
    )


def _period() -> str:
    """The month or day in the address; this month where it names none."""
    asked = request.values.get("period", "")
    return asked if first_day(asked) else month_of(business_day(now()))


def _months() -> list[str]:
    """Next month, this one and the eleven before it."""
    this = month_of(business_day(now()))
    months = [next_month(this), this]
    while len(months) < 13:
        year, month = map(int, months[-1].split("-"))
        months.append(f"{year - (month == 1)}-{(month - 2) % 12 + 1:02}")
    return months


@allow(Role.MANAGER)
def issue(market_id: UUID) -> Response:
    """Ask every stall for the month's fee."""
    period = _period()
    back = redirect(url_for("market.fees", market_id=market_id, period=period), 303)
    try:
        issued = services.issue_invoices(session(), actor(), market_id, period)
    except BusinessError as error:
        session().rollback()
        reasons = getattr(error, "errors", {}).get("period") or [error.detail]
        flash(translate(reasons[0]), "bad")
        return back
    if issued.issued:
        flash(translate(text("Đã lập phí cho %(count)s quầy.", count=issued.issued)))
    elif not issued.left_out:
        flash(translate("Quầy nào cũng đã có phí kỳ này."))
    if issued.left_out:
        numbers = ", ".join(issued.left_out[:20])
        said = text("Chưa lập được (thiếu diện tích hoặc biểu phí): %(numbers)s", numbers=numbers)
        flash(translate(said), "bad")
    return back


@allow(Role.MANAGER)
def arrears(market_id: UUID) -> str:
    """Who owes how much, and since when."""
    market = get_managed_market(session(), actor(), market_id)
    rows = queries.list_arrears(session(), actor(), market_id)
    total = sum(row.amount for row in rows)
    return render_template("market/fee_arrears.html", market=market, rows=rows, total=total)


@allow(Role.MANAGER)
def remind(market_id: UUID) -> Response:
    """Write to everybody in arrears."""
    return do(
        lambda: fee_reminders.remind_now(session(), actor(), market_id),
        done=text("Đang gửi tin nhắn nhắc nộp; mỗi người nhiều nhất một tin một ngày."),
        back=url_for("market.arrears", market_id=market_id),
    )


@allow(Role.MANAGER)
def ticket(market_id: UUID) -> str | Response:
    """Today's ticket of a seller without a stall: find the seller, one tap, show the QR."""
    market = get_managed_market(session(), actor(), market_id)
    seller_id, today = uuid_asked("seller_id"), business_day(now())
    if request.method == "POST" and seller_id:
        try:
            issued, _ = services.issue_ticket(session(), actor(), market_id, today.isoformat(), seller_id)
            return redirect(url_for("market.fee_invoice", invoice_id=issued.id), 303)
        except BusinessError as error:
            session().rollback()
            flash(translate(next(iter(getattr(error, "errors", {}).values()), [error.detail])[0]), "bad")
    q = request.args.get("q", "").strip()
    page = list_sellers(session(), actor(), q=q or None, limit=20)
    period = today.isoformat()
    return render_template(
        "market/fee_ticket.html",
        market=market,
        page=page,
        q=q,
        today=today,
        tickets=queries.list_fee_invoices(session(), actor(), market_id=market_id, period=period).items,
        totals=queries.period_totals(session(), actor(), market_id, period),
        daily=any(tariff.kind is FeeKind.DAY for tariff in tariffs_on(session(), market_id, today)),
    )
