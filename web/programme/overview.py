"""Figures of the province, commune by commune."""

from flask import render_template

from core.clock import business_day, now
from models import Role
from services.queries.programme import count_by_commune, total_of
from web.auth import actor, allow
from web.database import session


@allow(Role.OFFICER)
def overview() -> str:
    today = business_day(now())
    rows = count_by_commune(session(), actor(), today.replace(day=1), today)
    return render_template("programme/overview.html", rows=rows, total=total_of(rows), today=today)
