"""Who tells of what comes to a *direct* channel's accounts: whoever looks after them chooses the provider and gives the
secret that proves its notices, since who has that may tell of any money. It is sealed and never shown again."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.errors import Conflict, Forbidden, InvalidInput, NotFound, text
from gateways.formats import BANK_FORMATS
from models import CollectionChannel, IgnoredBecause, InboxMessage, Stall
from models.events import TELLS_OF_ACCOUNT
from services import audit
from services.access import Actor, own_accounts
from services.channel_keys import USUAL_GRACE_DAYS, retire_keys
from services.markets import direct_channel
from services.queries.markets import get_managed_channel, get_managed_market
from services.storing import store

PROVIDERS = tuple(BANK_FORMATS)
NOT_YOURS = text(
    "Người bán này còn quầy ở chợ khác, nên chỉ chính người bán hoặc cán bộ phụ trách xã của họ đặt được báo tiền"
)
SHORTEST_SECRET, LONGEST_SECRET = 16, 200


@dataclass(frozen=True)
class NoticeState:
    """How a direct channel's money is told of: `url` is where the provider must send its notices."""

    provider: str | None
    plain_key: bool
    """The provider sends the secret along instead of signing, which is the weaker way."""
    url: str | None
    old_keys_until: datetime | None
    last_notice_at: datetime | None
    other_account_notices: int
    """How many were about an account that is not the channel's."""


def get_told_channel(
    session: Session, actor: Actor, channel_id: UUID, *, to_change: bool = False
) -> tuple[CollectionChannel, bool]:
    """A channel whose accounts the person looks after, or that is of a market that the person manages; whether the
    former. Raises NotFound, Forbidden."""
    query = select(CollectionChannel).where(CollectionChannel.id == channel_id, own_accounts(actor))
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    own = session.scalar(query)
    return (own, True) if own else (get_managed_channel(session, actor, channel_id), False)


def _get_own_channel(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    """A direct channel to change. Raises NotFound, Forbidden, Conflict for one that is not direct."""
    channel, is_own = get_told_channel(session, actor, channel_id, to_change=True)
    if channel.has_collector:
        raise Conflict(text("Chỉ kênh thẳng vào tài khoản mới nhận thông báo của ngân hàng"))
    if not is_own:
        raise Forbidden(NOT_YOURS)
    return channel


def open_seller_channel(session: Session, actor: Actor, market_id: UUID, seller_id: UUID) -> UUID:
    """The direct channel of a seller of this market, opened where there is none. Raises NotFound, Forbidden."""
    market = get_managed_market(session, actor, market_id)
    stall = select(Stall.id).where(
        Stall.market_id == market.id, Stall.seller_id == seller_id, Stall.closed_on.is_(None)
    )
    if session.scalar(stall.limit(1)) is None:
        raise NotFound()
    return direct_channel(session, seller_id)


def choose_provider(
    session: Session,
    actor: Actor,
    channel_id: UUID,
    *,
    provider: str,
    secret: str,
    plain_key: bool = False,
    keep_old_days: int = USUAL_GRACE_DAYS,
) -> CollectionChannel:
    """Have `provider` tell of the channel's money, its notices proven by `secret`: by their signatures, or, where
    `plain_key` says so, by sending it along. The secret before it counts for some days more, in its own way, unless
    another provider had it; with `keep_old_days` 0, for one that leaked, none does.

    Raises InvalidInput for a provider that there is not, or a secret or a way that it has not; NotFound, Forbidden,
    Conflict.
    """
    channel = _get_own_channel(session, actor, channel_id)
    _check(provider, secret, plain_key)
    credentials = {"checksum_keys": [_kept(provider, secret, plain_key)]}
    if channel.notices_by == provider:
        retire_keys(channel, credentials, keep_old_days)
    else:
        channel.former_keys.clear()
    channel.notices_by, channel.credentials = provider, json.dumps(credentials)
    store(session, channel)
    audit.note(
        session,
        actor,
        "channel_notices.chosen",
        channel.id,
        provider=provider,
        plain_key=int(plain_key),
        keep_old_days=keep_old_days,
    )
    return channel


def _check(provider: str, secret: str, plain_key: bool) -> None:
    if provider not in PROVIDERS:
        raise InvalidInput.of("provider", text("Không có lựa chọn này"))
    if plain_key and BANK_FORMATS[provider].plain_key is None:
        raise InvalidInput.of("plain_key", text("Dịch vụ này luôn ký thông báo, không gửi khóa"))
    if len(secret) < SHORTEST_SECRET:
        raise InvalidInput.of(
            "secret", text("Khóa phải từ %(least)s ký tự, để không ai đoán được", least=SHORTEST_SECRET)
        )
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise InvalidInput.of("secret", text("Khóa chỉ gồm chữ không dấu, số và dấu, không có khoảng trắng"))


def _kept(provider: str, secret: str, plain_key: bool) -> str:
    """The secret as it is sealed: one that is sent along says so, with the blank that no other one has."""
    return f"{BANK_FORMATS[provider].plain_key}{secret}" if plain_key else secret


def stop_notices(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    """Take no more of them; what they told stays. The channel is confirmed by statements alone."""
    channel = _get_own_channel(session, actor, channel_id)
    if channel.notices_by is None:
        return channel
    channel.notices_by = channel.credentials = None
    channel.former_keys.clear()
    store(session, channel)
    audit.note(session, actor, "channel_notices.stopped", channel.id)
    return channel


def notice_state(session: Session, channel: CollectionChannel, base_url: str) -> NoticeState:
    others = func.count().filter(InboxMessage.ignored == IgnoredBecause.OTHER_ACCOUNT)
    of_channel = (InboxMessage.channel_id == channel.id, sql(TELLS_OF_ACCOUNT))
    last, foreign = session.execute(
        select(func.max(InboxMessage.received_at), others).where(*of_channel)
    ).one()
    provider = channel.notices_by
    return NoticeState(
        provider=provider,
        plain_key=_is_plain(channel),
        url=f"{base_url}/webhooks/{provider}/{channel.id}" if provider else None,
        old_keys_until=channel.old_keys_until,
        last_notice_at=last,
        other_account_notices=foreign,
    )


def _is_plain(channel: CollectionChannel) -> bool:
    prefix = BANK_FORMATS[channel.notices_by].plain_key if channel.notices_by else None
    return prefix is not None and json.loads(channel.credentials or "")["checksum_keys"][0].startswith(prefix)
