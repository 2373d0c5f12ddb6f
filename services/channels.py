"""Channels with a collector: an account of a market or of a seller there, and where it sends its notices.

Keys are sealed, never shown again and never logged. The collector is asked to try our address by a worker; what came
of it stands on the channel, for the person who typed the keys.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.crypto import blind_index
from core.errors import Conflict, InvalidInput, NotFound, text
from core.ids import new_id
from gateways.collecting import Collector
from gateways.formats import COLLECTORS
from models import CollectionChannel, Seller, Stall, WebhookState
from services import audit
from services.access import Actor, require, visible_sellers
from services.events import ChannelWebhookMoved, record, record_all
from services.queries.markets import get_managed_channel, get_managed_market
from services.storing import CLIENT_INDEX, find_stored, store


@dataclass(frozen=True)
class WebhookCall:
    """Plain values for telling a provider where one channel's notices go."""

    channel_id: UUID
    collector: str
    url: str
    credentials: dict[str, Any] = field(repr=False)
    asked_at: datetime = field(default_factory=now)


def open_channel(
    session: Session,
    actor: Actor,
    *,
    base_url: str,
    kind: str,
    id: UUID | None = None,
    name: str,
    market_id: UUID | None = None,
    seller_id: UUID | None = None,
    **keys: str,
) -> tuple[CollectionChannel, bool]:
    """An account with the collector `kind`, of a market or of one seller, whose stalls may be paid through it from now
    on; False where this `id` is stored already. The collector is asked to send its notices to `base_url`.

    A manager opens those of the own market and of sellers with an open stall there. Raises InvalidInput for a
    collector, an owner or keys that cannot be, and for a client that another channel has; Forbidden.
    """
    if stored := find_stored(session, CollectionChannel, id):
        return get_managed_channel(session, actor, stored.id), False
    if kind not in COLLECTORS:
        raise InvalidInput.of("kind", text("Không có lựa chọn này"))
    _require_owner(session, actor, market_id, seller_id)
    channel = add_channel(
        session,
        kind,
        id=id,
        name=name,
        market_id=market_id,
        seller_id=seller_id,
        credentials=sealed_keys(COLLECTORS[kind], keys),
    )
    ask_for_notices(session, channel, base_url)
    audit.note(session, actor, "channel.opened", channel.id)
    return channel, True


def _require_owner(session: Session, actor: Actor, market_id: UUID | None, seller_id: UUID | None) -> None:
    if (market_id is None) == (seller_id is None):
        raise InvalidInput.of("market_id", text("Chọn một chợ, hoặc một người bán"))
    if market_id:
        try:
            get_managed_market(session, actor, market_id)
        except NotFound:
            raise InvalidInput.of("market_id", text("Không có chợ này")) from None
        return
    if session.scalar(select(Seller.id).where(Seller.id == seller_id, visible_sellers(actor))) is None:
        raise InvalidInput.of("seller_id", text("Không có người bán này"))
    stalls = select(Stall.market_id).where(Stall.seller_id == seller_id, Stall.closed_on.is_(None))
    markets = set(session.scalars(stalls))
    if not markets and actor.is_administrator:
        raise InvalidInput.of("seller_id", text("Người bán này chưa có quầy nào; hãy mở quầy trước"))
    require(actor.is_administrator or not markets.isdisjoint(actor.markets))


def sealed_keys(collector: Collector, typed: Mapping[str, str]) -> dict[str, Any]:
    """What is sealed of them. Raises InvalidInput for what the collector cannot have given."""
    wanted = {key.name for key in collector.keys}
    odd = text("Khóa chỉ gồm chữ không dấu, số và dấu, không có khoảng trắng")
    problems = {
        **{name: [text("Cần điền ô này")] for name in wanted - typed.keys()},
        **{name: [text("Không có ô này")] for name in typed.keys() - wanted},
        **{name: [odd] for name in wanted & typed.keys() if not _is_key(typed[name])},
    }
    if problems:
        raise InvalidInput(problems)
    return collector.sealed(typed)


def _is_key(value: str) -> bool:
    return value.isascii() and value.isprintable() and " " not in value


def add_channel(
    session: Session,
    kind: str,
    *,
    id: UUID | None = None,
    name: str,
    market_id: UUID | None = None,
    seller_id: UUID | None = None,
    credentials: Mapping[str, Any],
) -> CollectionChannel:
    """Store one with the collector `kind`, its `credentials` as they are to be sealed."""
    channel = CollectionChannel(
        id=id or new_id(), kind=kind, name=name, market_id=market_id, seller_id=seller_id
    )
    store_keys(session, channel, credentials)
    return channel


def store_keys(session: Session, channel: CollectionChannel, credentials: Mapping[str, Any]) -> None:
    """Raises InvalidInput where another channel has this client."""
    client = COLLECTORS[channel.kind].client
    channel.credentials = json.dumps(dict(credentials))
    channel.client_index = blind_index(f"{channel.kind}_client", credentials[client])
    try:
        store(session, channel)
    except InvalidInput as refused:
        errors = {client if name == CLIENT_INDEX else name: said for name, said in refused.errors.items()}
        raise InvalidInput(errors) from None


def ask_for_notices(session: Session, channel: CollectionChannel, base_url: str) -> None:
    """Have the collector told anew where the channel's notices go, whatever came of it before."""
    channel.webhook_url = f"{base_url}/webhooks/{channel.kind}/{channel.id}"
    channel.webhook_confirmed_at = channel.webhook_refused_at = channel.webhook_problem = None
    session.flush()
    record(session, ChannelWebhookMoved(channel.id))


def ask_again(session: Session, actor: Actor, channel_id: UUID, base_url: str) -> CollectionChannel:
    """The same by a person's wish; nothing where it is confirmed. Raises NotFound, Forbidden, Conflict."""
    channel = get_managed_channel(session, actor, channel_id, to_change=True)
    if not channel.has_collector:
        raise Conflict(text("Kênh này không có khóa"))
    if channel.webhook_state is not WebhookState.CONFIRMED:
        ask_for_notices(session, channel, base_url)
    return channel


def claim_moved_webhooks(session: Session, base_url: str) -> Sequence[UUID]:
    """Record a `ChannelWebhookMoved` for every channel whose provider was told another address, or none."""
    url = func.concat(f"{base_url}/webhooks/", CollectionChannel.kind, "/", CollectionChannel.id)
    moved = session.scalars(
        update(CollectionChannel)
        .where(CollectionChannel.has_collector, CollectionChannel.webhook_url.is_distinct_from(url))
        .values(webhook_url=url, webhook_confirmed_at=None, webhook_refused_at=None, webhook_problem=None)
        .returning(CollectionChannel.id)
        .execution_options(synchronize_session=False)
    ).all()
    record_all(session, [ChannelWebhookMoved(channel_id) for channel_id in moved])
    return moved


def prepare_webhook_call(session: Session, channel_id: UUID) -> WebhookCall | None:
    """What to tell the provider; None where it has confirmed the address already, or refused it."""
    channel = session.get_one(CollectionChannel, channel_id)
    if channel.webhook_state is not WebhookState.TRYING or not channel.webhook_url or not channel.credentials:
        return None
    return WebhookCall(channel.id, channel.kind, channel.webhook_url, json.loads(channel.credentials))


def record_webhook_confirmed(session: Session, call: WebhookCall) -> None:
    if channel := _still_asked(session, call):
        channel.webhook_confirmed_at = now()
        channel.webhook_problem = channel.webhook_refused_at = None


def record_webhook_problem(session: Session, call: WebhookCall, problem: str, *, refused: bool) -> None:
    """Why it is not confirmed; `refused`: it is not tried again until somebody puts it right. Where the trial came and
    the channel's key did not prove it, trying again is of no use."""
    if channel := _still_asked(session, call):
        came = channel.webhook_forged_at is not None and channel.webhook_forged_at >= call.asked_at
        channel.webhook_problem = COLLECTORS[call.collector].wrong_proof if came else problem
        channel.webhook_refused_at = now() if refused or came else None


def note_forged(session: Session, channel_id: UUID) -> None:
    """A notice came to a collector's channel whose address is being tried, and none of its keys proves it."""
    session.execute(
        update(CollectionChannel)
        .where(
            CollectionChannel.id == channel_id,
            CollectionChannel.has_collector,
            CollectionChannel.webhook_confirmed_at.is_(None),
            CollectionChannel.webhook_refused_at.is_(None),
        )
        .values(webhook_forged_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def _still_asked(session: Session, call: WebhookCall) -> CollectionChannel | None:
    """The channel, where it waits for this call's answer: not for that to another address or with other keys."""
    channel = session.get_one(
        CollectionChannel, call.channel_id, with_for_update=True, populate_existing=True
    )
    asked = (channel.webhook_url, json.loads(channel.credentials or "{}"))
    same = asked == (call.url, call.credentials)
    return channel if same and channel.webhook_state is WebhookState.TRYING else None
