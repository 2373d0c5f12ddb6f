"""Sellers whose revenue of the year is near a threshold or past one, for those who look after them."""

from flask import render_template

from models import Role
from services.queries.markets import get_market
from services.queries.thresholds import list_standings
from web.auth import actor, allow
from web.database import session
from web.forms import page_asked, uuid_asked


@allow(Role.CLERK, Role.MANAGER)
def thresholds() -> str:
    """All of them, or those of one market."""
    market_id, number = uuid_asked("market_id"), page_asked()
    market = get_market(session(), actor(), market_id) if market_id else None
    found, more = list_standings(session(), actor(), market_id, number)
    return render_template(
        "onboarding/thresholds.html", standings=found, market=market, next_page=number + 1 if more else None
    )
