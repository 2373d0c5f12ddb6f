"""Reading markets, stalls and channels, each within the person's own sight."""

from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer, joinedload

from core.errors import NotFound
from core.vietqr import encode, note_for
from models import CollectionChannel, Market, Stall
from services.access import Actor, require, visible_channels, visible_markets, visible_stalls


def get_market(session: Session, actor: Actor, market_id: UUID) -> Market:
    market = session.scalar(select(Market).where(Market.id == market_id, visible_markets(actor)))
    if market is None:
        raise NotFound()
    return market


def get_managed_market(session: Session, actor: Actor, market_id: UUID) -> Market:
    """A market whose money the person looks after. Raises Forbidden in one that is only within sight."""
    market = get_market(session, actor, market_id)
    require(actor.is_administrator or market.id in actor.markets)
    return market


def get_stall(session: Session, actor: Actor, stall_id: UUID) -> Stall:
    """A stall with its market, seller, account and channel. Raises NotFound outside the person's sight."""
    query = (
        select(Stall)
        .where(Stall.id == stall_id, visible_stalls(actor))
        .options(
            joinedload(Stall.market),
            joinedload(Stall.seller),
            joinedload(Stall.payout_account),
            joinedload(Stall.virtual_account),
            joinedload(Stall.channel),
        )
    )
    stall = session.scalar(query)
    if stall is None:
        raise NotFound()
    return stall


def get_stall_with_money(session: Session, actor: Actor, stall_id: UUID) -> Stall:
    """A stall whose payments the person may see. Raises Forbidden at one whose page only is within sight."""
    stall = get_stall(session, actor, stall_id)
    require(actor.is_administrator or stall.id in actor.stalls or stall.market_id in actor.markets)
    return stall


def get_managed_stall(session: Session, actor: Actor, stall_id: UUID) -> Stall:
    """A stall of a market that the person looks after. Raises NotFound, Forbidden at one that is only within sight."""
    stall = get_stall(session, actor, stall_id)
    require(actor.is_administrator or stall.market_id in actor.markets)
    return stall


def get_channel(session: Session, actor: Actor, channel_id: UUID) -> CollectionChannel:
    """A channel, its credentials sealed. Raises NotFound outside the person's sight."""
    query = (
        select(CollectionChannel)
        .where(CollectionChannel.id == channel_id, visible_channels(actor))
        .options(defer(CollectionChannel.credentials))
    )
    channel = session.scalar(query)
    if channel is None:
        raise NotFound()
    return channel


def get_managed_channel(
    session: Session, actor: Actor, channel_id: UUID, *, to_change: bool = False
) -> CollectionChannel:
    """A channel of a market that the person manages, or of a seller who has an open stall there; locked where it is
    `to_change`. Raises NotFound, Forbidden for one that is only within sight."""
    managed = select(Stall.seller_id).where(Stall.market_id.in_(actor.markets), Stall.closed_on.is_(None))
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
    return channel


def stall_payload(stall: Stall, amount: int | None = None, words: str = "") -> str:
    """The VietQR of a stall's own account: static, or with an amount. Works with every provider down."""
    note = note_for(stall.reference, words)
    return encode(stall.payout_account.bin, stall.qr_number, amount=amount, note=note)
