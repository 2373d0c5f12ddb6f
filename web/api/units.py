"""Administrative units."""

from typing import Any

from marshmallow import fields

from services.queries.places import HowFound, find_units
from web.api.fields import LONGEST_CODE, MOST_ITEMS, Query, View, Within, choice, page_of, search
from web.api.smorest import Blueprint
from web.auth import signed_in
from web.database import session
from web.schemas import Line

DEFAULT_UNITS = 20

blueprint = Blueprint("units", __name__, "Administrative units")


class UnitQuery(Query):
    q = search("a name, today's or from before the 2025 merger, with or without accents and kind")
    province = Line(LONGEST_CODE, metadata={"description": "today's province code, such as 15"})
    limit = fields.Integer(load_default=DEFAULT_UNITS, validate=Within(1, MOST_ITEMS))


class UnitView(View):
    """A commune of today. `how` says whether `matched` is its name of today or that of a commune that went
    into it whole or in part."""

    code = fields.String()
    name = fields.String()
    kind = fields.String()
    province_code = fields.String()
    province = fields.String()
    matched = fields.String()
    how = choice(HowFound)


@blueprint.get("/admin-units")
@signed_in
@blueprint.arguments(UnitQuery, location="query")
@blueprint.response(200, page_of(UnitView))
def list_admin_units(query: dict[str, Any]) -> dict[str, Any]:
    """Search today's communes, also by old names; the closest first."""
    found = find_units(session(), query.get("q", ""), query.get("province"), query["limit"])
    return {"items": found, "next_cursor": None}
