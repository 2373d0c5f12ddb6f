"""The page on which everybody begins: what this person can do here."""

from dataclasses import dataclass

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from core.clock import business_day, now
from models import Market, Role, Seller, Stall
from services.access import Actor
from services.queries.fees import count_own_tickets
from services.queries.floors import count_shut
from services.queries.lists import list_markets, list_sellers, list_stalls
from services.queries.operations import count_waiting
from services.queries.orders import count_open
from services.queries.places import unit_names
from services.queries.refused import count_refused
from services.queries.reports import GroupBy, ReportTotals, payments_report
from services.queries.reversals import count_reversal_alerts
from services.queries.stalls import StallStatus
from services.queries.strays import count_strays
from services.queries.thresholds import count_standings, list_own_standings
from web.auth import SELLS, actor, signed_in
from web.database import session

MOST_MARKETS = 12
ORDERS_FOR = (*SELLS, Role.ADMINISTRATOR)
OWN = (Role.STALLHOLDER, Role.SELLER)
LOOK_AFTER = (Role.CLERK, Role.MANAGER, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class MarketToday:
    market: Market
    totals: ReportTotals
    alerts: int
    """Stalls whose money is taken back unusually often."""


@signed_in
def home() -> str | Response:
    """Each role's first thing; who has one stall only, or only the figures, is led there."""
    person = actor()
    if person.roles == {Role.STALLHOLDER} and len(person.stalls) == 1:
        return redirect(url_for("stall.stall", stall_id=min(person.stalls)))
    if person.roles == {Role.OFFICER}:
        return redirect(url_for("programme.overview"))
    tickets, tickets_owed = count_own_tickets(session(), person) if person.has(*OWN) else (0, 0)
    return render_template(
        "account/home.html",
        communes=sorted(unit_names(session(), set(person.communes)).values()),
        stalls=_own_stalls(person),
        sellers=_own_sellers(person),
        markets=_money_of_today(person),
        near=list_own_standings(session(), person) if person.has(*OWN) else (),
        sellers_near=count_standings(session(), person) if person.has(*LOOK_AFTER) else 0,
        tickets=tickets,
        tickets_owed=tickets_owed,
        open_orders=sum(count_open(session(), person).values()) if person.has(*ORDERS_FOR) else 0,
        refused=count_refused(session(), person) if person.has(*SELLS) else 0,
        strays=count_strays(session()) if person.is_administrator else 0,
        dead=count_waiting(session())["dead"] if person.is_administrator else 0,
        shut=count_shut(session()) if person.is_administrator else 0,
    )


def _own_stalls(person: Actor) -> list[Stall]:
    """Also those that were closed: what was paid there and what is owed stays to be seen."""
    if not person.stalls:
        return []
    seen = list_stalls(session(), person, status=StallStatus.ALL, limit=200).items
    return [stall for stall in seen if stall.id in person.stalls]


def _own_sellers(person: Actor) -> list[Seller]:
    if not person.sellers:
        return []
    return [
        seller for seller in list_sellers(session(), person, limit=200).items if seller.id in person.sellers
    ]


def _money_of_today(person: Actor) -> list[MarketToday]:
    """Today's money in each market that the person manages."""
    today = business_day(now())
    managed = [
        market
        for market in list_markets(session(), person, limit=MOST_MARKETS).items
        if person.is_administrator or market.id in person.markets
    ]
    alerts = count_reversal_alerts(session(), person) if managed else {}
    return [
        MarketToday(
            market,
            payments_report(session(), person, market.id, today, today, GroupBy.DAY).totals,
            alerts.get(market.id, 0),
        )
        for market in managed
    ]
