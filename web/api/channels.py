"""Collection channels. Their credentials are never told."""

from typing import Any
from uuid import UUID

from marshmallow import fields

from core.config import config
from gateways.formats import COLLECTORS
from models import ChannelStatus, CollectionChannel, Role, WebhookState
from services import channels, notice_setup
from services.channel_keys import LONGEST_GRACE_DAYS, USUAL_GRACE_DAYS, rotate_channel_keys
from services.notice_setup import NoticeState
from services.queries import lists
from services.queries.markets import get_channel as find_channel
from services.queries.paging import Page
from web.api.fields import Paging, View, Whole, WithId, Word, channel_kind, choice, page_of
from web.api.smorest import Blueprint, stored
from web.auth import actor, allow
from web.database import session
from web.languages import translate
from web.schemas import LONGEST_KEY, LONGEST_NAME, Input

FIRST = "payos"
"""Whose channel is meant where a caller does not say: there was no other at first."""

blueprint = Blueprint("channels", __name__, "Collection channels")


class ChannelView(View):
    """It belongs to a market or to a seller."""

    id = fields.UUID()
    kind = channel_kind()
    market_id = fields.UUID(allow_none=True)
    seller_id = fields.UUID(allow_none=True)
    name = fields.String()
    status = choice(ChannelStatus)
    notices_by = fields.String(
        allow_none=True, metadata={"description": "of a direct channel: the provider that tells of its money"}
    )
    webhook_state = choice(
        WebhookState,
        allow_none=True,
        metadata={"description": "of a channel with a collector: whether its notices come"},
    )
    webhook_problem = fields.Function(
        lambda channel: translate(channel.webhook_problem) if channel.webhook_problem else None,
        metadata={"type": ["string", "null"]},
    )


def _key(name: str) -> Word:
    of = [each.name for each in COLLECTORS.values() if name in {key.name for key in each.keys}]
    return Word(LONGEST_KEY, metadata={"description": f"required of {', '.join(of)}"})


KeysInput = Input.from_dict(
    {key.name: _key(key.name) for collector in COLLECTORS.values() for key in collector.keys}
)
"""Whose keys are asked for follows from the channel; the service refuses others'."""


class ChannelInput(KeysInput, WithId):
    """An account with a collector, of a market, or of a seller with a stall. The keys are never told again."""

    kind = fields.String(load_default=FIRST, metadata={"enum": list(COLLECTORS)})
    name = Word(LONGEST_NAME, required=True)
    market_id = fields.UUID()
    seller_id = fields.UUID()


class CredentialsInput(KeysInput):
    """The provider's new keys. Notices signed with the former one are taken for `keep_old_days` more: 0 for a key
    that leaked."""

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
    plain_key = fields.Boolean(
        load_default=False,
        metadata={
            "description": "SePay sends the secret along (`Authorization: Apikey`) instead of signing: weaker, since "
            "it proves neither what a notice says nor when it was sent"
        },
    )
    keep_old_days = Whole(0, LONGEST_GRACE_DAYS, load_default=USUAL_GRACE_DAYS)


class NoticesView(View):
    """`url` is where the provider must send its notices; all but the counts are null while none is chosen."""

    provider = fields.String(allow_none=True)
    plain_key = fields.Boolean()
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


@blueprint.post("/channels")
@allow(Role.MANAGER)
@blueprint.arguments(ChannelInput)
@blueprint.creates(RotatedView)
def create_channel(data: dict[str, Any]) -> tuple[CollectionChannel, int]:
    """Open a channel with a collector, which then tries our address: `webhook_state` says how that went."""
    opened = channels.open_channel(session(), actor(), base_url=config().base_url, **data)
    return stored(opened)


@blueprint.post("/channels/<uuid:channel_id>/confirm-webhook")
@allow(Role.MANAGER)
@blueprint.response(200, RotatedView)
def confirm_channel_webhook(channel_id: UUID) -> CollectionChannel:
    """Have the collector try our address again; 409 for a channel that has no webhook."""
    return channels.ask_again(session(), actor(), channel_id, config().base_url)


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
    """Change the keys of a channel with a collector; 409 for a channel that has none. They are never told again."""
    return rotate_channel_keys(session(), actor(), channel_id, base_url=config().base_url, **data)


@blueprint.get("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.response(200, NoticesView)
def get_channel_notices(channel_id: UUID) -> NoticeState:
    """How a direct channel's money is told of."""
    return _state(notice_setup.get_told_channel(session(), actor(), channel_id)[0])


@blueprint.put("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.arguments(NoticesInput)
@blueprint.response(200, NoticesView)
def choose_channel_notices(data: dict[str, Any], channel_id: UUID) -> NoticeState:
    """Choose the provider, or give it another secret, which is never told again; 409 for a channel that is not
    direct, 403 for who does not look after its accounts."""
    return _state(notice_setup.choose_provider(session(), actor(), channel_id, **data))


@blueprint.delete("/channels/<uuid:channel_id>/notices")
@allow(Role.MANAGER)
@blueprint.response(200, NoticesView)
def stop_channel_notices(channel_id: UUID) -> NoticeState:
    """Take no more notices; what they told stays."""
    return _state(notice_setup.stop_notices(session(), actor(), channel_id))


def _state(channel: CollectionChannel) -> NoticeState:
    return notice_setup.notice_state(session(), channel, config().base_url)
