"""Floors to which staff carry a sheet: what waits, the sheet to take there, its answers brought back."""

from flask import Response, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.clock import business_day, now
from core.errors import NotFound, text
from models import Role
from services import sheet_floors as services
from services.marketplaces import MARKETPLACES
from web.auth import actor, allow
from web.database import session
from web.floor_sheets import TITLES, read_sheet, write_sheet
from web.forms import Page
from web.languages import translate
from web.stall.sheet_form import SheetForm, sheet_file


@allow(Role.CLERK)
def floors() -> str:
    """Each of them, with what waits for it."""
    return render_template("stall/floor_sheets.html", waiting=services.count_waiting(session(), actor()))


@allow(Role.CLERK)
def floor(marketplace: str) -> Page | AnyResponse:
    """One of them; its answers are brought back."""
    waiting = services.count_waiting(session(), actor())
    if marketplace not in waiting:
        raise NotFound()
    hint = text("Điền cột «Kết quả»: Xong hoặc Từ chối")
    form = SheetForm(text("Bảng có kết quả"), hint, TITLES)
    answered = form.take(
        lambda content: services.take_answers(session(), actor(), marketplace, read_sheet(content))
    )
    if answered is None:
        facts = {
            "name": MARKETPLACES[marketplace],
            "waiting": waiting[marketplace],
            "most": services.MOST_ROWS,
        }
        return form.page("stall/floor_sheet.html", marketplace=marketplace, **facts)
    said = text(
        "Đã đọc kết quả: %(done)s xong, %(refused)s bị từ chối.", done=answered.done, refused=answered.refused
    )
    flash(translate(said))
    return redirect(url_for("stall.floor_sheet", marketplace=marketplace), 303)


@allow(Role.CLERK)
def download(marketplace: str) -> Response:
    """What waits for the floor, as a sheet."""
    carried = services.list_to_carry(session(), actor(), marketplace)
    return sheet_file(write_sheet(carried), f"{marketplace}-{business_day(now())}")
