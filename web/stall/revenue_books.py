"""The revenue book by year: what came in by month, how near the thresholds are, and the files to keep."""

from contextlib import suppress
from uuid import UUID

from flask import render_template, request

from core.clock import business_day, now
from core.errors import InvalidInput
from core.revenue_books import BookForm, say_rate
from models import Role
from services.queries.revenue_books import get_seller_with_books, open_revenue_book
from services.queries.sellers import list_stalls_of_seller
from services.queries.tax_rules import KEEP_BOOKS, read_tax_rules
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import chosen

YEARS_SHOWN = 5


@allow(*SELLS, Role.MANAGER)
def revenue_book(seller_id: UUID) -> str:
    today = business_day(now())
    seller = get_seller_with_books(session(), actor(), seller_id)
    year, form, opened = _year(today.year), chosen(BookForm, "form"), None
    with suppress(InvalidInput):  # a year without a form: the page says so
        opened = open_revenue_book(session(), actor(), seller_id, year, form)
    stalls = list_stalls_of_seller(session(), actor(), seller_id)
    return render_template(
        "stall/revenue_book.html",
        seller=seller,
        stall=stalls[0] if stalls else None,
        year=year,
        years=range(today.year, today.year - YEARS_SHOWN, -1),
        opened=opened,
        forms=BookForm,
        say_rate=say_rate,
        keep_years=read_tax_rules(session()).number(KEEP_BOOKS, today),
    )


def _year(this: int) -> int:
    """The year in the address; this one where it names none that the page shows."""
    asked = request.args.get("year", "")
    return int(asked) if asked in {str(this - back) for back in range(YEARS_SHOWN)} else this
