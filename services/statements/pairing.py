"""One movement told twice in different words: by the bank's notice of the moment, and by a statement.

Where both give the bank's reference, it alone decides (`staging`). Where one of them has none, or one of another
form, they are one movement if account, amount, time and note agree; each is paired with one only, the nearest in
time first, so that two like transfers that both told of stay two.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.text import fold
from services.statements.staging import is_reference

NEAR_SECONDS = 3_600
"""How far a bank's two clocks may be apart: of the message it sends at once, and of its book."""
MOST_CANDIDATES = 200_000
"""More than any market has; a bound on memory only."""
LONGEST_COMMON = 6
"""A note of fewer letters and digits stands in too many others."""

CANDIDATES = """
WITH near AS (
    SELECT s.id, s.number, s.memo, s.bank_reference, s.codes, l.id AS line_id, l.memo AS line_memo,
           l.bank_reference AS line_reference, abs(extract(epoch FROM s.booked_at - l.booked_at)) AS apart,
           {statement}.bank_day AS booked_on, {notice}.bank_day AS noticed_on, {notice}.booked_at AS noticed_at
    FROM staged s JOIN statement_lines l ON l.account_id = s.account_id AND l.amount = s.amount
                                        AND l.bank_day BETWEEN s.bank_day - 2 AND s.bank_day + 2
    WHERE s.amount > 0 AND NOT s.known AND l.amount > 0 AND l.statement_id {other} AND NOT l.repeated
      AND l.same_as_id IS NULL AND (l.looks_like_id IS NULL OR l.payment_id IS NOT NULL)
      AND NOT EXISTS (SELECT FROM statement_lines o WHERE o.same_as_id = l.id)
      AND NOT EXISTS (SELECT FROM staged o
                      WHERE o.repeated AND o.account_id = l.account_id AND o.identity = l.identity)
      AND NOT EXISTS (SELECT FROM statement_lines o
                      WHERE o.account_id = l.account_id AND o.amount = l.amount AND o.identity = l.identity
                        AND o.repeated AND o.amount > 0 AND o.statement_id {own}
                        AND o.bank_day BETWEEN l.bank_day - 3 AND l.bank_day + 3)
)
SELECT id, number, memo, bank_reference, codes, line_id, line_memo, line_reference, coalesce(apart, 0) AS apart
FROM near
WHERE CASE WHEN apart IS NOT NULL THEN apart <= :near
           ELSE booked_on BETWEEN (noticed_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AND noticed_on + 1 END
ORDER BY apart, number, line_id LIMIT :most
"""
OF_STATEMENT = CANDIDATES.format(statement="s", notice="l", own="IS NOT NULL", other="IS NULL")
OF_NOTICES = CANDIDATES.format(statement="l", notice="s", own="IS NULL", other="IS NOT NULL")
PAIRED = """
UPDATE staged s SET same_as_id = p.line_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:lines AS uuid[])) AS p (id, line_id) WHERE s.id = p.id
"""


class Candidate(NamedTuple):
    """A staged line, and a stored one of the other teller that agrees in account, amount and time."""

    id: UUID
    number: int
    memo: str
    bank_reference: str
    codes: Sequence[str]
    line_id: UUID
    line_memo: str
    line_reference: str
    apart: float


def pair(session: Session, *, by_notices: bool) -> None:
    """Mark the lines of `staged`, all of a statement or all `by_notices`, that the other teller told of before."""
    candidates = OF_NOTICES if by_notices else OF_STATEMENT
    rows = session.execute(sql(candidates), {"near": NEAR_SECONDS, "most": MOST_CANDIDATES})
    pairs = pairs_of(Candidate(*row) for row in rows)
    if pairs:
        values: dict[str, Any] = {"ids": list(pairs), "lines": list(pairs.values())}
        session.execute(sql(PAIRED), values)


def pairs_of(candidates: Iterable[Candidate]) -> dict[UUID, UUID]:
    """By staged line: the stored line that is the same movement. The first of `candidates` are the likeliest."""
    found: dict[UUID, UUID] = {}
    taken: set[UUID] = set()
    for one in candidates:
        if one.id not in found and one.line_id not in taken and _may_be_same(one):
            found[one.id] = one.line_id
            taken.add(one.line_id)
    return found


def _may_be_same(one: Candidate) -> bool:
    same_note = has_same_note(one.memo, one.line_memo, one.codes)
    return same_note and not are_told_apart(one.bank_reference, one.line_reference)


def are_told_apart(reference: str, other: str) -> bool:
    """Two references of one form that differ are two movements; those of different forms say nothing."""
    if not (is_reference(reference) and is_reference(other)):
        return False
    return reference.upper() != other.upper() and _form(reference) == _form(other)


@lru_cache(maxsize=4_096)
def _form(reference: str) -> str:
    return re.sub(r"[0-9]+", "9", re.sub(r"[A-Z]+", "A", reference.upper()))


def has_same_note(memo: str, other_memo: str, codes: Sequence[str]) -> bool:
    """Whether two tellers' notes may be one; `codes` are those in the first."""
    mine, other = plain_words(memo), plain_words(other_memo)
    if mine == other or any(code in other for code in codes):
        return True
    short, long = sorted((mine, other), key=len)
    return len(short) >= LONGEST_COMMON and short in long


def same_time(one: datetime | None, other: datetime | None) -> bool:
    """As far as both tell it: some layouts leave the seconds out."""
    if one is None or other is None or one == other:
        return True
    return 0 in (one.second, other.second) and one.replace(second=0) == other.replace(second=0)


@lru_cache(maxsize=16_384)
def plain_words(memo: str) -> str:
    """A note's letters and digits, whatever the bank made of its accents, case and spaces."""
    return "".join(letter for letter in fold(memo).upper() if letter.isalnum())
