"""Many listings at once: a sheet to take away, and the same sheet to bring back."""

from flask import Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.clock import business_day, now
from core.errors import NotFound, text
from services.listing_sheets import MOST_ROWS, apply_rows, count_parts, list_for_sheet
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Page
from web.languages import translate
from web.listing_sheets import TITLES, read_sheet, write_sheet
from web.stall.sheet_form import SheetForm, sheet_file


@allow(*SELLS)
def sheet() -> Page | AnyResponse:
    """Bring a sheet back."""
    hint = text("Tệp đã tải ở trên, sau khi sửa. Dòng không có mã hàng là tin mới.")
    form = SheetForm(text("Tệp Excel"), hint, TITLES)
    applied = form.take(lambda content: apply_rows(session(), actor(), *read_sheet(content)))
    if applied is None:
        return form.page("stall/listing_sheet.html", parts=count_parts(session(), actor()), most=MOST_ROWS)
    said = text(
        "Đã đọc tệp: %(new)s tin mới, %(changed)s tin đã sửa, %(unchanged)s tin như cũ.",
        new=applied.new,
        changed=applied.changed,
        unchanged=applied.unchanged,
    )
    flash(translate(said))
    if not applied.waiting:
        return redirect(url_for("stall.listings"), 303)
    kept = text(
        "%(count)s tin đang bán vẫn giữ bản đã duyệt cho đến khi duyệt lại ở đây.",
        count=applied.waiting,
    )
    flash(translate(kept))
    return redirect(url_for("stall.waiting"), 303)


@allow(*SELLS)
def download() -> Response:
    """A part of all listings that the person keeps, as a sheet that can be brought back."""
    part, parts = request.args.get("part", 1, type=int), count_parts(session(), actor())
    if not 1 <= part <= parts:
        raise NotFound()
    found = list_for_sheet(session(), actor(), part)
    suffix = "" if parts == 1 else f"-phan-{part}-tren-{parts}"
    return sheet_file(write_sheet(found, part, parts), f"tin-dang-{business_day(now())}{suffix}")
