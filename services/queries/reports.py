"""What was paid in a market, by day, stall, hour, channel or row of stalls."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    RowMapping,
    Select,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.errors import InvalidInput, text
from models import (
    CashNote,
    CollectionChannel,
    FeePayment,
    Payment,
    Refund,
    RefundStatus,
    Seller,
    Stall,
)
from services.access import Actor
from services.queries.cash_notes import NET_AMOUNT
from services.queries.markets import get_managed_market

LONGEST_DAYS = 366
MONEY = ("cashless", "cash", "refunded", "unmatched", "payments")
NOWHERE = text("Chưa rõ của quầy nào")
"""Beside money that came for no stall."""
UNNAMED = text("Khác")
"""Beside stalls that stand in no row, and channels that no stall uses any more."""
CASH = "cash"
"""The key of what came through no channel: noted by hand at the stalls."""
IN_CASH = text("Tiền mặt")


class GroupBy(StrEnum):
    DAY = "day"
    STALL = "stall"
    HOUR = "hour"
    CHANNEL = "channel"
    ROW = "row"


@dataclass(frozen=True)
class Money:
    """Amounts in đồng. `cashless` came for a stall, `unmatched` for none and lies in suspense; `cash` is what
    stallholders noted."""

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
    """The market's payments on business days `first` … `last`; days and stalls without money are there too.

    Raises InvalidInput (field `to`) for a time that is none or too long, NotFound, Forbidden.
    """
    if last < first:
        raise InvalidInput.of("to", text("Ngày cuối phải từ ngày đầu trở đi"))
    if (last - first).days >= LONGEST_DAYS:
        raise InvalidInput.of("to", text("Nhiều nhất %(days)s ngày", days=LONGEST_DAYS))
    get_managed_market(session, actor, market_id)
    *rows, totals = session.execute(_statement(market_id, first, last, group_by)).mappings().all()
    found = [_row(row["key"], row["label"], _money_in(row)) for row in rows]
    stalls = {name: totals[name] for name in ("stalls_active", "stalls_total")}
    return PaymentsReport(sorted(found, key=_natural), ReportTotals(**_money_in(totals), **stalls))


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
    money = _money(market_id, first, last, group_by)
    key = func.coalesce(keys.c.key, money.c.key)
    stalls_total = select(func.count()).where(Stall.market_id == market_id).scalar_subquery()
    return (
        select(
            key.label("key"),
            func.min(keys.c.label).label("label"),
            *(cast(func.coalesce(func.sum(money.c[name]), 0), BigInteger).label(name) for name in MONEY),
            func.count(money.c.stall_id.distinct()).filter(money.c.payments > 0).label("stalls_active"),
            stalls_total.label("stalls_total"),
        )
        .select_from(keys)
        .join(money, keys.c.key == money.c.key, full=True)
        .group_by(func.grouping_sets(tuple_(key), tuple_()))
        .order_by(func.grouping(key))
    )


def _money(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Subquery:
    """The payments by key and stall, less what was taken for fees or went back; and the cash noted at stalls."""
    return union_all(
        _payments(market_id, first, last, group_by),
        _fees(market_id, first, last, group_by),
        _refunds(market_id, first, last, group_by),
        _cash(market_id, first, last, group_by),
    ).subquery("money")


def _payments(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    amount = func.sum(Payment.amount)
    in_stall = Payment.stall_id.is_not(None)
    query = (
        select(
            _key_of_payment(group_by).label("key"),
            Payment.stall_id,
            case((in_stall, amount), else_=0).label("cashless"),
            literal(0).label("cash"),
            literal(0).label("refunded"),
            case((in_stall, 0), else_=amount).label("unmatched"),
            func.count().label("payments"),
        )
        .where(Payment.market_id == market_id, Payment.business_day.between(first, last))
        .group_by("key", Payment.stall_id)
    )
    return _with_row(query, group_by)


def _fees(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """Fees come for no stall, and are matched all the same. Few: they are looked up by themselves, so that the
    payments can still be read from their index alone."""
    nothing = literal(0)
    query = (
        select(
            _key_of_payment(group_by).label("key"),
            Payment.stall_id,
            nothing.label("cashless"),
            nothing.label("cash"),
            nothing.label("refunded"),
            (-func.sum(FeePayment.amount)).label("unmatched"),
            nothing.label("payments"),
        )
        .join(FeePayment, FeePayment.payment_id == Payment.id)
        .where(
            Payment.market_id == market_id,
            Payment.business_day.between(first, last),
            FeePayment.undone_at.is_(None),
        )
        .group_by("key", Payment.stall_id)
    )
    return _with_row(query, group_by)


def _refunds(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """What went back of the payments of those days, whenever it went."""
    nothing = literal(0)
    amount = func.sum(Refund.amount)
    query = (
        select(
            _key_of_payment(group_by).label("key"),
            Payment.stall_id,
            nothing.label("cashless"),
            nothing.label("cash"),
            amount.label("refunded"),
            case((Payment.stall_id.is_not(None), 0), else_=-amount).label("unmatched"),
            nothing.label("payments"),
        )
        .join(Refund, Refund.payment_id == Payment.id)
        .where(
            Payment.market_id == market_id,
            Payment.business_day.between(first, last),
            Refund.status == RefundStatus.DONE,
        )
        .group_by("key", Payment.stall_id)
    )
    return _with_row(query, group_by)


def _cash(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """What stallholders noted and did not take back."""
    keys: dict[GroupBy, ColumnElement[str]] = {
        GroupBy.DAY: cast(CashNote.business_day, Text),
        GroupBy.STALL: cast(CashNote.stall_id, Text),
        GroupBy.HOUR: func.to_char(func.timezone(str(VIETNAM), CashNote.occurred_at), "HH24"),
        GroupBy.CHANNEL: cast(literal(CASH), Text),
        GroupBy.ROW: func.coalesce(Stall.row, ""),
    }
    nothing = literal(0)
    query = (
        select(
            keys[group_by].label("key"),
            CashNote.stall_id,
            nothing.label("cashless"),
            func.sum(NET_AMOUNT).label("cash"),
            nothing.label("refunded"),
            nothing.label("unmatched"),
            nothing.label("payments"),
        )
        .where(CashNote.market_id == market_id, CashNote.business_day.between(first, last))
        .group_by("key", CashNote.stall_id)
    )
    return query.join(Stall, Stall.id == CashNote.stall_id) if group_by is GroupBy.ROW else query


def _with_row(query: Select[*tuple[Any, ...]], group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    return query.outerjoin(Stall, Stall.id == Payment.stall_id) if group_by is GroupBy.ROW else query


def _key_of_payment(group_by: GroupBy) -> ColumnElement[str]:
    keys: dict[GroupBy, ColumnElement[str]] = {
        GroupBy.DAY: cast(Payment.business_day, Text),
        GroupBy.STALL: cast(Payment.stall_id, Text),
        GroupBy.HOUR: func.to_char(func.timezone(str(VIETNAM), Payment.occurred_at), "HH24"),
        GroupBy.CHANNEL: cast(Payment.channel_id, Text),
        GroupBy.ROW: case((Stall.id.is_not(None), func.coalesce(Stall.row, ""))),
    }
    return keys[group_by]


def _keys(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Subquery:
    """Every key that must be in the report, with its label."""
    queries = {
        GroupBy.DAY: _days(first, last),
        GroupBy.STALL: _stalls(market_id),
        GroupBy.HOUR: _hours(),
        GroupBy.CHANNEL: _channels(market_id),
        GroupBy.ROW: _rows(market_id),
    }
    return queries[group_by].subquery("keys")


def _days(first: date, last: date) -> Select[str | None, str | None]:
    day = func.generate_series(first, last, func.make_interval(0, 0, 0, 1)).column_valued("day")
    text_of_day = cast(cast(day, Date), Text)
    return select(text_of_day.label("key"), text_of_day.label("label"))


def _hours() -> Select[str | None, str | None]:
    hour = func.lpad(cast(func.generate_series(0, 23).column_valued("hour"), Text), 2, "0")
    return select(hour.label("key"), (hour + ":00").label("label"))


def _stalls(market_id: UUID) -> Select[str | None, str | None]:
    return (
        select(cast(Stall.id, Text).label("key"), (Stall.number + " · " + Seller.name).label("label"))
        .join(Stall.seller)
        .where(Stall.market_id == market_id)
    )


def _channels(market_id: UUID) -> Select[str | None, str | None]:
    """The market's channels and those that its stalls use."""
    used = select(Stall.channel_id).where(Stall.market_id == market_id)
    name = CollectionChannel.name + func.coalesce(literal(" · ") + Seller.name, "")
    return (
        select(cast(CollectionChannel.id, Text).label("key"), name.label("label"))
        .outerjoin(Seller, Seller.id == CollectionChannel.seller_id)
        .where(or_(CollectionChannel.market_id == market_id, CollectionChannel.id.in_(used)))
    )


def _rows(market_id: UUID) -> Select[str, str | None]:
    key = func.coalesce(Stall.row, "")
    return (
        select(key.label("key"), func.min(Stall.row).label("label"))
        .where(Stall.market_id == market_id)
        .group_by(key)
    )
