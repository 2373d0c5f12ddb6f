"""What floors paid out: by month and floor, what was kept aside, and what is still owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from core.clock import now, start_of_day
from core.periods import next_month
from models import (
    FloorCursor,
    FloorSettlement,
    Order,
    OrderStatus,
    PollSubject,
    SettlementKind,
    SettlementShare,
)
from services.access import Actor, visible_orders
from services.queries.paging import DEFAULT_LIMIT, Page, given, page_of
from services.queries.paging import Order as Sorting

LATE = timedelta(days=14)
"""Ours, not the floors': so long after its delivery an order without a settlement is worth a look."""
BEFORE_WE_READ = timedelta(days=90)
"""As far back as a first look at a floor goes; of what lies before it, no settlement can be known."""
MOST_SHOWN = 100


@dataclass(frozen=True)
class Settled:
    """What several settlements come to; đồng. `vat` and `pit` are None where not all of them tell them apart."""

    gross: int
    fees: int
    withheld: int
    net: int
    vat: int | None = None
    pit: int | None = None


@dataclass(frozen=True)
class FloorSum:
    """What one floor settled in a month, in `count` settlements."""

    marketplace: str
    count: int
    sums: Settled


def add_up(shares: Sequence[SettlementShare]) -> Settled | None:
    """What an order's settlements come to; None where there is none."""
    if not shares:
        return None
    apart = [(share.vat, share.pit) for share in shares if share.vat is not None and share.pit is not None]
    told_apart = len(apart) == len(shares)
    return Settled(
        gross=sum(share.gross for share in shares),
        fees=sum(share.fees for share in shares),
        withheld=sum(share.withheld for share in shares),
        net=sum(share.net for share in shares),
        vat=sum(vat for vat, _ in apart) if told_apart else None,
        pit=sum(pit for _, pit in apart) if told_apart else None,
    )


def sum_by_floor(
    session: Session, actor: Actor, period: str, seller_id: UUID | None = None
) -> list[FloorSum]:
    """Of one month, by what lies within the person's sight."""
    amounts = [func.sum(getattr(SettlementShare, name)) for name in ("gross", "fees", "withheld", "net")]
    query = (
        select(Order.marketplace, func.count(), *amounts)
        .join(SettlementShare, SettlementShare.order_id == Order.id)
        .where(visible_orders(actor), *given(Order.seller_id, seller_id), *_within(period))
        .group_by(Order.marketplace)
        .order_by(Order.marketplace)
    )
    return [FloorSum(name, count, Settled(*map(int, sums))) for name, count, *sums in session.execute(query)]


def list_shares(
    session: Session,
    actor: Actor,
    period: str,
    *,
    marketplace: str | None = None,
    seller_id: UUID | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[SettlementShare]:
    """The month's settlements of orders within the person's sight, the newest first."""
    query = (
        select(SettlementShare)
        .join(SettlementShare.order)
        .where(
            visible_orders(actor),
            *given(Order.marketplace, marketplace),
            *given(Order.seller_id, seller_id),
            *_within(period),
        )
        .options(
            contains_eager(SettlementShare.order).joinedload(Order.seller),
            joinedload(SettlementShare.settlement),
        )
    )
    return page_of(session, query, Sorting(SettlementShare.settled_at, SettlementShare.id), limit, cursor)


def list_aside(
    session: Session, actor: Actor, period: str, marketplace: str | None = None
) -> Sequence[FloorSettlement]:
    """What counts nowhere: settlements that cannot be, and those of orders that nobody here knows. One that names an
    order is seen by whoever sees the order; the rest by administrators."""
    ours = exists().where(
        Order.marketplace == FloorSettlement.marketplace, Order.external_id == FloorSettlement.order_number
    )
    query = (
        select(FloorSettlement)
        .where(
            FloorSettlement.problem.is_not(None) | ~ours,
            true() if actor.is_administrator else ours.where(visible_orders(actor)),
            *given(FloorSettlement.marketplace, marketplace),
            FloorSettlement.settled_at >= _from(period),
            FloorSettlement.settled_at < _until(period),
        )
        .order_by(FloorSettlement.settled_at.desc(), FloorSettlement.id)
        .limit(MOST_SHOWN)
    )
    return session.scalars(query).all()


def list_aside_of(session: Session, order: Order) -> Sequence[FloorSettlement]:
    """What of an order's settlements could not be taken over; the order was found within sight."""
    query = select(FloorSettlement).where(
        FloorSettlement.marketplace == order.marketplace,
        FloorSettlement.order_number == order.external_id,
        FloorSettlement.problem.is_not(None),
    )
    return session.scalars(query.order_by(FloorSettlement.settled_at)).all()


def list_owed(session: Session, actor: Actor, seller_id: UUID | None = None) -> Sequence[Order]:
    """Orders that were delivered a while ago (`LATE`) and are not settled, the oldest first; of floors that settle."""
    query = select(Order).where(*_owed(actor, seller_id)).options(joinedload(Order.seller))
    return session.scalars(query.order_by(Order.closed_at, Order.id).limit(MOST_SHOWN)).all()


def count_owed(session: Session, actor: Actor, seller_id: UUID | None = None) -> int:
    return session.scalar(select(func.count(Order.id)).where(*_owed(actor, seller_id))) or 0


def _owed(actor: Actor, seller_id: UUID | None) -> list[ColumnElement[bool]]:
    settled = exists().where(
        SettlementShare.order_id == Order.id,
        SettlementShare.settlement_id == FloorSettlement.id,
        FloorSettlement.kind == SettlementKind.ORDER,
    )
    read = exists().where(
        FloorCursor.marketplace == Order.marketplace,
        FloorCursor.subject == PollSubject.SETTLEMENTS,
        Order.closed_at >= FloorCursor.created_at - BEFORE_WE_READ,
    )
    return [
        Order.status == OrderStatus.DELIVERED,
        Order.closed_at < now() - LATE,
        read,
        ~settled,
        visible_orders(actor),
        *given(Order.seller_id, seller_id),
    ]


def _within(period: str) -> list[ColumnElement[bool]]:
    return [SettlementShare.settled_at >= _from(period), SettlementShare.settled_at < _until(period)]


def _from(period: str) -> datetime:
    return start_of_day(date.fromisoformat(f"{period}-01"))


def _until(period: str) -> datetime:
    return _from(next_month(period))
