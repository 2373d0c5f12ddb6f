"""A market's stalls in the order in which one walks past them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Numeric, and_, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from core.clock import business_day, now, start_of_day
from models import CollectionChannel, Payment, Stall
from services.access import Actor, visible_stalls
from services.queries.markets import get_managed_market
from services.queries.shared import shared_parts

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
        .order_by(*in_walking_order())
        .offset((max(page, 1) - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    rows = list(session.scalars(query))
    return rows[:ON_A_PAGE], len(rows) > ON_A_PAGE


@dataclass(frozen=True)
class PaidThoughClosed:
    """So many payments, in đồng together, that came to a stall after it was closed, the last on `last_day`; of one that
    several stalls share its part."""

    stall: Stall
    payments: int
    amount: int
    last_day: date


def list_paid_though_closed(session: Session, actor: Actor, market_id: UUID) -> list[PaidThoughClosed]:
    """The market's closed stalls to which money came within the last 30 days all the same: by an old QR, or for a
    request that was still open. The latest first. Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    since = business_day(now()) - WATCHED
    whole, part = Payment.__table__.c, shared_parts().c
    came = union_all(
        *(
            select(of.stall_id, of.business_day, of.amount, counted.label("payments")).where(
                of.market_id == market_id, of.business_day > since
            )
            for of, counted in ((whole, literal(1)), (part, part.payments))
        )
    ).subquery()
    last_day = func.max(came.c.business_day)
    payments, amount = (cast(func.sum(came.c[name]), BigInteger) for name in ("payments", "amount"))
    query = (
        select(Stall, payments, amount, last_day)
        .join(came, came.c.stall_id == Stall.id)
        .where(came.c.business_day > Stall.closed_on)
        .group_by(Stall.id)
        .order_by(last_day.desc(), Stall.number)
        .options(joinedload(Stall.seller))
    )
    return [PaidThoughClosed(*row) for row in session.execute(query)]


def in_walking_order() -> tuple[ColumnElement[Any], ...]:
    """Row by row, number by number."""
    return Stall.row.asc().nulls_last(), *_natural(Stall.number), Stall.id.asc()


def _natural(number: InstrumentedAttribute[str]) -> tuple[ColumnElement[str], ColumnElement[object]]:
    """A2 before A10: first the letters, then the digits as a number."""
    letters = func.regexp_replace(number, "[0-9]+", "", "g")
    digits = func.nullif(func.regexp_replace(number, "[^0-9]+", "", "g"), "")
    return letters, cast(digits, Numeric)
