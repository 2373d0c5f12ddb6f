"""What was paid in a market, by day, stall, hour, channel or row of stalls."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Date,
    RowMapping,
    ScalarSelect,
    Select,
    Subquery,
    Text,
    cast,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session

from core.errors import InvalidInput, text
from models import (
    CollectionChannel,
    Seller,
    Stall,
)
from services.access import Actor
from services.queries.markets import get_managed_market
from services.queries.report_sums import CASH, MONEY, GroupBy, money_by
from services.queries.stalls import open_within

__all__ = ["MONEY", "GroupBy", "PaymentsReport", "ReportRow", "ReportTotals", "payments_report", "shares_of"]

LONGEST_DAYS = 366
NOWHERE = text("Chưa rõ của quầy nào")
"""Beside money that came for no stall."""
UNNAMED = text("Khác")
"""Beside stalls that stand in no row, and channels that no stall uses any more."""
IN_CASH = text("Tiền mặt")


@dataclass(frozen=True)
class Money:
    """Amounts in đồng. `cashless` came for a stall, `unmatched` for none and lies in suspense, both less what went
    back on these days, which is `refunded`: paid back, or taken back by the bank. `cash` is what stallholders noted."""

    cashless: int
    cash: int
    refunded: int
    unmatched: int
    payments: int


@dataclass(frozen=True)
class ReportRow(Money):
    """`key` is a day, a stall's or channel's id, an hour (`07`) or a row; None for money that has none."""

    key: str | None
    label: str


@dataclass(frozen=True)
class ReportTotals(Money):
    """`stalls_active`: those that took cashless money in the time."""

    stalls_active: int
    stalls_total: int


@dataclass(frozen=True)
class PaymentsReport:
    rows: list[ReportRow]
    totals: ReportTotals


def payments_report(
    session: Session, actor: Actor, market_id: UUID, first: date, last: date, group_by: GroupBy
) -> PaymentsReport:
    """The market's payments on business days `first` … `last`; days without money are there too, and stalls that were
    open then.

    Raises InvalidInput (field `to`) for a time that is none or too long, NotFound, Forbidden.
    """
    if last < first:
        raise InvalidInput.of("to", text("Ngày cuối phải từ ngày đầu trở đi"))
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInput.of("to", text("Nhiều nhất %(days)s ngày", days=LONGEST_DAYS))
    get_managed_market(session, actor, market_id)
    *rows, totals = session.execute(_statement(market_id, first, last, group_by)).mappings().all()
    found = [
        _row(row["key"], row["label"], _money_in(row))
        for row in rows
        if row["expected"] or any(_money_in(row).values())
    ]
    stalls = {name: totals[name] for name in ("stalls_active", "stalls_total")}
    return PaymentsReport(sorted(found, key=_natural), ReportTotals(**_money_in(totals), **stalls))


@dataclass(frozen=True)
class Shares:
    """Time in which a market took money, by stall, row of stalls and channel; those with money only."""

    totals: ReportTotals
    stalls: list[ReportRow]
    rows: list[ReportRow]
    channels: list[ReportRow]


def shares_of(session: Session, market_id: UUID, first: date, last: date) -> Shares:
    """What `payments_report` says by stall, row and channel, asked for at once. The market was found within sight."""
    money = money_by(market_id, first, last, GroupBy.CHANNEL)
    channels = _channels(market_id, first, last).subquery("channels")
    total = _count_stalls(market_id, first, last)
    query = (
        select(
            money,
            Stall.row,
            (Stall.number + " · " + Seller.name).label("stall"),
            channels.c.label.label("channel"),
            total.label("stalls_total"),
        )
        .outerjoin(Stall, Stall.id == money.c.stall_id)
        .outerjoin(Seller, Seller.id == Stall.seller_id)
        .outerjoin(channels, channels.c.key == money.c.key)
    )
    found = session.execute(query).mappings().all()
    active = len({row["stall_id"] for row in found if row["stall_id"] and row["payments"]})
    stalls_total = found[0]["stalls_total"] if found else session.scalars(select(total)).one()
    sums = {name: sum(int(row[name]) for row in found) for name in MONEY}
    return Shares(
        ReportTotals(**sums, stalls_active=active, stalls_total=stalls_total),
        _shares((str(row["stall_id"]) if row["stall_id"] else None, row["stall"], row) for row in found),
        _shares(((row["row"] or "") if row["stall_id"] else None, row["row"], row) for row in found),
        _shares((row["key"], row["channel"], row) for row in found),
    )


def _shares(found: Iterable[tuple[str | None, str | None, RowMapping]]) -> list[ReportRow]:
    sums: dict[str | None, Counter[str]] = {}
    labels = {}
    for key, label, row in found:
        labels[key] = label
        sums.setdefault(key, Counter()).update({name: int(row[name]) for name in MONEY})
    rows = [_row(key, labels[key], {name: money[name] for name in MONEY}) for key, money in sums.items()]
    return sorted((row for row in rows if row.payments or row.cash or row.refunded), key=_natural)


def _count_stalls(market_id: UUID, first: date, last: date) -> ScalarSelect[int]:
    here = select(func.count()).where(Stall.market_id == market_id, open_within(first, last))
    return here.scalar_subquery()


def _money_in(row: RowMapping) -> dict[str, int]:
    return {name: row[name] for name in MONEY}


def _row(key: str | None, label: str | None, money: dict[str, int]) -> ReportRow:
    unnamed = {None: NOWHERE, CASH: IN_CASH}.get(key, UNNAMED)
    return ReportRow(key=key, label=label or unnamed, **money)


def _natural(row: ReportRow) -> tuple[bool, list[tuple[int, str]]]:
    """Stall 9 before stall 10; money of nowhere last."""
    parts = re.split(r"([0-9]+)", row.label)
    return row.key is None, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _statement(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """One row for every key and, last, the totals. Sums are made by key and stall first: so the payments are
    read once, from the covering index alone (but for hours), and few rows are left to be counted apart."""
    keys = _keys(market_id, first, last, group_by)
    money = money_by(market_id, first, last, group_by)
    key = func.coalesce(keys.c.key, money.c.key)
    return (
        select(
            key.label("key"),
            func.min(keys.c.label).label("label"),
            *(cast(func.coalesce(func.sum(money.c[name]), 0), BigInteger).label(name) for name in MONEY),
            func.count(money.c.stall_id.distinct()).filter(money.c.payments > 0).label("stalls_active"),
            _count_stalls(market_id, first, last).label("stalls_total"),
            func.coalesce(func.bool_or(keys.c.expected), True).label("expected"),
        )
        .select_from(keys)
        .join(money, keys.c.key == money.c.key, full=True)
        .group_by(func.grouping_sets(tuple_(key), tuple_()))
        .order_by(func.grouping(key))
    )


def _keys(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Subquery:
    """Every key that may be in the report, with its label; those that are not `expected` only where money was."""
    queries = {
        GroupBy.DAY: _days(first, last),
        GroupBy.STALL: _stalls(market_id, first, last),
        GroupBy.HOUR: _hours(),
        GroupBy.CHANNEL: _channels(market_id, first, last),
        GroupBy.ROW: _rows(market_id, first, last),
    }
    return queries[group_by].subquery("keys")


def _days(first: date, last: date) -> Select[str | None, str | None, bool]:
    day = func.generate_series(first, last, func.make_interval(0, 0, 0, 1)).column_valued("day")
    text_of_day = cast(cast(day, Date), Text)
    return select(text_of_day.label("key"), text_of_day.label("label"), true().label("expected"))


def _hours() -> Select[str | None, str | None, bool]:
    hour = func.lpad(cast(func.generate_series(0, 23).column_valued("hour"), Text), 2, "0")
    return select(hour.label("key"), (hour + ":00").label("label"), true().label("expected"))


def _stalls(market_id: UUID, first: date, last: date) -> Select[str | None, str | None, bool]:
    return (
        select(
            cast(Stall.id, Text).label("key"),
            (Stall.number + " · " + Seller.name).label("label"),
            open_within(first, last).label("expected"),
        )
        .join(Stall.seller)
        .where(Stall.market_id == market_id)
    )


def _channels(market_id: UUID, first: date, last: date) -> Select[str | None, str | None, bool]:
    """The market's channels and those that its stalls use."""
    used = select(Stall.channel_id).where(Stall.market_id == market_id)
    own = CollectionChannel.market_id == market_id
    name = CollectionChannel.name + func.coalesce(literal(" · ") + Seller.name, "")
    return (
        select(
            cast(CollectionChannel.id, Text).label("key"),
            name.label("label"),
            func.coalesce(
                or_(own, CollectionChannel.id.in_(used.where(open_within(first, last)))), False
            ).label("expected"),
        )
        .outerjoin(Seller, Seller.id == CollectionChannel.seller_id)
        .where(or_(own, CollectionChannel.id.in_(used)))
    )


def _rows(market_id: UUID, first: date, last: date) -> Select[str, str | None, bool]:
    key = func.coalesce(Stall.row, "")
    return (
        select(
            key.label("key"),
            func.min(Stall.row).label("label"),
            func.bool_or(open_within(first, last)).label("expected"),
        )
        .where(Stall.market_id == market_id)
        .group_by(key)
    )
