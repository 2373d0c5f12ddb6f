"""What floors paid out, month by month: sums, what was kept aside, and orders that are still owed."""

from collections.abc import Collection

from flask import render_template, request

from core.clock import business_day, now
from core.periods import months_back
from services.marketplaces import MARKETPLACES
from services.queries.settlements import LATE, count_owed, list_aside, list_owed, list_shares, sum_by_floor
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import uuid_asked

MONTHS_SHOWN = 12


@allow(*SELLS)
def settlements() -> str:
    months = months_back(business_day(now()), MONTHS_SHOWN)
    month = _asked("month", months) or months[0]
    floor, seller_id = _asked("marketplace", MARKETPLACES), uuid_asked("seller_id")
    return render_template(
        "stall/settlements.html",
        months=months,
        month=month,
        floor=floor,
        seller_id=seller_id,
        sums=sum_by_floor(session(), actor(), month, seller_id),
        page=list_shares(
            session(),
            actor(),
            month,
            marketplace=floor,
            seller_id=seller_id,
            cursor=request.args.get("cursor"),
        ),
        aside=list_aside(session(), actor(), month, floor),
        owed=list_owed(session(), actor(), seller_id),
        owed_count=count_owed(session(), actor(), seller_id),
        late=LATE,
        today=now(),
    )


def _asked(name: str, known: Collection[str]) -> str | None:
    asked = request.args.get(name)
    return asked if asked in known else None
