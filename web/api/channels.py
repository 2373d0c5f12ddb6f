"""Collection channels. Their credentials are never told."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from models import ChannelKind, ChannelStatus, CollectionChannel, Role
from services.queries import lists
from services.queries.markets import get_channel as find_channel
from services.queries.paging import Page
from web.api.fields import Paging, View, choice, page_of
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session

blueprint = Blueprint("channels", __name__, "Collection channels")


class ChannelView(View):
    """It belongs to a market or to a seller."""

    id = fields.UUID()
    kind = choice(ChannelKind)
    market_id = fields.UUID(allow_none=True)
    seller_id = fields.UUID(allow_none=True)
    name = fields.String()
    status = choice(ChannelStatus)


class ChannelQuery(Paging):
    market_id = fields.UUID(metadata={"description": "its own channels and those that its stalls use"})


@blueprint.get("/channels")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.arguments(ChannelQuery, location="query")
@blueprint.response(200, page_of(ChannelView))
def list_channels(query: dict[str, Any]) -> Page[CollectionChannel]:
    """Channels of the markets within sight, and those that their stalls use; the newest first."""
    return lists.list_channels(session(), actor(), **query)


@blueprint.get("/channels/<uuid:channel_id>")
@allow(Role.CLERK, Role.MANAGER)
@blueprint.response(200, ChannelView)
def get_channel(channel_id: UUID) -> CollectionChannel:
    """One channel."""
    return find_channel(session(), actor(), channel_id)
