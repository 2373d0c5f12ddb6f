"""The sums that a market's reports are made of: by key and stall, so that the payments are read once, from the covering
index alone (but for hours)."""

from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Select,
    SQLColumnExpression,
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
from services.queries.shared import shared_parts
from services.queries.went_back import went_back, written_off

MONEY = ("cashless", "cash", "refunded", "unmatched", "payments")
CASH = "cash"
"""The key of what came through no channel: noted by hand at the stalls."""
Sums = Select[*tuple[Any, ...]]
Column = SQLColumnExpression[Any]


class GroupBy(StrEnum):
    DAY = "day"
    STALL = "stall"
    HOUR = "hour"
    CHANNEL = "channel"
    ROW = "row"


class Moved(NamedTuple):
    """Where money that moved stands: on which day, at which moment, at which stall (none for nobody's)."""

    market_id: Column
    day: Column
    moment: Column
    stall_id: Column
    channel_id: Column


class Asked(NamedTuple):
    """A market's business days from the first to the last, and what stands for a row of the report."""

    market_id: UUID
    first: date
    last: date
    group_by: GroupBy


PAYMENTS = Moved(
    Payment.market_id, Payment.business_day, Payment.occurred_at, Payment.stall_id, Payment.channel_id
)


def money_by(market_id: UUID, first: date, last: date, group_by: GroupBy) -> Subquery:
    """The payments by key and stall, the parts of several stalls where they are; less what was taken for fees, written
    off or went back; and the cash noted at stalls."""
    asked = Asked(market_id, first, last, group_by)
    sources = (_payments, _shared, _fees, _written_off, _went_back, _cash)
    return union_all(*(source(asked) for source in sources)).subquery("money")


def _payments(asked: Asked) -> Sums:
    amount = func.sum(Payment.amount)
    return _sums(asked, PAYMENTS, payments=func.count(), **_at_stall(Payment.stall_id, amount))


def _shared(asked: Asked) -> Sums:
    """From no stall to those that share it. Looked up by themselves, as fees are."""
    part = shared_parts().c
    moved = Moved(part.market_id, part.business_day, part.occurred_at, part.stall_id, part.channel_id)
    amounts = _at_stall(part.stall_id, func.sum(part.amount))
    return _sums(asked, moved, payments=func.sum(part.payments), **amounts)


def _fees(asked: Asked) -> Sums:
    """Fees come for no stall, and are matched all the same, also those that went back later, or were paid out of what
    came for a stall. Few: they are looked up by themselves, so that the payments can still be read from their index
    alone."""
    amounts = _at_stall(Payment.stall_id, -func.sum(FeePayment.amount))
    return _sums(asked, PAYMENTS, **amounts).join(FeePayment, FeePayment.payment_id == Payment.id)


def _written_off(asked: Asked) -> Sums:
    """What nobody will ask for lies in suspense no more."""
    lost = written_off().c
    nobodys = cast(null(), Uuid)
    moved = Moved(lost.market_id, lost.business_day, lost.occurred_at, nobodys, lost.channel_id)
    return _sums(asked, moved, unmatched=-func.sum(lost.amount))


def _went_back(asked: Asked) -> Sums:
    """What went back on those days, whenever it had come; fees are in no column, neither before nor after."""
    back = went_back().c
    moved = Moved(back.market_id, back.business_day, back.created_at, back.stall_id, back.channel_id)
    amount = func.sum(back.amount)
    sums = _sums(asked, moved, refunded=amount, **_at_stall(back.stall_id, -amount))
    return sums.where(back.held_as != AccountKind.FEES)


def _cash(asked: Asked) -> Sums:
    """What stallholders noted and did not take back."""
    of_cash = cast(literal(CASH), Text)
    moved = Moved(CashNote.market_id, CashNote.business_day, CashNote.occurred_at, CashNote.stall_id, of_cash)
    return _sums(asked, moved, cash=func.sum(NET_AMOUNT))


def _at_stall(stall_id: Column, amount: Column) -> dict[str, Column]:
    """The sum of a group: cashless where it is a stall's, else it is matched to nothing."""
    of_stall = stall_id.is_not(None)
    return {"cashless": case((of_stall, amount), else_=0), "unmatched": case((of_stall, 0), else_=amount)}


def _sums(asked: Asked, moved: Moved, **sums: Column) -> Sums:
    """By key and stall; what `sums` does not tell is nothing."""
    query: Sums = (
        select(
            _key(asked.group_by, moved).label("key"),
            moved.stall_id.label("stall_id"),
            *(sums.get(name, literal(0)).label(name) for name in MONEY),
        )
        .where(moved.market_id == asked.market_id, moved.day.between(asked.first, asked.last))
        .group_by("key", moved.stall_id)
    )
    return query.outerjoin(Stall, Stall.id == moved.stall_id) if asked.group_by is GroupBy.ROW else query


def _key(group_by: GroupBy, moved: Moved) -> SQLColumnExpression[str]:
    keys: dict[GroupBy, SQLColumnExpression[str]] = {
        GroupBy.DAY: cast(moved.day, Text),
        GroupBy.STALL: cast(moved.stall_id, Text),
        GroupBy.HOUR: func.to_char(func.timezone(str(VIETNAM), moved.moment), "HH24"),
        GroupBy.CHANNEL: cast(moved.channel_id, Text),
        GroupBy.ROW: case((Stall.id.is_not(None), func.coalesce(Stall.row, ""))),
    }
    return keys[group_by]
