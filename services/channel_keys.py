"""Changing the keys of a payOS channel. The new ones are used at once; notices that were signed with the old
key and come late are genuine until a day that the administrator chooses. Keys are never shown again."""

import json
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, NotFound, text
from models import ChannelKind, CollectionChannel
from services import audit
from services.access import Actor, require, visible_channels
from services.events import ChannelWebhookMoved, record
from services.storing import store

USUAL_GRACE_DAYS, LONGEST_GRACE_DAYS = 14, 90


def rotate_channel_keys(
    session: Session,
    actor: Actor,
    channel_id: UUID,
    *,
    client_id: str,
    api_key: str,
    checksum_key: str,
    keep_old_days: int = USUAL_GRACE_DAYS,
) -> CollectionChannel:
    """Put new keys in the place of the channel's, and have the provider asked whether they fit our address.

    The one old key that is kept is the one before the newest; with `keep_old_days` 0, for a key that leaked,
    none is. Raises NotFound, Forbidden, Conflict for a channel that has no keys.
    """
    require(actor.is_administrator)
    channel = _lock(session, actor, channel_id)
    old = json.loads(channel.credentials or "{}")
    before = [key for key in old["checksum_keys"] if key != checksum_key][:1] if keep_old_days else []
    channel.credentials = json.dumps(
        {**old, "client_id": client_id, "api_key": api_key, "checksum_keys": [checksum_key, *before]}
    )
    channel.old_keys_until = now() + timedelta(days=keep_old_days) if before else None
    channel.webhook_confirmed_at = None
    store(session, channel)
    if channel.webhook_url:
        record(session, ChannelWebhookMoved(channel.id))
    audit.note(session, actor, "channel_keys.rotated", channel.id, keep_old_days=keep_old_days)
    return channel


def _lock(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    channel = session.scalar(
        select(CollectionChannel)
        .where(CollectionChannel.id == channel_id, visible_channels(actor))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if channel is None:
        raise NotFound()
    if channel.kind is not ChannelKind.PAYOS:
        raise Conflict(text("Kênh này không có khóa"))
    return channel


def drop_old_keys(session: Session) -> int:
    """Forget keys whose time is over; of how many channels."""
    due = session.scalars(
        select(CollectionChannel)
        .where(CollectionChannel.old_keys_until <= now())
        .order_by(CollectionChannel.id)
        .with_for_update(skip_locked=True)
    ).all()
    for channel in due:
        credentials = json.loads(channel.credentials or "{}")
        credentials["checksum_keys"] = credentials["checksum_keys"][:1]
        channel.credentials = json.dumps(credentials)
        channel.old_keys_until = None
    session.flush()
    return len(due)
