"""The revenue book of a household business."""

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from core.revenue_books import BookForm, RevenueBook, say_day
from core.revenue_pdf import revenue_pdf
from core.revenue_xlsx import revenue_xlsx
from models import Role
from services.queries.revenue_books import OpenedBook, Reach, open_revenue_book
from web.api.fields import FIRST_YEAR, LAST_YEAR, Query, View, Within, choice, computed
from web.api.smorest import Blueprint
from web.api.stalls import BINARY
from web.auth import SELLS, actor, allow
from web.database import session

READERS = (*SELLS, Role.MANAGER)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

blueprint = Blueprint("revenue-books", __name__, "Revenue books of household businesses")


class BookQuery(Query):
    """This year's, in the form that its revenue asks for, where nothing is named."""

    year = fields.Integer(validate=Within(FIRST_YEAR, LAST_YEAR))
    form = choice(BookForm)


class SumsView(View):
    """Đồng, net of what was reversed or paid back; `vat` and `pit` are 0 in the book without percentages.
    `ordered` is what orders brought that no transfer and no cash note tells of, less what floors took back of it;
    `withheld` is the tax that they kept back of it already, less what they gave back."""

    cashless = fields.Integer()
    cash = fields.Integer()
    ordered = fields.Integer()
    withheld = fields.Integer()
    revenue = fields.Integer()
    vat = fields.Integer()
    pit = fields.Integer()


class BookDayView(SumsView):
    """`orders` are less those that went back; `lowered` is how often a floor took something off one."""

    date = fields.Date()
    description = computed(say_day)
    payments = fields.Integer()
    cash_notes = fields.Integer()
    orders = fields.Integer()
    lowered = fields.Integer()


class BookPeriodView(SumsView):
    period = fields.String(metadata={"description": "`2026-11`, `2026-Q4` or `2026`"})


class ThresholdView(View):
    """`near` from 80 per cent on."""

    code = fields.String(metadata={"enum": ["exempt_revenue", "einvoice_revenue"]})
    amount = fields.Integer()
    percent = fields.Integer()
    reach = choice(Reach)


class RevenueBookView(View):
    """Rates are hundredths of a per cent: 100 is 1 %. Descriptions are Vietnamese, as the book is kept."""

    seller_id = fields.UUID(attribute="seller.id")
    seller_name = fields.String(attribute="book.seller_name")
    year = fields.Integer(attribute="book.year")
    form = choice(BookForm, attribute="book.form")
    form_name = fields.String(attribute="book.form_name")
    source = fields.String(attribute="book.source")
    vat_rate = fields.Integer(attribute="book.vat_rate", allow_none=True)
    pit_rate = fields.Integer(attribute="book.pit_rate", allow_none=True)
    days = fields.List(fields.Nested(BookDayView), attribute="book.days")
    months = fields.List(fields.Nested(BookPeriodView), attribute="book.months")
    quarters = fields.List(fields.Nested(BookPeriodView), attribute="book.quarters")
    total = fields.Nested(BookPeriodView, attribute="book.total")
    thresholds = fields.List(fields.Nested(ThresholdView))


@blueprint.get("/sellers/<uuid:seller_id>/revenue-book")
@allow(*READERS)
@blueprint.arguments(BookQuery, location="query")
@blueprint.response(200, RevenueBookView)
def get_revenue_book(query: dict[str, Any], seller_id: UUID) -> OpenedBook:
    """A year's revenue by day, month and quarter: form S1a (not taxed) or S2a (percentage of revenue)."""
    return open_revenue_book(session(), actor(), seller_id, **query)


@blueprint.get("/sellers/<uuid:seller_id>/revenue-book.xlsx")
@allow(*READERS, cookie=True)
@blueprint.arguments(BookQuery, location="query")
@blueprint.response(200, content_type=XLSX, schema=BINARY)
def get_revenue_book_xlsx(query: dict[str, Any], seller_id: UUID) -> Response:
    """The same as a spreadsheet."""
    book = open_revenue_book(session(), actor(), seller_id, **query).book
    return _file(book, revenue_xlsx(book), "xlsx", XLSX)


@blueprint.get("/sellers/<uuid:seller_id>/revenue-book.pdf")
@allow(*READERS, cookie=True)
@blueprint.arguments(BookQuery, location="query")
@blueprint.response(200, content_type="application/pdf", schema=BINARY)
def get_revenue_book_pdf(query: dict[str, Any], seller_id: UUID) -> Response:
    """The same to be printed."""
    book = open_revenue_book(session(), actor(), seller_id, **query).book
    return _file(book, revenue_pdf(book), "pdf", "application/pdf")


def _file(book: RevenueBook, content: bytes, ending: str, kind: str) -> Response:
    name = f"{book.form_name}-{book.year}.{ending}"
    name = "".join(character for character in name if character.isascii() and character not in '"\\/')
    return Response(
        content, headers={"Content-Disposition": f'attachment; filename="{name}"'}, content_type=kind
    )
