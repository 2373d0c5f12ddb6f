"""A market's business day as its close shows it: what came, what is matched, what is open."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, BigInteger, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from models import (
    AccountKind,
    CloseAct,
    DayClose,
    ExceptionStatus,
    JournalAccount,
    JournalEntry,
    Payment,
    ReconciliationException,
)
from services.access import Actor
from services.queries.markets import get_managed_market
from services.queries.reports import ReportRow, ReportTotals, shares_of

TIED = (AccountKind.SELLER, AccountKind.FEES, AccountKind.WRITE_OFF, AccountKind.ROUNDING)
COMPARED = ("payments", "came", "matched", "open_count", "open_amount")


@dataclass(frozen=True)
class DayFigures:
    """Amounts in đồng. `came` is all that came without cash, of which `matched` has found its owner (a seller,
    the market's fees) and `open_amount` lies in suspense; what is in neither went back. `open_count` exceptions wait
    for a person; the bank books `next_bank_day` of it a day later. `stalls`, `rows`, `channels`: those with money
    only, less what went back on this day, whenever it had come (`totals.refunded`)."""

    totals: ReportTotals
    came: int
    matched: int
    next_bank_day: int
    open_count: int
    open_amount: int
    stalls: list[ReportRow]
    rows: list[ReportRow]
    channels: list[ReportRow]

    @property
    def payments(self) -> int:
        return self.totals.payments

    def as_signed(self) -> dict[str, Any]:
        """As a signature keeps them: plain values, labels that differ by language left out."""
        figures = asdict(self)
        for name in ("stalls", "rows", "channels"):
            for row in figures[name]:
                row["label"] = row["label"] if isinstance(row["label"], str) else ""
        return figures


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
        then = {**self.signed, "payments": self.signed["totals"]["payments"]}
        changes = {name: getattr(self.figures, name) - then[name] for name in COMPARED}
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
    return DayFigures(
        totals=shares.totals,
        stalls=shares.stalls,
        rows=shares.rows,
        channels=shares.channels,
        **_sums(session, market_id, day),
    )


def _sums(session: Session, market_id: UUID, day: date) -> dict[str, int]:
    """What the report does not tell, in one round trip: where the day's money lies is as the journal has it."""
    payments = (
        select(Payment.id, Payment.amount, Payment.bank_day)
        .where(Payment.market_id == market_id, Payment.business_day == day)
        .cte("payments")
    )
    waiting = (
        select(func.count())
        .select_from(ReconciliationException)
        .join(payments, payments.c.id == ReconciliationException.payment_id)
        .where(ReconciliationException.status == ExceptionStatus.OPEN)
    )
    sums = {
        "came": select(func.sum(payments.c.amount)),
        "next_bank_day": select(func.sum(payments.c.amount)).where(payments.c.bank_day != day),
        "matched": _lies_in(payments, TIED),
        "open_amount": _lies_in(payments, (AccountKind.SUSPENSE,)),
        "open_count": waiting,
    }
    columns = [
        cast(func.coalesce(value.scalar_subquery(), 0), BigInteger).label(name)
        for name, value in sums.items()
    ]
    return dict(session.execute(select(*columns)).mappings().one())


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
