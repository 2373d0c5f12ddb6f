"""Choosing a commune: from the few that a person serves, else by typing today's name or an old one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from models import Role
from services.queries.places import UnitFound, find_units, unit_names
from web.auth import actor, allow
from web.database import session
from web.forms import Form

FEW = 12
SHOWN = 8


@dataclass(frozen=True)
class CommuneChoice:
    """What a page offers: the person's own communes where they are few, else what the typed words find."""

    own: list[tuple[str, str]]
    query: str
    found: Sequence[UnitFound]


def commune_choice(form: Form, name: str = "commune_code") -> CommuneChoice:
    """The choice for the form's field `name`; what was chosen before stays among what is found."""
    communes = actor().communes
    if 0 < len(communes) <= FEW and not actor().is_administrator:
        own = sorted(unit_names(session(), set(communes)).items(), key=lambda unit: unit[1])
        return CommuneChoice(own, "", [])
    query, chosen = form.typed.get("commune_query", ""), form.typed.get(name, "")
    found = _found(query) if query else []
    if chosen and chosen not in {unit.code for unit in found}:
        found = [*find_units(session(), chosen, limit=1), *found]
    return CommuneChoice([], query, found)


def _found(query: str) -> list[UnitFound]:
    return find_units(session(), query, limit=SHOWN)


@allow(Role.CLERK, Role.MANAGER)
def find_communes() -> str:
    """The part of a form that shows what the typed words find; asked for while a person types."""
    query = request.args.get("commune_query", "").strip()
    name = request.args.get("name", "commune_code")
    choice = CommuneChoice([], query, _found(query) if query else [])
    return render_template("onboarding/communes_found.html", choice=choice, name=name, chosen="")
