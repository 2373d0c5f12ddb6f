"""Choosing a commune: from the few that a person serves, or by typing today's name or an old one."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, request

from core.errors import InvalidInput, text
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
    """The choice for the form's field `name`: among the person's own, where they are few."""
    communes = actor().communes
    if 0 < len(communes) <= FEW and not actor().is_administrator:
        own = sorted(unit_names(session(), set(communes)).items(), key=lambda unit: unit[1])
        return CommuneChoice(own, "", [])
    return any_commune(form, name)


def any_commune(form: Form, name: str) -> CommuneChoice:
    """The choice among all communes."""
    return _typed(form.typed.get("commune_query", ""), form.typed.get(name, ""))


def require_chosen(form: Form, name: str) -> None:
    """Raises InvalidInput where words stand in the search, and what is chosen is none of those that they find."""
    query, chosen = form.typed.get("commune_query", "").strip(), form.typed.get(name)
    if query and chosen != "" and chosen not in {unit.code for unit in _found(query)}:
        raise InvalidInput.of(name, text("Hãy chọn một xã trong danh sách, hoặc xóa chữ đã gõ"))


def _typed(query: str, chosen: str) -> CommuneChoice:
    """What was chosen before stays among what is found."""
    found = _found(query) if query else []
    if chosen and chosen not in {unit.code for unit in found}:
        found = [*find_units(session(), chosen, limit=1), *found]
    return CommuneChoice([], query, found)


def _found(query: str) -> list[UnitFound]:
    return find_units(session(), query, limit=SHOWN)


@allow(Role.CLERK, Role.MANAGER, Role.STALLHOLDER)
def find_communes() -> str:
    """The part of a form that shows what the typed words find; asked for while a person types."""
    query = request.args.get("commune_query", "").strip()
    name = request.args.get("name", "commune_code")
    chosen = request.args.get(name, "")
    shown = {"choice": _typed(query, chosen), "name": name, "chosen": chosen}
    return render_template("onboarding/communes_found.html", **shown)
