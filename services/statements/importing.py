"""A statement's file read into the database, batch by batch: each batch is one transaction, in which the statement
remembers how far it has come. So one that is broken off anywhere goes on from there, and changes nothing twice."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from core.crypto import unseal_bytes
from core.errors import InvalidInput, Text, text
from core.money import format_dong
from models import Statement, StatementFile, StatementLineBroken, StatementStatus
from services.statements import lookalikes, pairing, recognising, retold, reversals, settling, staging
from services.statements.heads import Head, pack, take_head
from services.statements.lines import BalanceBreak, BrokenLine, Found
from services.statements.reading import read_statement
from services.statements.scope import Scope, scope_of
from services.statements.staging import Identified, Staged
from services.turns import read_alone

BATCH = 10_000
OVER = frozenset({StatementStatus.DONE, StatementStatus.FAILED})


class Overtaken(Exception):
    """Somebody else is importing the same statement, and is further."""


@dataclass
class Reading:
    """A file being read: `rows` gives what has not been dealt with yet, `taken` says how far it was."""

    scope: Scope
    rows: Iterator[Found | Identified]
    taken: int
    file: io.BytesIO
    size: int

    @property
    def percent(self) -> int:
        """Of the file's bytes, those that have been looked at; whoever has come to its end has closed it."""
        return 100 if self.file.closed else min(100 * self.file.tell() // self.size, 100)


def begin_import(session: Session, statement_id: UUID) -> tuple[Scope, bytes, int] | None:
    """What is to be read, and from which row on; None where nothing is left to do."""
    statement = session.get_one(Statement, statement_id, with_for_update=True)
    file = session.get(StatementFile, statement_id)
    if statement.status in {*OVER, StatementStatus.UNMAPPED} or file is None:
        return None
    statement.status = StatementStatus.RUNNING
    return scope_of(session, statement), unseal_bytes(file.content), statement.taken


def open_reading(scope: Scope, packed: bytes, taken: int) -> Reading:
    """The file's rows after those that were taken. Raises InvalidInput where it is no statement."""
    content = zlib.decompress(packed)
    file = io.BytesIO(content)
    found = read_statement(file, account=scope.account_number, described=scope.described).found
    rows = staging.identified(found)
    next(islice(rows, taken, taken), None)
    return Reading(scope, rows, taken, file, len(content))


def next_rows(reading: Reading) -> list[Found | Identified]:
    """The next batch; empty at the file's end. Raises InvalidInput where the file breaks off."""
    return list(islice(reading.rows, BATCH))


def take_rows(session: Session, reading: Reading, rows: Sequence[Found | Identified]) -> None:
    """Deal with a batch. Raises Overtaken. `reading.taken` grows once the caller has committed."""
    scope = reading.scope
    read_alone(session, [scope.account_id])
    statement = _locked(session, scope.statement_id)
    if statement.taken != reading.taken or statement.status is not StatementStatus.RUNNING:
        raise Overtaken()
    statement.taken += len(rows)
    statement.percent_read = max(statement.percent_read, reading.percent)
    _store_broken(session, statement, [row for row in rows if not isinstance(row, Identified)])
    session.flush()
    lines = [row for row in rows if isinstance(row, Identified)]
    if lines:
        _store_lines(session, scope, lines)


def _store_lines(session: Session, scope: Scope, lines: Sequence[Identified]) -> None:
    staging.stage(session, [Staged(scope.place, line) for line in lines])
    retold.mark(session, scope.statement_id)
    pairing.pair(session, by_notices=False)
    lookalikes.set_aside(session, scope.statement_id)
    recognising.recognise(session, cause="statement")
    settling.settle(session, cause="statement", statement_id=scope.statement_id)
    settling.count_batch(session, scope.statement_id)


def _store_broken(session: Session, statement: Statement, rows: Sequence[Found | Identified]) -> None:
    broken = [_broken(statement.id, row) for row in rows if isinstance(row, BrokenLine | BalanceBreak)]
    statement.rejected += sum(row["rejected"] for row in broken)
    if broken:
        session.execute(upsert(StatementLineBroken).on_conflict_do_nothing(), broken)


def _broken(statement_id: UUID, row: BrokenLine | BalanceBreak) -> dict[str, Any]:
    rejected = isinstance(row, BrokenLine)
    reason = row.reason if isinstance(row, BrokenLine) else _why_not_whole(row)
    facts = {name: str(value) for name, value in reason.values.items()}
    return {
        "statement_id": statement_id,
        "number": row.number,
        "reason": reason.template,
        "facts": facts,
        "rejected": rejected,
    }


def _why_not_whole(row: BalanceBreak) -> Text:
    if not row.at_edge:
        return text("Số dư sau dòng này không khớp: sao kê có thể thiếu dòng")
    gap = format_dong(abs(row.found - row.expected))
    return text("Số dư ghi ở dòng này lệch %(gap)s so với các giao dịch: sao kê có thể thiếu dòng", gap=gap)


def finish_import(session: Session, reading: Reading) -> None:
    """The file's end: debits that take something back are looked for, now that all credits are there."""
    scope = reading.scope
    read_alone(session, [scope.account_id])
    statement = _locked(session, scope.statement_id)
    if statement.taken != reading.taken or statement.status is not StatementStatus.RUNNING:
        raise Overtaken()
    if not statement.lines:
        fail_import(session, statement.id, _why_nothing(session, statement))
        return
    reversals.undo_reversed(session, scope)
    session.refresh(statement)
    statement.status, statement.percent_read = StatementStatus.DONE, 100
    _forget_file(session, statement.id)


def _why_nothing(session: Session, statement: Statement) -> Text:
    """A file of which no row could be read is told by its first row's reason."""
    first = session.scalar(
        select(StatementLineBroken)
        .where(StatementLineBroken.statement_id == statement.id, StatementLineBroken.rejected)
        .order_by(StatementLineBroken.number)
        .limit(1)
    )
    if first is None:
        return text("Sao kê không có giao dịch nào")
    return text("Không đọc được dòng nào của sao kê; lý do ở từng dòng bên dưới")


def fail_import(session: Session, statement_id: UUID, why: Text) -> None:
    """Nothing more of it is read; what was taken stays, since it is true."""
    statement = _locked(session, statement_id)
    if statement.status in OVER:
        return
    statement.status, statement.problem = StatementStatus.FAILED, why
    _forget_file(session, statement_id)


def head_of(packed: bytes) -> Head | None:
    """What a person needs to describe the file's layout; None where nobody could."""
    return take_head(zlib.decompress(packed))


def set_aside(session: Session, statement_id: UUID, head: Head) -> None:
    """It waits for a person who says which column is what."""
    statement = _locked(session, statement_id)
    if statement.status in OVER:
        return
    statement.status = StatementStatus.UNMAPPED
    session.get_one(StatementFile, statement_id).head = pack(head)


def reason_of(error: InvalidInput) -> Text:
    """What a reader says about a whole file."""
    return next((said for texts in error.errors.values() for said in texts), error.detail)


def _locked(session: Session, statement_id: UUID) -> Statement:
    return session.get_one(Statement, statement_id, with_for_update=True, populate_existing=True)


def _forget_file(session: Session, statement_id: UUID) -> None:
    if file := session.get(StatementFile, statement_id):
        session.delete(file)
    session.flush()
