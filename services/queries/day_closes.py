"""A market's business day as its close shows it: what came, what is matched, what is open."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, BigInteger, Date, Select, Text, case, cast, func, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from core.clock import VIETNAM, start_of_day
from models import (
    AccountKind,
    CloseAct,
    DayClose,
    ExceptionStatus,
    JournalAccount,
    JournalEntry,
    Payment,
    ReconciliationException,
    Stall,
    StatementLine,
)
from services.access import Actor
from services.queries.exceptions import moment_of_line
from services.queries.markets import get_managed_market
from services.queries.reports import MONEY, NOWHERE, GroupBy, ReportRow, ReportTotals, shares_of
from services.queries.shared import shared_parts

TIED = (AccountKind.SELLER, AccountKind.FEES, AccountKind.WRITE_OFF, AccountKind.ROUNDING)
COMPARED = ("payments", "cash", "came", "matched", "open_count", "open_amount", "next_bank_day")
COMPARED_BY_STALL = (*MONEY, "next_bank_day")
NO_MONEY = dict.fromkeys(COMPARED_BY_STALL, 0)


@dataclass(frozen=True)
class CloseRow(ReportRow):
    """Of what came, the bank books `next_bank_day` đồng a day later."""

    next_bank_day: int


@dataclass(frozen=True)
class StallChange:
    """What is another than it was signed for one stall (for none where `key` is None): `changes` is now less then, in
    đồng, but of `payments`, which are counted."""

    key: str | None
    label: str
    changes: Mapping[str, int]


@dataclass(frozen=True)
class DayFigures:
    """Amounts in đồng. `came` is all that came without cash, of which `matched` has found its owner (a seller,
    the market's fees) and `open_amount` lies in suspense; what is in neither went back, or is about to. `open_count`
    exceptions wait for a person; the bank books `next_bank_day` of what came a day later. `stalls`, `rows`, `channels`:
    those with money only, less what went back on this day, whenever it had come (`totals.refunded`)."""

    totals: ReportTotals
    came: int
    matched: int
    next_bank_day: int
    open_count: int
    open_amount: int
    stalls: list[CloseRow]
    rows: list[CloseRow]
    channels: list[CloseRow]

    @property
    def payments(self) -> int:
        return self.totals.payments

    @property
    def cash(self) -> int:
        return self.totals.cash

    def as_signed(self) -> dict[str, Any]:
        """As a signature keeps them: plain values."""
        return asdict(self)


@dataclass(frozen=True)
class DayState:
    """A day with its figures now, the newest signature's (None while it is open), and every act, newest first."""

    day: date
    figures: DayFigures
    signed: Mapping[str, Any] | None
    acts: list[DayClose]

    @property
    def status(self) -> str:
        return self.acts[0].act.value if self.acts else "open"

    @property
    def version(self) -> int:
        return self.acts[0].version if self.acts else 0

    @property
    def difference(self) -> dict[str, int]:
        """What has changed since it was signed: today's figure less the signed one, where they differ."""
        if self.signed is None:
            return {}
        now, then = ({**figures, **figures["totals"]} for figures in (self.figures.as_signed(), self.signed))
        return _changes(COMPARED, now, then)

    @property
    def changed_stalls(self) -> list[StallChange]:
        """The same stall by stall; those that have changed only."""
        if self.signed is None:
            return []
        now, then = (
            {row["key"]: row for row in figures["stalls"]}
            for figures in (self.figures.as_signed(), self.signed)
        )
        found = [
            StallChange(
                key,
                row["label"] if key else NOWHERE,
                _changes(COMPARED_BY_STALL, now.get(key, NO_MONEY), then.get(key, NO_MONEY)),
            )
            for key, row in (then | now).items()
        ]
        return [stall for stall in found if stall.changes]


def _changes(names: Iterable[str], now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, int]:
    """By how much each differs, where both tell of it: an older signature tells less."""
    changes = {name: now[name] - then[name] for name in names if name in then}
    return {name: change for name, change in changes.items() if change}


def get_day(session: Session, actor: Actor, market_id: UUID, day: date) -> DayState:
    """Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    acts = list_acts(session, market_id, day)
    signed = acts[0].figures if acts and acts[0].act is CloseAct.SIGNED else None
    return DayState(day, day_figures(session, actor, market_id, day), signed, acts)


def day_figures(session: Session, actor: Actor, market_id: UUID, day: date) -> DayFigures:
    """Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    shares = shares_of(session, market_id, day, day)
    later = _booked_later(session, market_id, day)
    stalls, rows, channels = (
        [CloseRow(**asdict(row), next_bank_day=later[group][row.key]) for row in shared]
        for group, shared in (
            (GroupBy.STALL, shares.stalls),
            (GroupBy.ROW, shares.rows),
            (GroupBy.CHANNEL, shares.channels),
        )
    )
    return DayFigures(
        totals=shares.totals,
        next_bank_day=sum(later[GroupBy.STALL].values()),
        stalls=stalls,
        rows=rows,
        channels=channels,
        **_sums(session, market_id, day),
    )


def _booked_later(session: Session, market_id: UUID, day: date) -> dict[GroupBy, Counter[str | None]]:
    """What of the day the bank books on a later one, in đồng, by the keys of each report."""
    came = union_all(
        *(
            select(of.stall_id, of.channel_id, of.amount).where(
                of.market_id == market_id, of.business_day == day, of.bank_day > day
            )
            for of in (Payment.__table__.c, shared_parts().c)
        )
    ).subquery()
    query = (
        select(
            cast(came.c.stall_id, Text),
            case((Stall.id.is_not(None), func.coalesce(Stall.row, ""))),
            cast(came.c.channel_id, Text),
            cast(func.sum(came.c.amount), BigInteger),
        )
        .outerjoin(Stall, Stall.id == came.c.stall_id)
        .group_by(came.c.stall_id, Stall.id, came.c.channel_id)
    )
    groups = (GroupBy.STALL, GroupBy.ROW, GroupBy.CHANNEL)
    found: dict[GroupBy, Counter[str | None]] = {group: Counter() for group in groups}
    for *keys, amount in session.execute(query):
        for group, key in zip(groups, keys, strict=True):
            found[group][key] += amount
    return found


def _sums(session: Session, market_id: UUID, day: date) -> dict[str, int]:
    """What the report does not tell, in one round trip: where the day's money lies is as the journal has it. What waits
    for a person without a payment or a line counts on the day on which we heard of it."""
    payments = (
        select(Payment.id, Payment.amount)
        .where(Payment.market_id == market_id, Payment.business_day == day)
        .cte("payments")
    )
    waiting = (
        select(func.count())
        .select_from(ReconciliationException)
        .join(payments, payments.c.id == ReconciliationException.payment_id)
        .where(ReconciliationException.status == ExceptionStatus.OPEN)
    )
    lines = (
        select(func.count())
        .select_from(ReconciliationException)
        .join(StatementLine, StatementLine.id == ReconciliationException.statement_line_id)
        .where(
            ReconciliationException.market_id == market_id,
            ReconciliationException.status == ExceptionStatus.OPEN,
            cast(func.timezone(str(VIETNAM), moment_of_line()), Date) == day,
        )
    )
    bare = (
        select(func.count())
        .select_from(ReconciliationException)
        .where(
            ReconciliationException.market_id == market_id,
            ReconciliationException.status == ExceptionStatus.OPEN,
            ReconciliationException.payment_id.is_(None),
            ReconciliationException.statement_line_id.is_(None),
            ReconciliationException.created_at >= start_of_day(day),
            ReconciliationException.created_at < start_of_day(day + timedelta(days=1)),
        )
    )
    sums = {
        "came": select(func.sum(payments.c.amount)),
        "matched": _lies_in(payments, TIED),
        "open_amount": _lies_in(payments, (AccountKind.SUSPENSE,)),
        "open_count": waiting,
        "open_lines": lines,
        "open_bare": bare,
    }
    columns = [
        cast(func.coalesce(value.scalar_subquery(), 0), BigInteger).label(name)
        for name, value in sums.items()
    ]
    found = dict(session.execute(select(*columns)).mappings().one())
    waits = sum(found.pop(name) for name in ("open_count", "open_lines", "open_bare"))
    return found | {"open_count": waits}


def _lies_in(payments: CTE, kinds: tuple[AccountKind, ...]) -> Select[int]:
    """What of the payments is in accounts of these kinds: credited less debited."""
    accounts = select(JournalAccount.id).where(JournalAccount.kind.in_(kinds))
    credited = JournalEntry.credit_account_id.in_(accounts)
    debited = JournalEntry.debit_account_id.in_(accounts)
    signed = case((credited, JournalEntry.amount), else_=0) - case((debited, JournalEntry.amount), else_=0)
    return select(func.sum(signed)).join(payments, payments.c.id == JournalEntry.payment_id)


def list_acts(session: Session, market_id: UUID, day: date) -> list[DayClose]:
    """Signatures and re-openings of a day, the newest first."""
    query = (
        select(DayClose)
        .where(DayClose.market_id == market_id, DayClose.day == day)
        .options(joinedload(DayClose.by))
        .order_by(DayClose.version.desc())
    )
    return list(session.scalars(query))


def list_signed_days(session: Session, market_id: UUID, first: date, last: date) -> dict[date, str]:
    """How each day between stands that anybody has signed."""
    query = (
        select(DayClose.day, DayClose.act)
        .where(DayClose.market_id == market_id, DayClose.day.between(first, last))
        .ext(distinct_on(DayClose.day))
        .order_by(DayClose.day, DayClose.version.desc())
    )
    return {row.day: row.act.value for row in session.execute(query)}
