"""Lines that may tell again of what another statement of the account told, where a reference is missing in one of the
two: a bank's other layout has none, or another one. Nothing is guessed: such a line makes no payment, and a person says
at the desk whether it is the same transfer or another one.

Each line of the other statements answers for one of this statement only, and for none where this statement tells of it
again by its identity: two like transfers that both told of stay two, and the third of three is new.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy import update
from sqlalchemy.orm import Session

from models import CollectionChannel, LineOutcome, Statement, StatementLine
from models.statements import UNREFERENCED
from services import told_twice
from services.statements import pairing, recognising, settling, staging
from services.statements.pairing import plain_words, same_time
from services.statements.scope import Place
from services.turns import read_alone

NEW = f"""
SELECT id, account_id, amount, bank_day, memo, booked_at, NOT {UNREFERENCED} AS has_reference, false AS waits
FROM staged WHERE amount > 0 AND NOT known ORDER BY number, id
"""
TOLD_BEFORE = f"""
WITH alike AS (
    SELECT id FROM statement_lines
    WHERE statement_id IS NOT NULL AND statement_id <> :statement AND amount > 0 AND NOT repeated
      AND (account_id, amount, bank_day) IN (SELECT account_id, amount, bank_day FROM staged
                                             WHERE amount > 0 AND NOT known AND {UNREFERENCED})
    UNION
    SELECT id FROM statement_lines
    WHERE statement_id IS NOT NULL AND statement_id <> :statement AND amount > 0 AND NOT repeated AND {UNREFERENCED}
      AND (account_id, amount, bank_day) IN (SELECT account_id, amount, bank_day FROM staged
                                             WHERE amount > 0 AND NOT known)
)
SELECT id, account_id, amount, bank_day, memo, booked_at, NOT {UNREFERENCED} AS has_reference,
       payment_id IS NULL AND same_as_id IS NULL AS waits
FROM statement_lines l JOIN alike USING (id)
WHERE NOT (l.looks_like_id IS NOT NULL AND l.outcome = 'duplicate' AND l.payment_id IS NULL AND l.same_as_id IS NULL)
  AND NOT EXISTS (SELECT FROM staged o
                  WHERE o.repeated AND o.account_id = l.account_id AND o.identity = l.identity)
  AND NOT EXISTS (SELECT FROM statement_lines o
                  WHERE o.account_id = l.account_id AND o.amount = l.amount AND o.identity = l.identity
                    AND o.repeated AND o.amount > 0 AND o.statement_id = :statement
                    AND o.bank_day BETWEEN l.bank_day - {staging.SAME_WITHIN_DAYS}
                                       AND l.bank_day + {staging.SAME_WITHIN_DAYS})
  AND NOT EXISTS (SELECT FROM statement_lines o WHERE o.looks_like_id = l.id AND o.statement_id = :statement)
ORDER BY number, id
"""
"""Lines of other statements on the days and of the amounts of this one's new lines, one of the two without a
reference; also those that wait for a person themselves, but not those that a person took for another's."""
SET_ASIDE = """
UPDATE staged s SET looks_like_id = p.line_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:lines AS uuid[])) AS p (id, line_id) WHERE s.id = p.id
"""
IS_PAYMENT = "SELECT is_payment FROM decided"
COUNTED_AS = {
    LineOutcome.MATCHED: Statement.matched,
    LineOutcome.REVIEW: Statement.review,
    LineOutcome.DUPLICATE: Statement.duplicates,
}


class Seen(NamedTuple):
    """A credit, as one statement tells it. `waits`: a person has not said yet whether it is a transfer of its own."""

    id: UUID
    account_id: UUID
    amount: int
    bank_day: date
    memo: str
    booked_at: datetime | None
    has_reference: bool
    waits: bool = False

    @property
    def key(self) -> tuple[UUID, int, date, str]:
        return self.account_id, self.amount, self.bank_day, plain_words(self.memo)


def set_aside(session: Session, statement_id: UUID) -> None:
    """Mark the lines of `staged` that a person must look at before they are money."""
    told = [Seen(*row) for row in session.execute(sql(TOLD_BEFORE), {"statement": statement_id})]
    if not told:
        return
    pairs = pairs_of((Seen(*row) for row in session.execute(sql(NEW))), told)
    session.execute(sql(SET_ASIDE), {"ids": list(pairs), "lines": list(pairs.values())})


def pairs_of(new: Iterable[Seen], told: Iterable[Seen]) -> dict[UUID, UUID]:
    """By new line: the line of another statement that it looks like. Those that say most choose first, and what is
    known to be a transfer comes before what waits for a person itself."""
    free: dict[tuple[UUID, int, date, str], list[Seen]] = {}
    for one in sorted(told, key=lambda one: (one.waits, not one.has_reference)):
        free.setdefault(one.key, []).append(one)
    found = {}
    for line in sorted(new, key=lambda line: (not line.has_reference, line.booked_at is None)):
        alike = free.get(line.key, [])
        place = _place_of_likest(line, alike)
        if place is not None:
            found[line.id] = alike.pop(place).id
    return found


def _place_of_likest(line: Seen, alike: Sequence[Seen]) -> int | None:
    """Where both tell the time, or neither, before where one of them does not."""
    second = None
    for place, one in enumerate(alike):
        if _may_be_same(line, one):
            if (line.booked_at is None) == (one.booked_at is None):
                return place
            second = place if second is None else second
    return second


def _may_be_same(line: Seen, other: Seen) -> bool:
    return not (line.has_reference and other.has_reference) and same_time(line.booked_at, other.booked_at)


def tie(session: Session, line: StatementLine) -> None:
    """It is the transfer that the other statement told of: no money moves."""
    _becomes(session, line, LineOutcome.DUPLICATE)


def untie(session: Session, line: StatementLine) -> None:
    """A person decides about it again."""
    _becomes(session, line, LineOutcome.REVIEW)


def _becomes(session: Session, line: StatementLine, outcome: LineOutcome) -> None:
    before, line.outcome = line.outcome, outcome
    session.flush()
    _recount(session, line, before)


def take(session: Session, line: StatementLine, cause: str) -> None:
    """It is a transfer of its own: stored, matched by its code or put in suspense, and booked on its day, by the rules
    of its statement. What a notice or a channel has told of meanwhile is found as well. One that was taken so before
    comes back to its payment, in suspense."""
    read_alone(session, [line.account_id])
    statement = session.get_one(Statement, line.statement_id)
    seller_id = session.get_one(CollectionChannel, statement.channel_id).seller_id
    place = Place(line.account_id, statement.channel_id, statement.market_id, seller_id)
    before = line.outcome
    staging.stage_again(session, line, place)
    pairing.pair(session, by_notices=False)
    recognising.recognise(session, cause=cause)
    former = told_twice.own_payment(session, line)
    if former and session.scalar(sql(IS_PAYMENT)):
        told_twice.come_back(session, former)
        line.payment_id = former.id
        session.flush()
    else:
        settling.settle(session, cause=cause, statement_id=statement.id)
        session.refresh(line)
    _recount(session, line, before)


def let_go(session: Session, line: StatementLine, key: str) -> None:
    """It is no transfer of its own after all, and waits for a person again. Raises Conflict where it is too late."""
    read_alone(session, [line.account_id])
    session.refresh(line)
    told_twice.let_go(session, line, key)
    line.payment_id = line.same_as_id = None
    _becomes(session, line, LineOutcome.REVIEW)


def _recount(session: Session, line: StatementLine, before: LineOutcome) -> None:
    if line.outcome is before:
        return
    less, more = COUNTED_AS[before], COUNTED_AS[line.outcome]
    session.execute(
        update(Statement).where(Statement.id == line.statement_id).values({less: less - 1, more: more + 1})
    )
