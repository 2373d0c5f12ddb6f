"""The banks and wallets that can be chosen, and reading their file again."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.errors import text
from models import Role
from services.banks import reload_banks
from services.queries.places import list_all_banks
from web.auth import actor, allow
from web.database import session
from web.forms import do


@allow(Role.ADMINISTRATOR)
def banks() -> str:
    return render_template("admin/banks.html", banks=list_all_banks(session()))


@allow(Role.ADMINISTRATOR)
def reload() -> Response:
    """Read `data/banks.csv` again, as `flask import-banks` does."""
    return do(
        lambda: reload_banks(session(), actor()),
        done=text("Đã nạp lại danh mục ngân hàng."),
        back=url_for("admin.banks"),
    )
