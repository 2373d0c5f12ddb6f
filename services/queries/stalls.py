"""A market's stalls in the order in which one walks past them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Numeric, and_, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from core.clock import business_day, now, start_of_day
from models import CollectionChannel, Payment, Stall
from services.access import Actor, visible_stalls
from services.queries.markets import get_managed_market

ON_A_PAGE = 60
ONE_DAY = timedelta(days=1)
WATCHED = timedelta(days=30)
"""For so long the market's page tells of money that came to a closed stall."""


def open_within(first: date, last: date) -> ColumnElement[bool]:
    """Stalls that were open on some of the business days `first` … `last`."""
    return and_(
        Stall.created_at < start_of_day(last + ONE_DAY),
        or_(Stall.closed_on.is_(None), Stall.closed_on >= first),
    )


class StallStatus(StrEnum):
    """Which stalls a list shows."""

    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


def of_status(status: StallStatus) -> Sequence[ColumnElement[bool]]:
    closed = Stall.closed_on.is_not(None)
    return {StallStatus.OPEN: [~closed], StallStatus.CLOSED: [closed], StallStatus.ALL: []}[status]


def count_closed(session: Session, market_id: UUID) -> int:
    """Of a market that is within sight."""
    closed = select(func.count()).where(Stall.market_id == market_id, Stall.closed_on.is_not(None))
    return session.execute(closed).scalar_one()


def list_market_stalls(
    session: Session, actor: Actor, market_id: UUID, page: int = 1, status: StallStatus = StallStatus.OPEN
) -> tuple[list[Stall], bool]:
    """The stalls of page `page` (from 1) with sellers and channels, and whether there are more after them."""
    query = (
        select(Stall)
        .where(Stall.market_id == market_id, visible_stalls(actor), *of_status(status))
        .options(joinedload(Stall.seller), joinedload(Stall.channel).defer(CollectionChannel.credentials))
        .order_by(Stall.row.asc().nulls_last(), *_natural(Stall.number), Stall.id)
        .offset((max(page, 1) - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    rows = list(session.scalars(query))
    return rows[:ON_A_PAGE], len(rows) > ON_A_PAGE


@dataclass(frozen=True)
class PaidThoughClosed:
    """So many payments, in đồng together, that came to a stall after it was closed, the last on `last_day`."""

    stall: Stall
    payments: int
    amount: int
    last_day: date


def list_paid_though_closed(session: Session, actor: Actor, market_id: UUID) -> list[PaidThoughClosed]:
    """The market's closed stalls to which money came within the last 30 days all the same: by an old QR, or for a
    request that was still open. The latest first. Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    last_day = func.max(Payment.business_day)
    query = (
        select(Stall, func.count(), cast(func.sum(Payment.amount), BigInteger), last_day)
        .join(Payment, Payment.stall_id == Stall.id)
        .where(
            Stall.market_id == market_id,
            Payment.market_id == market_id,
            Payment.business_day > Stall.closed_on,
            Payment.business_day > business_day(now()) - WATCHED,
        )
        .group_by(Stall.id)
        .order_by(last_day.desc(), Stall.number)
        .options(joinedload(Stall.seller))
    )
    return [PaidThoughClosed(*row) for row in session.execute(query)]


def _natural(number: InstrumentedAttribute[str]) -> tuple[ColumnElement[str], ColumnElement[object]]:
    """A2 before A10: first the letters, then the digits as a number."""
    letters = func.regexp_replace(number, "[0-9]+", "", "g")
    digits = func.nullif(func.regexp_replace(number, "[^0-9]+", "", "g"), "")
    return letters, cast(digits, Numeric)
