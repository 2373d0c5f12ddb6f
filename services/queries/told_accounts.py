"""The accounts of a market into which money comes directly, and who tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from models import (
    CollectionChannel,
    FeeAccount,
    Market,
    Seller,
    Stall,
    StatementLine,
    VirtualAccount,
)
from services.access import Actor, own_accounts

PAGE_LENGTH = 50


@dataclass(frozen=True)
class SellersAccount:
    """A seller with open stalls in the market; the direct channel may not be opened yet."""

    seller_id: UUID
    seller_name: str
    stalls: Sequence[str]
    channel_id: UUID | None
    notices_by: str | None


def fee_channel(session: Session, market_id: UUID) -> CollectionChannel | None:
    """Through which the market's fees come, where it has an account for them."""
    query = select(CollectionChannel).join(FeeAccount, FeeAccount.channel_id == CollectionChannel.id)
    return session.scalar(query.where(FeeAccount.market_id == market_id))


def list_sellers_accounts(
    session: Session, market_id: UUID, page: int = 1
) -> tuple[Sequence[SellersAccount], bool]:
    """Of a market that the person manages, in the order of their first stalls; whether there are more."""
    direct = and_(CollectionChannel.seller_id == Seller.id, ~CollectionChannel.has_collector)
    numbers = func.array_agg(func.distinct(Stall.number))
    query = (
        select(Seller.id, Seller.name, numbers, CollectionChannel.id, CollectionChannel.notices_by)
        .join(Stall, Stall.seller_id == Seller.id)
        .outerjoin(CollectionChannel, direct)
        .where(Stall.market_id == market_id, Stall.closed_on.is_(None))
        .group_by(Seller.id, CollectionChannel.id)
        .order_by(func.min(Stall.number), Seller.id)
        .offset((page - 1) * PAGE_LENGTH)
        .limit(PAGE_LENGTH + 1)
    )
    rows = [SellersAccount(row[0], row[1], sorted(row[2]), row[3], row[4]) for row in session.execute(query)]
    return rows[:PAGE_LENGTH], len(rows) > PAGE_LENGTH


def own_channel(session: Session, actor: Actor, seller_id: UUID) -> UUID | None:
    """The seller's direct channel, where its account is the person's to look after."""
    query = select(CollectionChannel.id).where(
        CollectionChannel.seller_id == seller_id,
        ~CollectionChannel.has_collector,
        own_accounts(actor),
    )
    return session.scalar(query)


def market_of(session: Session, actor: Actor, channel: CollectionChannel) -> Market | None:
    """A market to which the channel belongs, of those that the person looks after."""
    query = select(Market).outerjoin(Stall, Stall.market_id == Market.id)
    query = query.where(or_(Market.id == channel.market_id, Stall.seller_id == channel.seller_id))
    if not actor.is_administrator:
        query = query.where(Market.id.in_(actor.markets))
    return session.scalar(query.order_by(Stall.closed_on.is_not(None), Stall.created_at).limit(1))


@dataclass(frozen=True)
class VirtualNumber:
    """A stall's virtual account, and how many payments came to it."""

    account: VirtualAccount
    payments: int


def list_virtual_accounts(session: Session, channel_id: UUID) -> list[VirtualNumber]:
    """Of a channel that the person was shown already: those in force by their stalls, then those that are over."""
    payments = (
        select(func.count())
        .where(StatementLine.virtual_account_id == VirtualAccount.id, ~StatementLine.repeated)
        .scalar_subquery()
    )
    query = (
        select(VirtualAccount, payments)
        .join(VirtualAccount.stall)
        .where(VirtualAccount.channel_id == channel_id)
        .order_by(VirtualAccount.ended_at.desc(), Stall.number, Stall.id)
        .options(contains_eager(VirtualAccount.stall).joinedload(Stall.market))
    )
    return [VirtualNumber(*row) for row in session.execute(query)]


def list_open_stalls(session: Session, seller_id: UUID) -> Sequence[Stall]:
    """A seller's, wherever they are."""
    query = select(Stall).where(Stall.seller_id == seller_id, Stall.closed_on.is_(None))
    return session.scalars(query.order_by(Stall.number, Stall.id).options(joinedload(Stall.market))).all()
