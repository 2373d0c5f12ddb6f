"""Statements and what came of their lines: for the market's manager."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from core.crypto import mask
from core.errors import NotFound, Text
from models import (
    CollectionChannel,
    LineOutcome,
    PaymentMatch,
    PaymentRequest,
    PayoutAccount,
    Stall,
    Statement,
    StatementLine,
    StatementLineBroken,
)
from services.access import Actor, visible_statements
from services.queries.paging import DEFAULT_LIMIT, Order, Page, given, page_of, page_up_of

MOST_BROKEN = 200
SETTLING = (LineOutcome.MATCHED, LineOutcome.REVERSAL)


@dataclass(frozen=True)
class LineFound:
    """A line with the references of the requests that it settled, or took the money back from."""

    id: UUID
    number: int
    bank_reference: str
    amount: int
    memo: str
    bank_day: date
    outcome: LineOutcome
    payment_request_references: list[str]


@dataclass(frozen=True)
class BrokenFound:
    number: int
    reason: Text
    rejected: bool


def get_statement(session: Session, actor: Actor, statement_id: UUID) -> Statement:
    query = select(Statement).where(Statement.id == statement_id, visible_statements(actor))
    statement = session.scalar(query)
    if statement is None:
        raise NotFound()
    return statement


def list_statements(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Statement]:
    query = select(Statement).where(visible_statements(actor), *given(Statement.market_id, market_id))
    return page_of(session, query, Order(Statement.created_at, Statement.id), limit, cursor)


def list_statement_lines(
    session: Session,
    actor: Actor,
    statement_id: UUID,
    *,
    outcome: LineOutcome | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[LineFound]:
    """In the order of the file. Raises NotFound."""
    statement = get_statement(session, actor, statement_id)
    query = select(StatementLine).where(
        StatementLine.statement_id == statement.id, *given(StatementLine.outcome, outcome)
    )
    page = page_up_of(session, query, (StatementLine.number, StatementLine.id), limit, cursor)
    references = _references(session, page.items)
    return Page([_found(line, references) for line in page.items], page.next_cursor)


def _found(line: StatementLine, references: dict[UUID, list[str]]) -> LineFound:
    settled = references.get(line.payment_id, []) if line.payment_id else []
    return LineFound(
        line.id,
        line.number,
        line.bank_reference,
        line.amount,
        line.memo,
        line.bank_day,
        line.outcome,
        settled if line.outcome in SETTLING else [],
    )


def _references(session: Session, lines: Sequence[StatementLine]) -> dict[UUID, list[str]]:
    query = (
        select(PaymentMatch.payment_id, PaymentRequest.reference)
        .join(PaymentRequest, PaymentRequest.id == PaymentMatch.payment_request_id)
        .where(PaymentMatch.payment_id.in_({line.payment_id for line in lines if line.payment_id}))
        .order_by(PaymentRequest.reference)
    )
    found: dict[UUID, list[str]] = {}
    for payment_id, reference in session.execute(query):
        found.setdefault(payment_id, []).append(reference)
    return found


def list_broken_lines(session: Session, statement_id: UUID) -> list[BrokenFound]:
    """The first of the rows that a person must look at, of a statement that the person was shown."""
    query = (
        select(StatementLineBroken)
        .where(StatementLineBroken.statement_id == statement_id)
        .order_by(StatementLineBroken.number)
        .limit(MOST_BROKEN)
    )
    return [
        BrokenFound(row.number, Text(row.reason, row.facts), row.rejected) for row in session.scalars(query)
    ]


def list_statement_accounts(session: Session, market_id: UUID) -> list[tuple[str, str]]:
    """What a statement of this market can be about: `channel:…` or `account:…`, and what people call it."""
    channels = session.scalars(
        select(CollectionChannel)
        .where(CollectionChannel.market_id == market_id)
        .options(defer(CollectionChannel.credentials))
        .order_by(CollectionChannel.created_at)
    )
    accounts = session.execute(
        select(PayoutAccount, Stall.number)
        .join(Stall, Stall.payout_account_id == PayoutAccount.id)
        .where(Stall.market_id == market_id)
        .order_by(Stall.number)
    )
    found = {f"channel:{channel.id}": channel.name for channel in channels}
    for account, number in accounts:
        name = f"{number} · {account.holder_name} · {mask(account.account_number)}"
        found.setdefault(f"account:{account.id}", name)
    return list(found.items())
