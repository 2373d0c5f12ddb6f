"""People who sign in, and taking one on: first as what, then who and where."""

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug.wrappers import Response

from core.errors import text
from models import Role
from services import accounts
from services.queries.accounts import list_people, list_provinces, place_names
from services.queries.lists import list_markets, list_sellers, list_stalls
from services.queries.markets import get_stall
from web.auth import actor, allow
from web.database import session
from web.forms import Form, Page, chosen, label, uuid_asked
from web.languages import translate
from web.onboarding.communes import commune_choice
from web.onboarding.seller_access import AccountForm

MOST_MARKETS = 200


class PersonForm(AccountForm):
    place_key = fields.String(required=True, metadata=label(text("Nơi phụ trách")))


@allow(Role.ADMINISTRATOR)
def people() -> str:
    q = request.args.get("q", "").strip()
    page = list_people(session(), actor(), q=q or None, cursor=request.args.get("cursor"))
    places = place_names(session(), [grant for user in page.items for grant in user.grants])
    return render_template("admin/people.html", page=page, q=q, places=places)


@allow(Role.ADMINISTRATOR)
def new_person() -> Page | str | Response:
    role = chosen(Role, "role")
    if role is None:
        return render_template("admin/person_role.html", roles=Role)
    stall_id = uuid_asked("stall_id")
    if role is Role.STALLHOLDER and stall_id is None:
        return _choose_stall()
    if role is Role.SELLER:
        return _choose_seller()
    return _fill_in(role, {} if stall_id is None else {"place_key": stall_id})


def _choose_stall() -> str:
    q = request.args.get("q", "").strip()
    stalls = list_stalls(session(), actor(), q=q or None, limit=20).items
    return render_template("admin/person_stall.html", stalls=stalls, q=q)


def _choose_seller() -> str:
    """Which leads to where its clerk lets people in."""
    q = request.args.get("q", "").strip()
    sellers = list_sellers(session(), actor(), q=q or None, limit=20).items
    return render_template("admin/person_seller.html", sellers=sellers, q=q)


def _fill_in(role: Role, known: dict[str, object]) -> Page | Response:
    form = Form(PersonForm(), known)
    if form.submit(partial(accounts.add_person, session(), actor(), role=role)) is None:
        stall_id = uuid_asked("stall_id")
        return form.page(
            "admin/person_new.html",
            role=role,
            stall=get_stall(session(), actor(), stall_id) if stall_id else None,
            places=_places(role),
            choice=commune_choice(form, "place_key"),
        )
    flash(translate("Đã thêm người dùng."))
    return redirect(url_for("admin.people"), 303)


def _places(role: Role) -> list[tuple[str, str]]:
    """Where the role can be held, for the roles whose places are few."""
    if role is Role.MANAGER:
        markets = list_markets(session(), actor(), limit=MOST_MARKETS).items
        return [(str(market.id), market.name) for market in markets]
    return list_provinces(session()) if role is Role.OFFICER else []
