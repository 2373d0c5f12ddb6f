"""Who tells of what comes to a *direct* channel's accounts: a market's manager chooses the provider and gives the
secret that proves its notices. It is sealed and never shown again."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, InvalidInput, NotFound, text
from gateways.formats import BANK_FORMATS, PAYOS
from models import ChannelKind, CollectionChannel, IgnoredBecause, InboxMessage, Stall
from services import audit
from services.access import Actor, require, visible_channels
from services.channel_keys import USUAL_GRACE_DAYS
from services.markets import direct_channel
from services.queries.markets import get_managed_market
from services.storing import store

PROVIDERS = tuple(BANK_FORMATS)
SHORTEST_SECRET, LONGEST_SECRET = 16, 200


@dataclass(frozen=True)
class NoticeState:
    """How a direct channel's money is told of: `url` is where the provider must send its notices."""

    provider: str | None
    url: str | None
    old_keys_until: datetime | None
    last_notice_at: datetime | None
    other_account_notices: int
    """How many were about an account that is not the channel's."""


def get_told_channel(
    session: Session, actor: Actor, channel_id: UUID, *, to_change: bool = False
) -> CollectionChannel:
    """A channel of a market that the person manages, or of a seller who has a stall there.

    Raises NotFound, Forbidden for one that is only within sight, Conflict where one that is not direct is to change.
    """
    managed = select(Stall.seller_id).where(Stall.market_id.in_(actor.markets))
    own = or_(CollectionChannel.market_id.in_(actor.markets), CollectionChannel.seller_id.in_(managed))
    query = select(CollectionChannel, own).where(
        CollectionChannel.id == channel_id, or_(own, visible_channels(actor))
    )
    if to_change:
        query = query.with_for_update(of=CollectionChannel).execution_options(populate_existing=True)
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    channel, is_own = found
    require(actor.is_administrator or bool(is_own))
    if to_change and channel.kind is not ChannelKind.DIRECT:
        raise Conflict(text("Chỉ kênh thẳng vào tài khoản mới nhận thông báo của ngân hàng"))
    return channel


def open_seller_channel(session: Session, actor: Actor, market_id: UUID, seller_id: UUID) -> UUID:
    """The direct channel of a seller of this market, opened where there is none. Raises NotFound, Forbidden."""
    market = get_managed_market(session, actor, market_id)
    stall = select(Stall.id).where(Stall.market_id == market.id, Stall.seller_id == seller_id).limit(1)
    if session.scalar(stall) is None:
        raise NotFound()
    return direct_channel(session, seller_id)


def choose_provider(
    session: Session,
    actor: Actor,
    channel_id: UUID,
    *,
    provider: str,
    secret: str,
    keep_old_days: int = USUAL_GRACE_DAYS,
) -> CollectionChannel:
    """Have `provider` tell of the channel's money, its notices proven by `secret`. The secret before it counts for
    some days more, unless another provider had it; with `keep_old_days` 0, for one that leaked, it does not.

    Raises InvalidInput for a provider that there is not or a secret that is none, NotFound, Forbidden, Conflict.
    """
    channel = get_told_channel(session, actor, channel_id, to_change=True)
    _check(provider, secret)
    old = json.loads(channel.credentials or "{}")["checksum_keys"] if channel.notices_by == provider else []
    before = [key for key in old if key != secret][:1] if keep_old_days else []
    channel.notices_by = provider
    channel.credentials = json.dumps({"checksum_keys": [secret, *before]})
    channel.old_keys_until = now() + timedelta(days=keep_old_days) if before else None
    store(session, channel)
    audit.note(
        session, actor, "channel_notices.chosen", channel.id, provider=provider, keep_old_days=keep_old_days
    )
    return channel


def _check(provider: str, secret: str) -> None:
    if provider not in PROVIDERS:
        raise InvalidInput.of("provider", text("Không có lựa chọn này"))
    if len(secret) < SHORTEST_SECRET:
        raise InvalidInput.of(
            "secret", text("Khóa phải từ %(least)s ký tự, để không ai đoán được", least=SHORTEST_SECRET)
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise InvalidInput.of("secret", text("Khóa chỉ gồm chữ không dấu, số và dấu, không có khoảng trắng"))


def stop_notices(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    """Take no more of them; what they told stays. The channel is confirmed by statements alone."""
    channel = get_told_channel(session, actor, channel_id, to_change=True)
    if channel.notices_by is None:
        return channel
    channel.notices_by = channel.credentials = channel.old_keys_until = None
    store(session, channel)
    audit.note(session, actor, "channel_notices.stopped", channel.id)
    return channel


def notice_state(session: Session, channel: CollectionChannel, base_url: str) -> NoticeState:
    others = func.count().filter(InboxMessage.ignored == IgnoredBecause.OTHER_ACCOUNT)
    of_channel = (InboxMessage.channel_id == channel.id, InboxMessage.source != PAYOS)
    last, foreign = session.execute(
        select(func.max(InboxMessage.received_at), others).where(*of_channel)
    ).one()
    provider = channel.notices_by
    url = f"{base_url}/webhooks/{provider}/{channel.id}" if provider else None
    return NoticeState(provider, url, channel.old_keys_until if provider else None, last, foreign)
