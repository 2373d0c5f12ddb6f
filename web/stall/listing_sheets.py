"""Many listings at once: a sheet to take away, and the same sheet to bring back."""

from datetime import date
from typing import Any

from flask import Response, flash, redirect, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from core.clock import business_day, now
from core.errors import InvalidInput, text
from models import Role
from services.listing_sheets import Applied, RowProblem, WrongRows, apply_rows, list_for_sheet
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, label
from web.languages import translate
from web.listing_sheets import TITLES, read_sheet, write_sheet
from web.schemas import Input
from web.sheets import MEDIA_TYPE

SHOWN_PROBLEMS = 50


class SheetForm(Input):
    file = fields.Raw(
        metadata=label(
            text("Tệp Excel"),
            text("Tệp đã tải ở trên, sau khi sửa. Dòng không có mã hàng là tin mới."),
            mark_optional=False,
        )
    )


@allow(Role.STALLHOLDER, Role.CLERK)
def sheet() -> Page | AnyResponse:
    """Bring a sheet back: all its rows are taken, or none, and each wrong one is named."""
    form = Form(SheetForm())
    wrong: list[RowProblem] = []

    def take_in(**_: Any) -> Applied:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InvalidInput.of("file", text("Hãy chọn tệp Excel"))
        content = file.read()
        try:
            return apply_rows(session(), actor(), read_sheet(content), content)
        except WrongRows as error:
            wrong.extend(error.problems)
            raise

    applied = form.submit(take_in)
    if applied is None:
        return form.page(
            "stall/listing_sheet.html",
            wrong=wrong[:SHOWN_PROBLEMS],
            more=len(wrong) - SHOWN_PROBLEMS,
            titles=TITLES,
        )
    flash(
        translate(
            text(
                "Đã đọc tệp: %(new)s tin mới, %(changed)s tin đã sửa, %(unchanged)s tin như cũ.",
                new=applied.new,
                changed=applied.changed,
                unchanged=applied.unchanged,
            )
        )
    )
    return redirect(url_for("stall.listings"), 303)


@allow(Role.STALLHOLDER, Role.CLERK)
def download() -> Response:
    """All listings that the person keeps, as a sheet that can be brought back."""
    today: date = business_day(now())
    return Response(
        write_sheet(list_for_sheet(session(), actor())),
        mimetype=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="tin-dang-{today}.xlsx"'},
    )
