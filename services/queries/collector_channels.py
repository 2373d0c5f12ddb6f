"""Channels with a collector: whose they are, whose they may become, and at which stalls they may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, defer

from core.errors import NotFound
from core.phones import normalise
from core.text import fold
from gateways.formats import COLLECTORS
from models import ChannelStatus, CollectionChannel, Market, Seller, Stall
from services.access import Actor

MOST_OWNERS = 20
MOST_CHANNELS = 200


@dataclass(frozen=True)
class OwnedChannel:
    """A channel with the name of the market or seller whose account it is."""

    channel: CollectionChannel
    owner: str


def get_owner(session: Session, channel: CollectionChannel) -> Market | Seller:
    if channel.market_id:
        return session.get_one(Market, channel.market_id)
    return session.get_one(Seller, channel.seller_id)


def get_seller_with_stall(session: Session, actor: Actor, seller_id: UUID) -> Seller:
    """A seller with an open stall in a market that the person manages. Raises NotFound."""
    seller = session.scalar(select(Seller).where(Seller.id == seller_id, _with_stall(actor)))
    if seller is None:
        raise NotFound()
    return seller


def find_sellers_with_stall(session: Session, actor: Actor, q: str) -> Sequence[Seller]:
    """Those of whom `q` is a part of the name, the code or the phone."""
    like = or_(
        Seller.folded_name.contains(fold(q), autoescape=True),
        Seller.code == q.upper(),
        Seller.phone == normalise(q),
    )
    query = select(Seller).where(_with_stall(actor), like).order_by(Seller.folded_name, Seller.id)
    return session.scalars(query.limit(MOST_OWNERS)).all()


def _with_stall(actor: Actor) -> ColumnElement[bool]:
    stalls = select(Stall.seller_id).where(Stall.closed_on.is_(None))
    return Seller.id.in_(
        stalls if actor.is_administrator else stalls.where(Stall.market_id.in_(actor.markets))
    )


def list_collector_channels(session: Session, market_id: UUID) -> dict[str, list[OwnedChannel]]:
    """By collector: a market's own, then those of the sellers with an open stall there; the oldest first."""
    sellers = select(Stall.seller_id).where(Stall.market_id == market_id, Stall.closed_on.is_(None))
    owned = or_(CollectionChannel.market_id == market_id, CollectionChannel.seller_id.in_(sellers))
    query = (
        select(CollectionChannel)
        .where(CollectionChannel.has_collector, owned)
        .order_by(CollectionChannel.seller_id.is_not(None), CollectionChannel.created_at)
        .options(defer(CollectionChannel.credentials))
        .limit(MOST_CHANNELS)
    )
    found: dict[str, list[OwnedChannel]] = {name: [] for name in COLLECTORS}
    for channel in session.scalars(query):
        found[channel.kind].append(OwnedChannel(channel, get_owner(session, channel).name))
    return found


def channels_for_stall(session: Session, market_id: UUID, seller_id: UUID) -> Sequence[CollectionChannel]:
    """Those through which a seller's stall in this market may be paid: the seller's own first, since that money goes
    to nobody else's account; of each the oldest first."""
    owned = or_(CollectionChannel.market_id == market_id, CollectionChannel.seller_id == seller_id)
    query = (
        select(CollectionChannel)
        .where(
            CollectionChannel.has_collector,
            CollectionChannel.status == ChannelStatus.ACTIVE,
            CollectionChannel.webhook_refused_at.is_(None),
            owned,
        )
        .order_by(CollectionChannel.seller_id.is_(None), CollectionChannel.created_at)
        .options(defer(CollectionChannel.credentials))
    )
    return session.scalars(query).all()


def stalls_of_seller(session: Session, actor: Actor, seller_id: UUID) -> Sequence[Stall]:
    """The open ones in the markets that the person manages."""
    query = select(Stall).where(Stall.seller_id == seller_id, Stall.closed_on.is_(None))
    if not actor.is_administrator:
        query = query.where(Stall.market_id.in_(actor.markets))
    return session.scalars(query.order_by(Stall.created_at, Stall.id)).all()
