"""Collection channels. Their credentials are never told."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from core.config import config
from models import ChannelKind, ChannelStatus, CollectionChannel, Role
from services import notice_setup
from services.channel_keys import LONGEST_GRACE_DAYS, USUAL_GRACE_DAYS, rotate_channel_keys
from services.notice_setup import NoticeState
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
    notices_by = fields.String(
        allow_none=True, metadata={"description": "of a direct channel: the provider that tells of its money"}
    )


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


class NoticesInput(Input):
    """Who tells of what comes to the account, and the secret that proves it. Notices proven by the one before are
    taken for `keep_old_days` more: 0 for a secret that leaked."""

    provider = Word(20, required=True, metadata={"enum": list(notice_setup.PROVIDERS)})
    secret = Word(notice_setup.LONGEST_SECRET, required=True)
    keep_old_days = Whole(0, LONGEST_GRACE_DAYS, load_default=USUAL_GRACE_DAYS)


class NoticesView(View):
    """`url` is where the provider must send its notices; all but the counts are null while none is chosen."""

    provider = fields.String(allow_none=True)
    url = fields.String(allow_none=True)
    old_keys_until = fields.AwareDateTime(allow_none=True)
    last_notice_at = fields.AwareDateTime(allow_none=True)
    other_account_notices = fields.Integer(
        metadata={
            "description": "how many were about an account that is not the channel's, and were left alone"
        }
    )


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


@blueprint.get("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.response(200, NoticesView)
def get_channel_notices(channel_id: UUID) -> NoticeState:
    """How a direct channel's money is told of."""
    return _state(notice_setup.get_told_channel(session(), actor(), channel_id))


@blueprint.put("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.arguments(NoticesInput)
@blueprint.response(200, NoticesView)
def choose_channel_notices(data: dict[str, Any], channel_id: UUID) -> NoticeState:
    """Choose the provider, or give it another secret, which is never told again; 409 for a channel that is not
    direct."""
    return _state(notice_setup.choose_provider(session(), actor(), channel_id, **data))


@blueprint.delete("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.response(200, NoticesView)
def stop_channel_notices(channel_id: UUID) -> NoticeState:
    """Take no more notices; what they told stays."""
    return _state(notice_setup.stop_notices(session(), actor(), channel_id))


def _state(channel: CollectionChannel) -> NoticeState:
    return notice_setup.notice_state(session(), channel, config().base_url)
