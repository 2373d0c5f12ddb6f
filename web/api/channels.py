"""Collection channels. Their credentials are never told."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from models import ChannelKind, ChannelStatus, CollectionChannel, Role
from services.channel_keys import LONGEST_GRACE_DAYS, USUAL_GRACE_DAYS, rotate_channel_keys
from services.queries import lists
from services.queries.markets import get_channel as find_channel
from services.queries.paging import Page
from web.api.fields import Paging, View, Whole, Word, choice, page_of
from web.api.smorest import Blueprint
from web.auth import actor, allow
from web.database import session
from web.schemas import Input

LONGEST_KEY = 200

blueprint = Blueprint("channels", __name__, "Collection channels")


class ChannelView(View):
    """It belongs to a market or to a seller."""

    id = fields.UUID()
    kind = choice(ChannelKind)
    market_id = fields.UUID(allow_none=True)
    seller_id = fields.UUID(allow_none=True)
    name = fields.String()
    status = choice(ChannelStatus)


class CredentialsInput(Input):
    """The provider's new keys. Notices signed with the old one are taken for `keep_old_days` more: 0 for a key
    that leaked."""

    client_id = Word(LONGEST_KEY, required=True)
    api_key = Word(LONGEST_KEY, required=True)
    checksum_key = Word(LONGEST_KEY, required=True)
    keep_old_days = Whole(0, LONGEST_GRACE_DAYS, load_default=USUAL_GRACE_DAYS)


class RotatedView(ChannelView):
    """`webhook_confirmed_at` is null until the provider has tried our address with the new keys."""

    old_keys_until = fields.AwareDateTime(allow_none=True)
    webhook_confirmed_at = fields.AwareDateTime(allow_none=True)


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


@blueprint.post("/channels/<uuid:channel_id>/credentials")
@allow()
@blueprint.arguments(CredentialsInput)
@blueprint.response(200, RotatedView)
def rotate_channel_credentials(data: dict[str, Any], channel_id: UUID) -> CollectionChannel:
    """Change a payOS channel's keys; 409 for a channel that has none. They are never told again."""
    return rotate_channel_keys(session(), actor(), channel_id, **data)
