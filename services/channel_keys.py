"""Changing the keys of a channel. The new ones are used at once; what the former ones still mean is kept for as long
as it does: notices that they prove, until a day that a person chooses, and orders that were opened with them, until
those have ended. Keys are never shown again."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, text
from core.ids import new_id
from gateways.collecting import PROOFS
from gateways.formats import COLLECTORS
from models import (
    CollectionChannel,
    FormerKeys,
    Payment,
    PaymentRequest,
    Refund,
    RefundStatus,
    WebhookState,
)
from models.payment_states import OPEN
from services import audit
from services.access import Actor, own_accounts, require
from services.channels import ask_for_notices, sealed_keys, store_keys
from services.queries.markets import get_managed_channel

USUAL_GRACE_DAYS, LONGEST_GRACE_DAYS = 14, 90


def rotate_channel_keys(
    session: Session,
    actor: Actor,
    channel_id: UUID,
    *,
    base_url: str,
    keep_old_days: int = USUAL_GRACE_DAYS,
    **keys: str,
) -> CollectionChannel:
    """Put new keys in the place of the channel's, and have its collector asked to try `base_url` with them.

    Notices proven by the keys before are taken for `keep_old_days` more, each key's own; with 0, for one that
    leaked, no former key counts any more. Raises InvalidInput, NotFound, Forbidden, Conflict for a channel that
    has no keys.
    """
    channel = get_managed_channel(session, actor, channel_id, to_change=True)
    require(may_change_keys(session, actor, channel))
    if not channel.has_collector:
        raise Conflict(text("Kênh này không có khóa"))
    collector = COLLECTORS[channel.kind]
    credentials = sealed_keys(collector, keys)
    retire_keys(channel, credentials, keep_old_days, collector.client)
    store_keys(session, channel, credentials)
    ask_for_notices(session, channel, base_url)
    audit.note(session, actor, "channel_keys.rotated", channel.id, keep_old_days=keep_old_days)
    return channel


def may_change_keys(session: Session, actor: Actor, channel: CollectionChannel) -> bool:
    """Keys that work are an administrator's to change; those that the collector did not take, also of whoever looks
    after all the money that comes by them, as a wrong letter is theirs to mend."""
    looked_after = select(CollectionChannel.id).where(CollectionChannel.id == channel.id, own_accounts(actor))
    is_wrong = channel.webhook_state is WebhookState.REFUSED
    return actor.is_administrator or (is_wrong and session.scalar(looked_after) is not None)


def retire_keys(
    channel: CollectionChannel, newest: Mapping[str, Any], keep_days: int, client: str | None = None
) -> None:
    """Keep of the channel's keys what still means something once `newest` stand in their place: of another `client`
    they know its orders."""
    old, moment = json.loads(channel.credentials or "{}"), now()
    if keep_days == 0:
        _take_none(channel)
    changed = old[PROOFS] != newest[PROOFS]
    until = moment + timedelta(days=keep_days) if keep_days and changed else None
    knows_orders = client is not None and old[client] != newest[client]
    if until or knows_orders:
        channel.former_keys.insert(
            0,
            FormerKeys(
                id=new_id(),
                credentials=json.dumps(old),
                retired_at=moment,
                taken_until=until,
                knows_orders=knows_orders,
            ),
        )


def _take_none(channel: CollectionChannel) -> None:
    for keys in list(channel.former_keys):
        keys.taken_until = None
        if not keys.knows_orders:
            channel.former_keys.remove(keys)


def keys_of_order(session: Session, request: PaymentRequest) -> list[dict[str, Any]]:
    """With which keys the channel may know of this request's order: those that it had when the request was made
    first, its newest last."""
    former = (
        select(FormerKeys.credentials)
        .where(
            FormerKeys.channel_id == request.channel_id,
            FormerKeys.knows_orders,
            FormerKeys.retired_at >= request.created_at,
        )
        .order_by(FormerKeys.retired_at)
    )
    newest = select(CollectionChannel.credentials).where(CollectionChannel.id == request.channel_id)
    found = [*session.scalars(former), session.scalar(newest)]
    return [json.loads(credentials) for credentials in found if credentials]


def former_clients(session: Session, channel_id: UUID, since: datetime) -> list[dict[str, Any]]:
    """The keys of the provider's other clients that the channel has had `since` then: one that was let go before
    knows nothing of it, and may refuse to answer."""
    query = select(FormerKeys.credentials).where(
        FormerKeys.channel_id == channel_id, FormerKeys.knows_orders, FormerKeys.retired_at >= since
    )
    return [json.loads(credentials) for credentials in session.scalars(query)]


def drop_old_keys(session: Session) -> int:
    """Forget keys that mean nothing any more; how many."""
    open_order = exists().where(
        PaymentRequest.channel_id == FormerKeys.channel_id,
        PaymentRequest.created_at <= FormerKeys.retired_at,
        or_(PaymentRequest.status.in_(OPEN), PaymentRequest.next_poll_at.is_not(None)),
    )
    refund_under_way = exists().where(
        Refund.payment_id == Payment.id,
        Payment.channel_id == FormerKeys.channel_id,
        Refund.created_at <= FormerKeys.retired_at,
        Refund.status == RefundStatus.SENT,
    )
    spent = delete(FormerKeys).where(
        func.coalesce(FormerKeys.taken_until <= now(), True),
        or_(~FormerKeys.knows_orders, ~open_order & ~refund_under_way),
    )
    result = session.execute(
        spent.returning(FormerKeys.id), execution_options={"synchronize_session": "fetch"}
    )
    return len(result.all())
