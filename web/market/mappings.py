"""Which column of a bank's table is what: said by a manager where no layout fits, tried at once, kept for later."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from pathlib import PurePath
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from core.errors import text
from models import DateFormat, Role, Statement, StatementMapping, StatementStatus
from services.queries.markets import get_managed_market
from services.queries.statements import get_statement
from services.statements import lines
from services.statements import mappings as services
from web.auth import actor, allow
from web.database import session
from web.forms import Form, FormSchema, Page, do, label
from web.languages import translate
from web.schemas import Line
from web.words import options_of

LONGEST_NAME = 60
LONGEST_SHOWN = 80
MARKS = (".", ",")


class ColumnsForm(FormSchema):
    """Columns count from 0; a blank one is not there."""

    name = Line(
        LONGEST_NAME,
        required=True,
        metadata=label(text("Tên cách đọc"), text("Để tìm lại, ví dụ: Ngân hàng và loại sao kê")),
    )
    date_at = fields.Integer(required=True, metadata=label(text("Ngày giao dịch")))
    date_format = fields.Enum(
        DateFormat, by_value=True, required=True, metadata=label(text("Cách viết ngày"))
    )
    memo_at = fields.Integer(required=True, metadata=label(text("Nội dung chuyển tiền")))
    amount_at = fields.Integer(
        metadata=label(
            text("Số tiền, một cột có dấu"), text("Tiền ra mang dấu trừ; nếu không, chọn hai cột dưới")
        )
    )
    credit_at = fields.Integer(metadata=label(text("Tiền vào")))
    debit_at = fields.Integer(metadata=label(text("Tiền ra")))
    decimal = fields.String(
        required=True,
        validate=validate.OneOf(MARKS, error=text("Không có lựa chọn này")),
        metadata=label(text("Cách viết số tiền")),
    )
    reference_at = fields.Integer(metadata=label(text("Số tham chiếu của ngân hàng")))
    balance_at = fields.Integer(metadata=label(text("Số dư sau giao dịch")))
    payer_account_at = fields.Integer(metadata=label(text("Tài khoản người chuyển")))
    payer_name_at = fields.Integer(metadata=label(text("Tên người chuyển")))


class MappingForm(ColumnsForm):
    header_row = fields.Integer(
        required=True, metadata=label(text("Dòng tiêu đề"), text("Dòng ghi tên các cột"))
    )


@allow(Role.MANAGER)
def mapping_new(statement_id: UUID) -> Page | Response:
    """Describe a file that waits. What stands in the address is tried, and nothing kept."""
    statement = get_statement(session(), actor(), statement_id)
    if statement.status is not StatementStatus.UNMAPPED:
        return redirect(url_for("market.statement", statement_id=statement.id), 303)
    head = services.show_head(session(), actor(), statement.id, _header_row())
    tried = request.args or None if request.method == "GET" else None
    form = Form(
        MappingForm(), {"name": PurePath(statement.file_name).stem[:LONGEST_NAME], **head.guess}, tried
    )
    if form.stores:
        stored = form.submit(partial(services.save_mapping, session(), actor(), statement.id))
        if stored:
            flash(translate("Đã lưu cách đọc. Sao kê đang được đối chiếu."))
            return redirect(url_for("market.statement", statement_id=statement.id), 303)
    read = _read(statement, form if tried else Form(MappingForm(), sent=form.typed))
    if tried:
        form.status = HTTPStatus.OK
    names = next(row.cells for row in head.rows if row.number == head.guess["header_row"])
    return form.page(
        "market/mapping_new.html",
        statement=statement,
        head=head,
        header_rows=[(row.number, _row_words(row)) for row in head.header_rows],
        read=read,
        **_choices(names),
    )


def _read(statement: Statement, form: Form) -> Sequence[lines.Line | lines.BrokenLine]:
    """The first lines as they would be read; none where something is wrong, which `form` then says."""

    def attempt(
        name: str = "", id: UUID | None = None, **said: Any
    ) -> Sequence[lines.Line | lines.BrokenLine]:
        return services.try_mapping(session(), actor(), statement.id, **said)

    return form.submit(attempt) or []


def _header_row() -> int | None:
    """The row that the person says is the header."""
    return request.values.get("header_row", type=int)


def _row_words(row: services.RowShown) -> str:
    """`Dòng 7: Ngày · Số tiền · …`."""
    words = " · ".join(cell for cell in row.cells if cell)
    return translate(text("Dòng %(number)s: %(words)s", number=row.number, words=words[:LONGEST_SHOWN]))


def _choices(names: Sequence[str]) -> dict[str, object]:
    """What the columns, the order of a date and the marks of an amount can be."""
    columns = [
        (place, name or translate(text("Cột %(number)s", number=place + 1)))
        for place, name in enumerate(names)
    ]
    return {
        "columns": columns,
        "formats": options_of(DateFormat),
        "marks": [(".", "1,250,000.00"), (",", "1.250.000,00")],
    }


@allow(Role.MANAGER)
def discard(statement_id: UUID) -> Response:
    return do(
        lambda: services.discard_statement(session(), actor(), statement_id),
        done=text("Đã bỏ tệp này."),
        back=url_for("market.statement", statement_id=statement_id),
    )


@allow(Role.MANAGER)
def mappings(market_id: UUID) -> str:
    market = get_managed_market(session(), actor(), market_id)
    found = services.list_mappings(session(), actor(), market_id)
    return render_template("market/mappings.html", market=market, mappings=found)


@allow(Role.MANAGER)
def mapping(mapping_id: UUID) -> Page | Response:
    """One that was saved: corrected for the files to come."""
    found = services.get_mapping(session(), actor(), mapping_id)
    market_id, header = found.market_id, found.header
    form = Form(ColumnsForm(), {name: getattr(found, name) for name in ColumnsForm().fields})
    if form.submit(partial(_correct, found.id)) is None:
        return form.page(
            "market/mapping.html", mapping_id=mapping_id, market_id=market_id, **_choices(header)
        )
    flash(translate("Đã sửa cách đọc. Các tệp đã đọc giữ nguyên."))
    return redirect(url_for("market.mappings", market_id=market_id), 303)


def _correct(mapping_id: UUID, id: UUID | None = None, **said: Any) -> StatementMapping:
    return services.correct_mapping(session(), actor(), mapping_id, **said)


@allow(Role.MANAGER)
def forget(mapping_id: UUID) -> Response:
    found = services.get_mapping(session(), actor(), mapping_id)
    return do(
        lambda: services.forget_mapping(session(), actor(), mapping_id),
        done=text("Đã xóa cách đọc. Các tệp đã đọc giữ nguyên."),
        back=url_for("market.mappings", market_id=found.market_id),
    )
