"""Reports of a market."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from core.clock import business_day, now
from core.errors import text
from models import Role
from services.queries.reports import MONEY, GroupBy, PaymentsReport, payments_report
from web.api.fields import Days, Said, View, choice
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.languages import translate

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By it spreadsheets know UTF-8."""
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    text("Mục"),
    text("Không tiền mặt"),
    text("Tiền mặt"),
    text("Đã hoàn"),
    text("Chưa rõ"),
    text("Số giao dịch"),
)

blueprint = Blueprint("reports", __name__, "Reports of a market")


class ReportQuery(Days):
    group_by = choice(GroupBy, load_default=GroupBy.DAY)


class MoneyView(View):
    cashless = fields.Integer()
    cash = fields.Integer()
    refunded = fields.Integer()
    unmatched = fields.Integer()
    payments = fields.Integer()


class ReportRowView(MoneyView):
    """`key` is a day, a stall's or channel's id, an hour or a row; null for money that came for no stall, `cash`
    among channels for what came through none."""

    key = fields.String(allow_none=True)
    label = Said()


class ReportTotalsView(MoneyView):
    stalls_active = fields.Integer()
    stalls_total = fields.Integer()


class ReportView(View):
    """Amounts in đồng. `cashless` came for stalls, `unmatched` for none, both less what went back in the time, which is
    `refunded`: paid back, or taken back by the bank; `cash` is what stallholders noted."""

    rows = fields.List(fields.Nested(ReportRowView))
    totals = fields.Nested(ReportTotalsView)


def _report(query: dict[str, Any], market_id: UUID) -> PaymentsReport:
    """Of the current month, where nothing else is asked for."""
    last = query.get("until") or business_day(now())
    first = query.get("since") or last.replace(day=1)
    return payments_report(session(), actor(), market_id, first, last, query["group_by"])


@blueprint.get("/markets/<uuid:market_id>/reports/payments")
@allow(Role.MANAGER)
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, ReportView)
def get_payments_report(query: dict[str, Any], market_id: UUID) -> PaymentsReport:
    """What was paid, by business day, stall, hour, channel or row; at most 366 days, else this month's."""
    return _report(query, market_id)


@blueprint.get("/markets/<uuid:market_id>/reports/payments.csv")
@allow(Role.MANAGER, cookie=True)
@blueprint.arguments(ReportQuery, location="query")
@blueprint.response(200, content_type="text/csv", schema={"type": "string"})
def get_payments_report_csv(query: dict[str, Any], market_id: UUID) -> Response:
    """The same as a spreadsheet reads it, the totals last."""
    sheet = io.StringIO(BYTE_ORDER_MARK)
    sheet.seek(0, io.SEEK_END)
    csv.writer(sheet).writerows(_lines(_report(query, market_id)))
    headers = {"Content-Disposition": 'attachment; filename="payments.csv"'}
    return Response(sheet.getvalue(), headers=headers, content_type="text/csv; charset=utf-8")


def _lines(report: PaymentsReport) -> Iterator[list[str | int]]:
    yield [translate(column) for column in COLUMNS]
    for row in report.rows:
        yield [_plain(translate(row.label)), *(getattr(row, name) for name in MONEY)]
    yield [translate(text("Tổng cộng")), *(getattr(report.totals, name) for name in MONEY)]


def _plain(label: str) -> str:
    """A label that no spreadsheet takes for a formula."""
    return f"'{label}" if label.startswith(FORMULA_BEGINS) else label
