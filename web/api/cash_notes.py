"""Cash that stallholders note."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from models import CashNote, Role
from services import cash_notes
from services.queries.cash_notes import list_cash_notes as find_cash_notes
from services.queries.paging import Page
from web.api.fields import Amount, Days, Paging, View, WithId, page_of
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.schemas import Line

LONGEST_NOTE = 120

blueprint = Blueprint("cash-notes", __name__, "Cash noted at stalls")


class CashNoteInput(WithId):
    """`occurred_at` may lie back, for what was noted offline; now, where it is left out."""

    amount = Amount(required=True)
    note = Line(LONGEST_NOTE)
    occurred_at = fields.AwareDateTime()


class CashNoteView(View):
    """`voided_at`: it was noted by mistake, and counts no more."""

    id = fields.UUID()
    stall_id = fields.UUID()
    amount = fields.Integer()
    note = fields.String(allow_none=True)
    occurred_at = fields.AwareDateTime()
    business_day = fields.Date()
    voided_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class CashNoteQuery(Paging, Days):
    pass


@blueprint.get("/stalls/<uuid:stall_id>/cash-notes")
@allow(Role.STALLHOLDER, Role.MANAGER)
@blueprint.arguments(CashNoteQuery, location="query")
@blueprint.response(200, page_of(CashNoteView))
def list_cash_notes(query: dict[str, Any], stall_id: UUID) -> Page[CashNote]:
    """What was noted at the stall, the latest first. Days are the market's business days."""
    return find_cash_notes(session(), actor(), stall_id, **query)


@blueprint.post("/stalls/<uuid:stall_id>/cash-notes")
@allow(Role.STALLHOLDER)
@blueprint.arguments(CashNoteInput)
@blueprint.creates(CashNoteView)
def note_stall_cash(data: dict[str, Any], stall_id: UUID) -> tuple[CashNote, int]:
    """Note cash that came in at the own stall."""
    return stored(cash_notes.note_cash(session(), actor(), stall_id, **data))


@blueprint.post("/cash-notes/<uuid:cash_note_id>/void")
@allow(Role.STALLHOLDER)
@blueprint.response(200, CashNoteView)
def void_stall_cash(cash_note_id: UUID) -> CashNote:
    """Take back what was noted by mistake, by a counter-note on the same day. Asked again, nothing changes."""
    return cash_notes.void_cash_note(session(), actor(), cash_note_id)
