"""Reading bank statements: some seconds at a time, so that payments never wait for a long file."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core.errors import InvalidInput, Text, text
from services.statements import importing
from services.statements.heads import Head
from services.statements.importing import Reading
from services.statements.lines import Found, UnknownLayout
from services.statements.scope import Scope
from services.statements.staging import Identified
from workers.deliveries import StoredEvent
from workers.runtime import TryLater, run_steps

SECONDS_AT_ONCE = 5.0
OVERTAKEN_SECONDS = 30.0

log = structlog.get_logger()


def import_statement(event_id: int) -> None:
    """Read a statement's file, and tie its lines to what asked for the money."""
    run_steps("import_statement", event_id, ImportStatement(), SECONDS_AT_ONCE)


class ImportStatement:
    """One file: opened where it was left, then taken batch by batch."""

    _begun: tuple[Scope, bytes, int]
    _statement_id: UUID
    _reading: Reading | None = None
    _rows: Sequence[Found | Identified] = ()
    _unreadable: Text | None = None
    _head: Head | None = None

    def begin(self, session: Session, event: StoredEvent) -> bool:
        self._statement_id = UUID(event.payload["statement_id"])
        begun = importing.begin_import(session, self._statement_id)
        if begun:
            self._begun = begun
        return begun is not None

    def fetch(self) -> None:
        try:
            if self._reading is None:
                self._reading = importing.open_reading(*self._begun)
            else:
                self._reading.taken += len(self._rows)
            self._rows = importing.next_rows(self._reading)
        except UnknownLayout as error:
            self._head = importing.head_of(self._begun[1])
            self._unreadable = importing.reason_of(error)
        except InvalidInput as error:
            self._unreadable = importing.reason_of(error)

    def step(self, session: Session) -> bool:
        if self._head:
            importing.set_aside(session, self._statement_id, self._head)
            return False
        if self._unreadable or self._reading is None:
            said = self._unreadable or text("Không đọc được tệp này")
            importing.fail_import(session, self._statement_id, said)
            return False
        try:
            if self._rows:
                importing.take_rows(session, self._reading, self._rows)
                return True
            importing.finish_import(session, self._reading)
        except importing.Overtaken:
            raise TryLater(OVERTAKEN_SECONDS) from None
        log.info("statement_imported", statement_id=str(self._statement_id))
        return False

    def give_up(self, session: Session, event: StoredEvent) -> None:
        importing.fail_import(
            session,
            UUID(event.payload["statement_id"]),
            text("Hệ thống gặp lỗi khi đọc sao kê này; kỹ thuật viên đã được báo"),
        )
