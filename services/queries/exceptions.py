"""What an exception is about, in the words that a manager looks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, cast, func, select
from sqlalchemy.orm import Session, aliased

from core.clock import VIETNAM
from core.errors import NotFound
from models import (
    ExceptionKind,
    ExceptionStatus,
    Payment,
    PaymentRequest,
    ReconciliationException,
    Resolution,
    ResolutionAction,
    ResolutionStatus,
    Stall,
    Statement,
    StatementLine,
    VirtualAccount,
)
from services.access import Actor, visible_exceptions
from services.holdings import in_suspense
from services.queries.markets import get_managed_market

QUEUE_LENGTH = 30


@dataclass(frozen=True)
class About:
    """The transfer's bank reference and time, the request's reference and amount, and the stall; where known."""

    payment_reference: str | None
    occurred_at: datetime | None
    request_reference: str | None
    asked: int | None
    paid: int | None
    stall_number: str | None


def get_exception(
    session: Session, actor: Actor, exception_id: UUID, *, to_change: bool = False
) -> ReconciliationException:
    """One of the person's own markets, locked where it is to be changed. Raises NotFound."""
    query = select(ReconciliationException).where(
        ReconciliationException.id == exception_id, visible_exceptions(actor)
    )
    if to_change:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    exception = session.scalar(query)
    if exception is None:
        raise NotFound()
    return exception


def get_managed_payment(session: Session, actor: Actor, payment_id: UUID) -> Payment:
    """A payment of a market that the person manages. Raises NotFound, Forbidden."""
    payment = session.get(Payment, payment_id)
    if payment is None:
        raise NotFound()
    get_managed_market(session, actor, payment.market_id)
    return payment


def describe_exceptions(session: Session, exceptions: Sequence[ReconciliationException]) -> dict[UUID, About]:
    """For exceptions that the person was shown already, by their ids, in one statement."""
    stall = aliased(Stall)
    query = (
        select(
            ReconciliationException.id,
            Payment.reference,
            func.coalesce(Payment.occurred_at, moment_of_line()),
            PaymentRequest.reference,
            PaymentRequest.amount,
            PaymentRequest.amount_paid,
            stall.number,
        )
        .outerjoin(Payment, Payment.id == ReconciliationException.payment_id)
        .outerjoin(PaymentRequest, PaymentRequest.id == ReconciliationException.payment_request_id)
        .outerjoin(StatementLine, StatementLine.id == ReconciliationException.statement_line_id)
        .outerjoin(stall, stall.id == func.coalesce(PaymentRequest.stall_id, Payment.stall_id))
        .where(ReconciliationException.id.in_([exception.id for exception in exceptions]))
    )
    return {row[0]: About(*row[1:]) for row in session.execute(query)}


def moment_of_line() -> ColumnElement[datetime]:
    """When its bank booked a statement's line; at noon where it does not tell the time."""
    noon = cast(StatementLine.bank_day, DateTime) + timedelta(hours=12)
    return func.coalesce(StatementLine.booked_at, func.timezone(str(VIETNAM), noon))


@dataclass(frozen=True)
class Sighting:
    """A line, with its statement if no notice told of it."""

    line: StatementLine
    statement: Statement | None


def list_sightings(session: Session, line: StatementLine) -> list[Sighting]:
    """A line that waits for a person, and the one that it may tell again: what was told before first."""
    query = (
        select(StatementLine, Statement)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(StatementLine.id.in_([line.id, line.looks_like_id]))
        .order_by(StatementLine.id == line.id)
    )
    return [Sighting(*row) for row in session.execute(query)]


def get_stall_paid_into(session: Session, payment: Payment) -> Stall | None:
    """To whose virtual account a payment came, which the person was shown already; None for no stall's."""
    query = select(Stall).join(VirtualAccount, VirtualAccount.stall_id == Stall.id)
    query = query.join(StatementLine, StatementLine.virtual_account_id == VirtualAccount.id)
    return session.scalar(query.where(StatementLine.payment_id == payment.id))


class QueueOrder(StrEnum):
    OLDEST = "oldest"
    NEWEST = "newest"
    LARGEST = "largest"


_ORDERS: dict[QueueOrder, tuple[ColumnElement[Any], ...]] = {
    QueueOrder.OLDEST: (ReconciliationException.created_at.asc(), ReconciliationException.id.asc()),
    QueueOrder.NEWEST: (ReconciliationException.created_at.desc(), ReconciliationException.id.desc()),
    QueueOrder.LARGEST: (ReconciliationException.amount.desc(), ReconciliationException.id.asc()),
}


@dataclass(frozen=True)
class QueuePage:
    """Some of a market's exceptions; `free` is what of each can still be decided about, or what was, where it is
    resolved; `proposed` those that wait for a second person."""

    items: Sequence[ReconciliationException]
    free: dict[UUID, int]
    proposed: frozenset[UUID]
    next_page: int | None


def list_queue(
    session: Session,
    market_id: UUID,
    *,
    status: ExceptionStatus,
    kind: ExceptionKind | None,
    order: QueueOrder,
    page: int,
) -> QueuePage:
    """Of a market that the person manages."""
    table = ReconciliationException
    query = select(table).where(table.market_id == market_id, table.status == status)
    if kind:
        query = query.where(table.kind == kind)
    skipped = (page - 1) * QUEUE_LENGTH
    rows = session.scalars(query.order_by(*_ORDERS[order]).offset(skipped).limit(QUEUE_LENGTH + 1)).all()
    items = rows[:QUEUE_LENGTH]
    return QueuePage(
        items,
        _free(session, items) if status is ExceptionStatus.OPEN else _decided(session, items),
        _proposed(session, items),
        page + 1 if len(rows) > QUEUE_LENGTH else None,
    )


def _free(session: Session, items: Sequence[ReconciliationException]) -> dict[UUID, int]:
    free = in_suspense(session, [item.payment_id for item in items if item.payment_id])
    return {item.id: free[item.payment_id] for item in items if item.payment_id in free}


def _decided(session: Session, items: Sequence[ReconciliationException]) -> dict[UUID, int]:
    query = (
        select(Resolution.exception_id, func.sum(Resolution.amount))
        .where(
            Resolution.exception_id.in_([item.id for item in items]),
            Resolution.status == ResolutionStatus.DONE,
            Resolution.action != ResolutionAction.UNDO,
        )
        .group_by(Resolution.exception_id)
    )
    return {exception_id: int(amount) for exception_id, amount in session.execute(query)}


def _proposed(session: Session, items: Sequence[ReconciliationException]) -> frozenset[UUID]:
    query = select(Resolution.exception_id).where(
        Resolution.exception_id.in_([item.id for item in items]),
        Resolution.status == ResolutionStatus.PROPOSED,
    )
    return frozenset(session.scalars(query))


def count_open_by_kind(session: Session, market_id: UUID) -> dict[ExceptionKind, int]:
    """Of a market that the person manages; kinds of which there is none are left out."""
    table = ReconciliationException
    query = (
        select(table.kind, func.count())
        .where(table.market_id == market_id, table.status == ExceptionStatus.OPEN)
        .group_by(table.kind)
    )
    counts = {row[0]: row[1] for row in session.execute(query)}
    return {kind: counts[kind] for kind in ExceptionKind if kind in counts}
