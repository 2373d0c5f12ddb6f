"""Floors to which staff carry a sheet: what waits, the sheet to take there, its answers brought back."""

from functools import partial
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response as AnyResponse

from core.clock import business_day, now
from core.errors import InvalidInput, NotFound, text
from models import Role
from services import sheet_floors as services
from services.listing_sheets import RowProblem, WrongRows
from web.auth import actor, allow
from web.database import session
from web.floor_sheets import TITLES, read_sheet, write_sheet
from web.forms import Form, Page, label
from web.languages import translate
from web.schemas import Input
from web.sheets import MEDIA_TYPE
from web.words import MARKETPLACES

SHOWN_PROBLEMS = 50


class AnswersForm(Input):
    file = fields.Raw(
        metadata=label(
            text("Bảng có kết quả"), text("Điền cột «Kết quả»: Xong hoặc Từ chối"), mark_optional=False
        )
    )


@allow(Role.CLERK)
def floors() -> str:
    """Each of them, with what waits for it."""
    return render_template("stall/floor_sheets.html", waiting=services.count_waiting(session(), actor()))


@allow(Role.CLERK)
def floor(marketplace: str) -> Page | AnyResponse:
    """One of them; its answers are all taken, or none, and each wrong row is named."""
    waiting = services.count_waiting(session(), actor())
    if marketplace not in waiting:
        raise NotFound()
    form = Form(AnswersForm())
    wrong: list[RowProblem] = []
    answered = form.submit(partial(_take_in, marketplace, wrong))
    if answered is None:
        return form.page(
            "stall/floor_sheet.html",
            marketplace=marketplace,
            name=MARKETPLACES[marketplace],
            waiting=waiting[marketplace],
            wrong=wrong[:SHOWN_PROBLEMS],
            more=len(wrong) - SHOWN_PROBLEMS,
            titles=TITLES,
        )
    said = text(
        "Đã đọc kết quả: %(done)s xong, %(refused)s bị từ chối.", done=answered.done, refused=answered.refused
    )
    flash(translate(said))
    return redirect(url_for("stall.floor_sheet", marketplace=marketplace), 303)


def _take_in(marketplace: str, wrong: list[RowProblem], **_: Any) -> services.Answered:
    file = request.files.get("file")
    if file is None or not file.filename:
        raise InvalidInput.of("file", text("Hãy chọn tệp Excel"))
    try:
        return services.take_answers(session(), actor(), marketplace, read_sheet(file.read()))
    except WrongRows as error:
        wrong.extend(error.problems)
        raise


@allow(Role.CLERK)
def download(marketplace: str) -> Response:
    """What waits for the floor, as a sheet."""
    carried = services.list_to_carry(session(), actor(), marketplace)
    name = f"{marketplace}-{business_day(now())}.xlsx"
    return Response(
        write_sheet(carried),
        mimetype=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
