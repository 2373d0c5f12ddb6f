"""The sums that a market's reports are made of: by key and stall, so that the payments are read once, from the covering
index alone (but for hours)."""

from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from core.clock import VIETNAM
from models import AccountKind, CashNote, FeePayment, Payment, Stall
from services.queries.cash_notes import NET_AMOUNT
from services.queries.went_back import went_back, written_off

MONEY = ("cashless", "cash", "refunded", "unmatched", "payments")
CASH = "cash"
"""The key of what came through no channel: noted by hand at the stalls."""


class GroupBy(StrEnum):
    DAY = "day"
    STALL = "stall"
    HOUR = "hour"
    CHANNEL = "channel"
    ROW = "row"


def money_by(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Subquery:
    """The payments by key and stall, less what was taken for fees, written off or went back; and the cash noted at
    stalls."""
    return union_all(
        _payments(market_id, first, last, group_by),
        _fees(market_id, first, last, group_by),
        _written_off(market_id, first, last, group_by),
        _went_back(market_id, first, last, group_by),
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
    """Fees come for no stall, and are matched all the same, also those that went back later, or were paid out of what
    came for a stall. Few: they are looked up by themselves, so that the payments can still be read from their index
    alone."""
    nothing = literal(0)
    amount = func.sum(FeePayment.amount)
    in_stall = Payment.stall_id.is_not(None)
    query = (
        select(
            _key_of_payment(group_by).label("key"),
            Payment.stall_id,
            case((in_stall, -amount), else_=0).label("cashless"),
            nothing.label("cash"),
            nothing.label("refunded"),
            case((in_stall, 0), else_=-amount).label("unmatched"),
            nothing.label("payments"),
        )
        .join(FeePayment, FeePayment.payment_id == Payment.id)
        .where(
            Payment.market_id == market_id,
            Payment.business_day.between(first, last),
        )
        .group_by("key", Payment.stall_id)
    )
    return _with_row(query, group_by)


def _written_off(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """What nobody will ask for lies in suspense no more."""
    lost = written_off()
    nothing = literal(0)
    nobodys: ColumnElement[UUID] = cast(null(), Uuid)
    keys: dict[GroupBy, ColumnElement[str]] = {
        GroupBy.DAY: cast(lost.c.business_day, Text),
        GroupBy.STALL: cast(nobodys, Text),
        GroupBy.HOUR: func.to_char(func.timezone(str(VIETNAM), lost.c.occurred_at), "HH24"),
        GroupBy.CHANNEL: cast(lost.c.channel_id, Text),
        GroupBy.ROW: cast(nobodys, Text),
    }
    return (
        select(
            keys[group_by].label("key"),
            nobodys.label("stall_id"),
            nothing.label("cashless"),
            nothing.label("cash"),
            nothing.label("refunded"),
            (-func.sum(lost.c.amount)).label("unmatched"),
            nothing.label("payments"),
        )
        .where(lost.c.market_id == market_id, lost.c.business_day.between(first, last))
        .group_by("key")
    )


def _went_back(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Select[*tuple[Any, ...]]:
    """What went back on those days, whenever it had come; fees are in no column, neither before nor after."""
    back = went_back()
    keys: dict[GroupBy, ColumnElement[str]] = {
        GroupBy.DAY: cast(back.c.business_day, Text),
        GroupBy.STALL: cast(back.c.stall_id, Text),
        GroupBy.HOUR: func.to_char(func.timezone(str(VIETNAM), back.c.created_at), "HH24"),
        GroupBy.CHANNEL: cast(back.c.channel_id, Text),
        GroupBy.ROW: case((Stall.id.is_not(None), func.coalesce(Stall.row, ""))),
    }
    of_stall = back.c.stall_id.is_not(None)
    nothing = literal(0)
    query = (
        select(
            keys[group_by].label("key"),
            back.c.stall_id,
            func.sum(case((of_stall, -back.c.amount), else_=0)).label("cashless"),
            nothing.label("cash"),
            func.sum(back.c.amount).label("refunded"),
            func.sum(case((of_stall, 0), else_=-back.c.amount)).label("unmatched"),
            nothing.label("payments"),
        )
        .where(
            back.c.market_id == market_id,
            back.c.business_day.between(first, last),
            back.c.held_as != AccountKind.FEES,
        )
        .group_by("key", back.c.stall_id)
    )
    return query.outerjoin(Stall, Stall.id == back.c.stall_id) if group_by is GroupBy.ROW else query


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
