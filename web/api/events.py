"""A stall's events, as they happen."""

from uuid import UUID

from flask import Response, current_app
from marshmallow import fields

from models import Role
from services.queries.markets import get_stall_with_money
from web.api.fields import Query, Within
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session

LARGEST_EVENT_ID = 2**63 - 1

blueprint = Blueprint("events", __name__, "A stall's events, as they happen")


class ResumeQuery(Query):
    last_event_id = fields.Integer(validate=Within(0, LARGEST_EVENT_ID))


class ResumeHeader(Query):
    last_event_id = fields.Integer(
        data_key="Last-Event-ID",
        validate=Within(0, LARGEST_EVENT_ID),
        metadata={"description": "the last event that was seen: those after it come first"},
    )


@blueprint.get("/stalls/<uuid:stall_id>/events")
@allow(Role.STALLHOLDER, Role.MANAGER, cookie=True)
@blueprint.arguments(ResumeQuery, location="query")
@blueprint.arguments(ResumeHeader, location="headers")
@blueprint.response(200, content_type="text/event-stream", schema={"type": "string"})
def follow_stall(query: dict[str, int], header: dict[str, int], stall_id: UUID) -> Response:
    """Server-sent events of a stall: `payment.settled`, `payment_request.opened` and the like."""
    stall = get_stall_with_money(session(), actor(), stall_id)
    seen = {**query, **header}.get("last_event_id")
    stream = current_app.extensions["stall_feed"].follow(stall.id, seen)
    headers = {"X-Accel-Buffering": "no", "Cache-Control": "no-cache"}
    return Response(stream, headers=headers, content_type="text/event-stream")
