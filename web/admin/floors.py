"""The floors: which of them let us in, and asking those again that have been connected anew."""

from flask import render_template, url_for
from werkzeug.wrappers import Response

from core.errors import NotFound, text
from models import Role
from services import audit, floor_accounts
from services.marketplaces import MARKETPLACES
from services.queries.floors import list_floors
from web.auth import actor, allow
from web.database import session
from web.forms import do


@allow(Role.ADMINISTRATOR)
def floors() -> str:
    return render_template(
        "admin/floors.html", floors=list_floors(session()), with_tokens=floor_accounts.WITH_TOKENS
    )


@allow(Role.ADMINISTRATOR)
def ask_floor_again(marketplace: str) -> Response:
    if marketplace not in MARKETPLACES:
        raise NotFound()
    return do(
        lambda: _ask_again(marketplace),
        done=text("Đang thử nối lại; sau một phút hãy xem lại trang này."),
        back=url_for("admin.floors"),
    )


def _ask_again(marketplace: str) -> None:
    asked = floor_accounts.connect(session(), marketplace)
    audit.note(session(), actor(), "floor.connected", marketplace=marketplace, asked=asked)
