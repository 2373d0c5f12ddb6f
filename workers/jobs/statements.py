"""Reading bank statements: some seconds at a time, so that payments never wait for a long file."""

from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from core.errors import InvalidInput, text
from services.statements import importing
from services.statements.importing import Reading
from workers.deliveries import StoredEvent
from workers.runtime import run_steps

SECONDS_AT_ONCE = 5.0

log = structlog.get_logger()


def import_statement(event_id: int) -> None:
    """Read a statement's file, and tie its lines to what asked for the money."""
    run_steps("import_statement", event_id, ImportStatement(), SECONDS_AT_ONCE)


class ImportStatement:
    """One file: opened by the first step, then taken batch by batch."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._rows_taken = 0

    def step(self, session: Session, event: StoredEvent) -> bool:
        statement_id = UUID(event.payload["statement_id"])
        try:
            return self._open(session, statement_id) if self._reading is None else self._take(session)
        except InvalidInput as error:
            importing.fail_import(session, statement_id, importing.reason_of(error))
        except importing.Overtaken:
            log.warning("statement_import_overtaken", statement_id=str(statement_id))
        return False

    def _open(self, session: Session, statement_id: UUID) -> bool:
        begun = importing.begin_import(session, statement_id)
        if begun is None:
            return False
        self._reading = importing.open_reading(*begun)
        return True

    def _take(self, session: Session) -> bool:
        assert self._reading is not None
        self._reading.taken += self._rows_taken
        rows = importing.next_rows(self._reading)
        self._rows_taken = len(rows)
        if rows:
            importing.take_rows(session, self._reading, rows)
            return True
        importing.finish_import(session, self._reading)
        log.info("statement_imported", statement_id=str(self._reading.scope.statement_id))
        return False

    def give_up(self, session: Session, event: StoredEvent) -> None:
        importing.fail_import(
            session,
            UUID(event.payload["statement_id"]),
            text("Hệ thống gặp lỗi khi đọc sao kê này; kỹ thuật viên đã được báo"),
        )
