"""Lines that name what another of their account named before, by the bank's reference and the sum: told again, or
another movement under a reference that the bank, or whoever sends the money, uses more than once.

What is told again says the same, as far as both say it. Two lines of one file that say different things are two
movements; where another file says different things, a person is asked (`maybe_same`), and a notice is a payment that a
person sees. Each line of the others answers for one of a file's lines only.

A further movement under one reference has as its identity the digest of the one before: so all are found in a chain.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from models.statements import PLACEHOLDER
from services.statements.pairing import has_same_note, plain_words, same_time
from services.statements.staging import SAME_WITHIN_DAYS

CLOCKS_APART = timedelta(minutes=5)
"""Two providers of one account tell of one transfer within it."""
LONGEST_CUT = 20
"""A note of fewer letters and digits was not cut by one of two layouts: it is another one."""
PAYER = " · "

PLAINLY = f"""
UPDATE staged s SET repeated = true FROM statement_lines l
WHERE l.account_id = s.account_id AND l.identity = s.identity AND NOT l.repeated
  AND (s.bank_reference ~* '{PLACEHOLDER}'
       OR NOT s.gathered AND l.memo = s.memo AND l.bank_day = s.bank_day
          AND l.booked_at IS NOT DISTINCT FROM s.booked_at AND l.balance IS NOT DISTINCT FROM s.balance)
"""
ODD = """
SELECT account_id, identity AS base, id, identity, CAST(:statement AS uuid) AS statement_id, amount, bank_day,
       booked_at, memo, balance, codes, gathered
FROM (SELECT *, count(*) OVER (PARTITION BY account_id, identity) AS alike FROM staged) s
WHERE NOT repeated AND (alike > 1 OR EXISTS (
    SELECT FROM statement_lines l WHERE l.account_id = s.account_id AND l.identity = s.identity AND NOT l.repeated))
ORDER BY number, id
"""
CHAIN = """
CREATE TEMP TABLE chain ON COMMIT DROP AS
WITH RECURSIVE told AS (
    SELECT o.identity AS base, 1 AS place, l.* FROM (SELECT DISTINCT account_id, identity FROM staged
                                                     WHERE id = ANY(CAST(:odd AS uuid[]))) o
    JOIN statement_lines l ON l.account_id = o.account_id AND l.identity = o.identity AND NOT l.repeated
    UNION ALL
    SELECT t.base, t.place + 1, l.* FROM told t
    JOIN statement_lines l ON l.account_id = t.account_id AND l.identity = sha256(t.identity) AND NOT l.repeated
)
SELECT account_id, base, id, identity, statement_id, amount, bank_day, booked_at, memo, balance, place,
       looks_like_id IS NOT NULL AND outcome = 'duplicate' AND payment_id IS NULL AS tied FROM told
"""
TOLD = """
SELECT account_id, base, id, identity, statement_id, amount, bank_day, booked_at, memo, balance, CAST('{}' AS text[]),
       false, tied FROM chain ORDER BY place
"""
ANSWERED = f"""
SELECT c.account_id, c.base, c.id, c.identity, CAST(:statement AS uuid), s.amount, s.bank_day, s.booked_at, s.memo,
       s.balance
FROM chain c JOIN staged s ON s.account_id = c.account_id AND s.identity = c.identity AND s.repeated
UNION ALL
SELECT c.account_id, c.base, c.id, c.identity, o.statement_id, o.amount, o.bank_day, o.booked_at, o.memo, o.balance
FROM chain c
JOIN statement_lines o ON o.account_id = c.account_id AND o.amount = c.amount AND o.identity = c.identity
    AND o.repeated AND o.amount > 0 AND o.statement_id = :statement
    AND o.bank_day BETWEEN c.bank_day - {SAME_WITHIN_DAYS} AND c.bank_day + {SAME_WITHIN_DAYS}
UNION ALL
SELECT c.account_id, c.base, c.id, o.identity, o.statement_id, o.amount, o.bank_day, o.booked_at, o.memo, o.balance
FROM chain c JOIN statement_lines o ON o.looks_like_id = c.id AND o.statement_id = :statement
"""
"""What of the chain this file's lines told again, or were asked about, already: by the chain's line, in their words."""
MARKED = """
UPDATE staged s SET identity = p.identity, repeated = p.repeated, looks_like_id = p.line_id
FROM unnest(CAST(:ids AS uuid[]), CAST(:identities AS bytea[]), CAST(:repeated AS boolean[]), CAST(:lines AS uuid[]))
    AS p (id, identity, repeated, line_id)
WHERE s.id = p.id
"""


class Said(NamedTuple):
    """A line's words; `statement_id` is None where a notice said them. `base` is the first identity of its chain;
    `tied`: a person took it for what another line told."""

    account_id: UUID
    base: bytes
    id: UUID
    identity: bytes
    statement_id: UUID | None
    amount: int
    bank_day: date
    booked_at: datetime | None
    memo: str
    balance: int | None
    codes: Sequence[str] = ()
    gathered: bool = False
    tied: bool = False

    @property
    def words(self) -> tuple[object, ...]:
        return self.bank_day, self.booked_at, self.memo, self.balance


class Mark(NamedTuple):
    """What a line is: `repeated` that of the same identity, or a movement of its own, perhaps only `looks_like_id`."""

    id: UUID
    identity: bytes
    repeated: bool
    looks_like_id: UUID | None = None


def mark(session: Session, statement_id: UUID | None) -> None:
    """Tell the lines of `staged`, of a statement or of notices, from what was told before and from each other."""
    of_file = {"statement": statement_id}
    session.execute(sql(PLAINLY))
    odd = _groups(session.execute(sql(ODD), of_file))
    if not odd:
        return
    session.execute(sql(CHAIN), {"odd": [line.id for lines in odd.values() for line in lines]})
    told = _groups(session.execute(sql(TOLD)))
    answered = _groups(session.execute(sql(ANSWERED), of_file)) if statement_id else {}
    session.execute(sql("DROP TABLE chain"))
    marks: list[Mark] = []
    for key, lines in odd.items():
        marks += _Chain(statement_id, told.get(key, ()), answered.get(key, ())).sort(lines)
    columns = zip(*marks, strict=True)
    session.execute(
        sql(MARKED), dict(zip(("ids", "identities", "repeated", "lines"), map(list, columns), strict=True))
    )


def _groups(rows: Iterable[Sequence[object]]) -> dict[tuple[UUID, bytes], list[Said]]:
    groups = defaultdict(list)
    for row in rows:
        said = Said(*row)  # type: ignore[arg-type]
        groups[said.account_id, said.base].append(said)
    return groups


class _Chain:
    """What is known of one reference and sum, while the lines of a file or of notices find their places in it."""

    def __init__(self, statement_id: UUID | None, told: Sequence[Said], answered: Sequence[Said]) -> None:
        taken = {one.id for one in answered}
        own = [one for one in told if statement_id and one.statement_id == statement_id]
        self._of_notices = statement_id is None
        self._kept = [*answered, *own]
        self._free = [one for one in told if one not in own and one.id not in taken]
        self._last = told[-1].identity if told else None

    def sort(self, lines: Sequence[Said]) -> Iterator[Mark]:
        rest = []
        for line in lines:
            if known := self._twin(line) or self._take_likest(line):
                yield self._keep(line, known)
            else:
                rest.append(line)
        for line in rest:
            twin = self._twin(line)
            yield self._keep(line, twin) if twin else self._add(line)

    def _twin(self, line: Said) -> Said | None:
        """The same line of the same file, or the same notice by another provider."""
        if line.gathered:
            return None
        return next((one for one in self._kept if self._are_one(line, one)), None)

    def _are_one(self, line: Said, one: Said) -> bool:
        return _may_be_same(line, one) if self._of_notices else line.words == one.words

    def _take_likest(self, line: Said) -> Said | None:
        alike = [one for one in self._free if _may_be_same(line, one)]
        likest = min(alike, key=lambda one: _apart(line, one), default=None)
        if likest and not self._of_notices:
            self._free.remove(likest)
        return likest

    def _keep(self, line: Said, known: Said) -> Mark:
        self._kept.append(line._replace(identity=known.identity))
        return Mark(line.id, known.identity, repeated=True)

    def _add(self, line: Said) -> Mark:
        identity = hashlib.sha256(self._last).digest() if self._last else line.identity
        self._last = identity
        self._kept.append(line._replace(identity=identity))
        return Mark(line.id, identity, repeated=False, looks_like_id=self._take_asked(line))

    def _take_asked(self, line: Said) -> UUID | None:
        """What a person must hold the line against; debits and notices cannot wait for one."""
        if self._of_notices or line.amount < 0:
            return None
        asked = next((one for one in self._free if not one.tied), None)
        if asked is None:
            return None
        self._free.remove(asked)
        return asked.id


def _may_be_same(line: Said, told: Said) -> bool:
    """Whether two tellers say the same, as far as both say it."""
    if line.balance is not None and told.balance is not None:
        return line.balance == told.balance
    if line.statement_id and told.statement_id:
        return _on_same_day(line, told) and same_time(line.booked_at, told.booked_at) and _is_cut(line, told)
    is_by_both = line.statement_id is not told.statement_id
    if is_by_both and line.amount < 0:
        return (
            True  # what goes back is noted in as many words as there are tellers, and nobody could be asked
        )
    if not is_by_both and _apart(line, told) > CLOCKS_APART:
        return False
    return not (line.memo and told.memo) or has_same_note(line.memo, told.memo, line.codes)


def _on_same_day(line: Said, told: Said) -> bool:
    """No person is asked about a debit: it may be booked under another day."""
    return line.amount < 0 or line.bank_day == told.bank_day


def _is_cut(line: Said, told: Said) -> bool:
    """Whether two layouts of the bank give one note, whole or cut, with the payer or without."""
    short, long = sorted((plain_words(one.memo.partition(PAYER)[0]) for one in (line, told)), key=len)
    return short in ("", long) or (len(short) >= LONGEST_CUT and short in long)


def _apart(line: Said, told: Said) -> timedelta:
    if line.booked_at and told.booked_at:
        return abs(line.booked_at - told.booked_at)
    return abs(line.bank_day - told.bank_day)
