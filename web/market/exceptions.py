"""What does not add up, for the manager to see."""

from uuid import UUID

from flask import render_template, request

from models import ExceptionStatus, Role
from services.queries.exceptions import describe_exceptions
from services.queries.lists import list_exceptions
from services.queries.markets import get_managed_market
from web.auth import actor, allow
from web.database import session


@allow(Role.MANAGER)
def exceptions(market_id: UUID) -> str:
    market = get_managed_market(session(), actor(), market_id)
    page = list_exceptions(
        session(),
        actor(),
        market_id=market_id,
        status=ExceptionStatus.OPEN,
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "market/exceptions.html",
        market=market,
        page=page,
        about=describe_exceptions(session(), page.items),
    )
