"""Work that was given up: why, and putting it back on the road."""

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import text
from models import Role
from services import audit
from services.queries.operations import list_dead_letters
from services.redelivery import replay_dead
from web.auth import actor, allow
from web.database import session
from web.forms import do


@allow(Role.ADMINISTRATOR)
def dead_letters() -> str:
    return render_template("admin/dead_letters.html", letters=list_dead_letters(session()))


@allow(Role.ADMINISTRATOR)
def replay() -> Response:
    """One event's deliveries, or all."""
    event_id = request.form.get("event_id", type=int)
    return do(
        lambda: _replay(event_id),
        done=text("Đã đưa trở lại hàng chờ."),
        back=url_for("admin.dead_letters"),
    )


def _replay(event_id: int | None) -> None:
    count = replay_dead(session(), event_id)
    audit.note(session(), actor(), "dead_letters.replayed", event_id=event_id, count=count)
