"""The thresholds of a year's revenue: how far a seller is from them, and which sellers are near one or past it.

The book judges what it has added up itself; all others go by `year_revenues`, which the clock keeps
(`services.revenues`), so that a page costs the same however much a seller sold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from core.clock import business_day, now
from models import Seller, Stall, YearRevenue
from services.access import Actor, own_seller, sellers_with_books
from services.queries.tax_rules import EINVOICE_REVENUE, EXEMPT_REVENUE, WARN_FROM, TaxRules, read_tax_rules

WHOLE = 10_000
"""In hundredths of a per cent."""
LATE = timedelta(days=31)
"""For so long last year is looked at, too: its last days are told of late."""
ON_A_PAGE, LAST_PAGE = 60, 10_000


class Reach(StrEnum):
    """How far the year's revenue is from a threshold."""

    BELOW = "below"
    NEAR = "near"
    PASSED = "passed"


@dataclass(frozen=True)
class Threshold:
    """`percent` of `amount` đồng is reached, rounded down."""

    code: str
    amount: int
    percent: int
    reach: Reach


@dataclass(frozen=True)
class Limit:
    """A threshold as a year has it: from `near_from` đồng of revenue on it is near, from `passed_from` on passed."""

    code: str
    amount: int
    near_from: int
    passed_from: int

    def over(self, revenue: int) -> Threshold:
        percent = max(revenue, 0) * 100 // self.amount
        near = Reach.NEAR if revenue >= self.near_from else Reach.BELOW
        return Threshold(
            self.code, self.amount, percent, Reach.PASSED if revenue >= self.passed_from else near
        )


@dataclass(frozen=True)
class Standing:
    """A seller's revenue of a year, with the seller, and the thresholds that it is near or past."""

    kept: YearRevenue
    thresholds: Sequence[Threshold]


def thresholds_over(rules: TaxRules, year: int, revenue: int) -> list[Threshold]:
    return [limit.over(revenue) for limit in limits_of(rules, year)]


def limits_of(rules: TaxRules, year: int) -> list[Limit]:
    """Those of the year's last day."""
    last = date(year, 12, 31)
    amounts = {code: rules.number(code, last) for code in (EXEMPT_REVENUE, EINVOICE_REVENUE)}
    warn_from = rules.number(WARN_FROM, last)
    return [_limit(code, amount, warn_from) for code, amount in amounts.items() if amount]


def _limit(code: str, amount: int, warn_from: int | None) -> Limit:
    """Up to the amount is still below it. E-invoices are due from theirs on, so reaching that is passing it.
    `warn_from` hundredths of a per cent, rounded up to whole đồng, is near."""
    passed_from = amount if code == EINVOICE_REVENUE else amount + 1
    near_from = passed_from if warn_from is None else -(-amount * warn_from // WHOLE)
    return Limit(code, amount, min(near_from, passed_from), passed_from)


def years_watched() -> list[int]:
    """This year, and last year while its last days are still told of; the newest first."""
    today = business_day(now())
    return sorted({today.year, (today - LATE).year}, reverse=True)


def list_own_standings(session: Session, actor: Actor) -> Sequence[Standing]:
    """Of those as whom the person sells."""
    return _list(session, [own_seller(actor, YearRevenue.seller_id)])[0]


def list_standings_of(session: Session, actor: Actor, seller_id: UUID) -> Sequence[Standing]:
    """Of one seller, whose book the person may read."""
    return _list(session, [YearRevenue.seller_id == seller_id, sellers_with_books(actor)])[0]


def list_standings(
    session: Session, actor: Actor, market_id: UUID | None = None, page: int = 1
) -> tuple[Sequence[Standing], bool]:
    """Of the sellers whose books the person may read, in that market or in all: page `page` (from 1), the highest
    revenue first, with the messages about them, and whether there are more after it."""
    return _list(session, _looked_after(actor, market_id), page, selectinload(YearRevenue.notices))


def count_standings(session: Session, actor: Actor, market_id: UUID | None = None) -> int:
    """How many `list_standings` has on all pages."""
    near = _near(read_tax_rules(session)).where(*_looked_after(actor, market_id))
    return session.scalar(select(func.count()).select_from(near.subquery())) or 0


def is_near(rules: TaxRules, year: int) -> ColumnElement[bool]:
    """Of a row of `year_revenues`: whether it is of that year, and near a threshold or past it."""
    least = min((limit.near_from for limit in limits_of(rules, year)), default=None)
    return false() if least is None else and_(YearRevenue.year == year, YearRevenue.revenue >= least)


def _near(rules: TaxRules) -> Select[YearRevenue]:
    near = or_(*(is_near(rules, year) for year in years_watched()))
    return select(YearRevenue).join(YearRevenue.seller).where(near)


def _list(
    session: Session, which: Sequence[ColumnElement[bool]], page: int = 1, *options: ORMOption
) -> tuple[Sequence[Standing], bool]:
    rules = read_tax_rules(session)
    query = (
        _near(rules)
        .where(*which)
        .options(contains_eager(YearRevenue.seller), *options)
        .order_by(YearRevenue.year.desc(), YearRevenue.revenue.desc(), YearRevenue.seller_id)
        .offset((min(max(page, 1), LAST_PAGE) - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    found = session.scalars(query).all()
    return [_standing(rules, row) for row in found[:ON_A_PAGE]], len(found) > ON_A_PAGE


def _standing(rules: TaxRules, row: YearRevenue) -> Standing:
    over = thresholds_over(rules, row.year, row.revenue)
    return Standing(row, [threshold for threshold in over if threshold.reach is not Reach.BELOW])


def _looked_after(actor: Actor, market_id: UUID | None) -> list[ColumnElement[bool]]:
    if market_id is None:
        return [sellers_with_books(actor)]
    there = select(Stall.seller_id).where(Stall.market_id == market_id, Stall.closed_on.is_(None))
    return [sellers_with_books(actor), Seller.id.in_(there)]
