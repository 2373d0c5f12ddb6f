"""Collection channels: a provider's account of a market, and where the provider sends its notices."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, literal, update
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from models import ChannelKind, CollectionChannel
from services.events import ChannelWebhookMoved, record_all
from services.storing import store


@dataclass(frozen=True)
class WebhookCall:
    """Plain values for telling a provider where one channel's notices go."""

    channel_id: UUID
    url: str
    credentials: dict[str, Any]


def add_payos_channel(
    session: Session, *, name: str, market_id: UUID, credentials: Mapping[str, Any]
) -> CollectionChannel:
    """A market's payOS account. `credentials`: client_id, api_key and checksum_keys (the newest first)."""
    channel = CollectionChannel(
        id=new_id(),
        kind=ChannelKind.PAYOS,
        name=name,
        market_id=market_id,
        credentials=json.dumps(dict(credentials)),
    )
    store(session, channel)
    return channel


def claim_moved_webhooks(session: Session, base_url: str) -> Sequence[UUID]:
    """Record a `ChannelWebhookMoved` for every channel whose provider was told another address, or none."""
    url = literal(f"{base_url}/webhooks/payos/") + cast(CollectionChannel.id, Text)
    moved = session.scalars(
        update(CollectionChannel)
        .where(
            CollectionChannel.kind == ChannelKind.PAYOS, CollectionChannel.webhook_url.is_distinct_from(url)
        )
        .values(webhook_url=url, webhook_confirmed_at=None)
        .returning(CollectionChannel.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [ChannelWebhookMoved(channel_id) for channel_id in moved])
    return moved


def prepare_webhook_call(session: Session, channel_id: UUID) -> WebhookCall | None:
    """What to tell the provider; None where it has confirmed the address already."""
    channel = session.get_one(CollectionChannel, channel_id)
    if channel.webhook_confirmed_at or not channel.webhook_url or not channel.credentials:
        return None
    return WebhookCall(channel.id, channel.webhook_url, json.loads(channel.credentials))


def record_webhook_confirmed(session: Session, call: WebhookCall) -> None:
    channel = session.get_one(CollectionChannel, call.channel_id, with_for_update=True)
    if channel.webhook_url == call.url:
        channel.webhook_confirmed_at = now()
