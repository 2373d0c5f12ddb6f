"""Layouts that a market's people describe: tried on the file that waits, saved, used at once and from then on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound, text
from core.ids import new_id
from models import PLACES, Statement, StatementFile, StatementMapping, StatementStatus
from services import audit
from services.access import Actor, visible_mappings
from services.events import StatementUploaded, record
from services.queries.markets import get_managed_market
from services.queries.statements import get_statement
from services.statements.described import described, find_described, fingerprint, header_names
from services.statements.describing import (
    Description,
    check_places,
    find_header_row,
    guess,
    try_description,
)
from services.statements.heads import Head, HeadRow, header_rows, unpack, veiled
from services.statements.lines import BrokenLine, Line
from services.storing import find_stored, store

ROWS_SHOWN = 8
"""Below the header."""


@dataclass(frozen=True)
class RowShown:
    """A row of the file, its cells veiled (a header's are not)."""

    number: int
    cells: list[str]
    can_be_header: bool


@dataclass(frozen=True)
class HeadShown:
    """A waiting file's first rows, and what its columns most likely are."""

    rows: list[RowShown]
    guess: dict[str, object]
    header_rows: list[RowShown]
    """All that can be the header, wherever they stand."""


def show_head(session: Session, actor: Actor, statement_id: UUID, header_row: int | None = None) -> HeadShown:
    """The rows down to some below the header. Raises Conflict for a file that does not wait, NotFound."""
    head = _head(session, get_statement(session, actor, statement_id))
    guessed = guess(head, header_row)
    possible = {row.number for row in header_rows(head)}
    header = int(str(guessed["header_row"]))
    rows = [
        RowShown(row.number, _shown(row, header), row.number in possible)
        for row in head
        if any(cell not in (None, "") for cell in row.cells)
    ]
    return HeadShown(
        [row for row in rows if row.number <= header + ROWS_SHOWN],
        guessed,
        [row for row in rows if row.can_be_header],
    )


def _shown(row: HeadRow, header: int) -> list[str]:
    return header_names(row.cells) if row.number == header else [veiled(cell) for cell in row.cells]


def try_mapping(session: Session, actor: Actor, statement_id: UUID, **said: Any) -> list[Line | BrokenLine]:
    """How the first lines would be read; their notes veiled. Raises InvalidInput beside the field that cannot be,
    Conflict, NotFound."""
    head = _head(session, get_statement(session, actor, statement_id))
    lines = try_description(head, _description(said))
    return [line._replace(memo=veiled(line.memo)) if isinstance(line, Line) else line for line in lines]


def save_mapping(
    session: Session, actor: Actor, statement_id: UUID, *, id: UUID | None = None, name: str, **said: Any
) -> tuple[StatementMapping, bool]:
    """Keep what was said for the market, and read what waits for it; False where `id` is stored already. Where the
    market has a mapping for this header, what is said now stands in its place.

    Raises InvalidInput beside the field that cannot be, Conflict where the file does not wait, NotFound.
    """
    if stored := find_stored(session, StatementMapping, id):
        return get_mapping(session, actor, stored.id), False
    statement = get_statement(session, actor, statement_id)
    head, wish = _head(session, statement), _description(said)
    try_description(head, wish)
    row = find_header_row(head, wish.header_row)
    known = _known(session, actor, statement.market_id, fingerprint(row.cells))
    mapping = known or StatementMapping(
        id=id or new_id(),
        market_id=statement.market_id,
        fingerprint=fingerprint(row.cells),
        created_by=actor.user_id,
    )
    mapping.header = header_names(row.cells)
    _say(mapping, name, said)
    store(session, mapping)
    action = "statement_mapping.corrected" if known else "statement_mapping.saved"
    audit.note(session, actor, action, mapping.id, market=str(mapping.market_id))
    _let_go(session, mapping)
    return mapping, known is None


def _known(session: Session, actor: Actor, market_id: UUID, header: bytes) -> StatementMapping | None:
    """The market's mapping for this header, locked: somebody else may just have saved it."""
    query = select(StatementMapping.id).where(
        StatementMapping.market_id == market_id, StatementMapping.fingerprint == header
    )
    mapping_id = session.scalar(query)
    return _lock(session, actor, mapping_id) if mapping_id else None


def _say(mapping: StatementMapping, name: str, said: dict[str, Any]) -> None:
    mapping.name = name
    for field, place in _places(said).items():
        setattr(mapping, field, place)
    mapping.date_format, mapping.decimal = said["date_format"], said["decimal"]


def _let_go(session: Session, mapping: StatementMapping) -> None:
    """What waits in this market and has that header is read now."""
    query = (
        select(Statement, StatementFile)
        .join(StatementFile, StatementFile.statement_id == Statement.id)
        .where(Statement.market_id == mapping.market_id, Statement.status == StatementStatus.UNMAPPED)
        .order_by(Statement.id)
        .with_for_update()
    )
    known = [described(mapping)]
    for statement, file in session.execute(query).all():
        if file.head and any(find_described(row.cells, known) for row in unpack(file.head)):
            statement.status, file.head = StatementStatus.WAITING, None
            record(session, StatementUploaded(statement.market_id, statement.id))
    session.flush()


def list_mappings(session: Session, actor: Actor, market_id: UUID) -> Sequence[StatementMapping]:
    """Those of a market, the newest first. Raises NotFound, Forbidden."""
    get_managed_market(session, actor, market_id)
    query = select(StatementMapping).where(StatementMapping.market_id == market_id)
    return session.scalars(query.order_by(StatementMapping.created_at.desc(), StatementMapping.id)).all()


def get_mapping(session: Session, actor: Actor, mapping_id: UUID) -> StatementMapping:
    query = select(StatementMapping).where(StatementMapping.id == mapping_id, visible_mappings(actor))
    mapping = session.scalar(query)
    if mapping is None:
        raise NotFound()
    return mapping


def correct_mapping(
    session: Session, actor: Actor, mapping_id: UUID, *, name: str, **said: Any
) -> StatementMapping:
    """For the files to come; those that were read stay as they are. Raises InvalidInput, Conflict while a file of
    the market is being read, NotFound."""
    mapping = _lock(session, actor, mapping_id)
    check_places(_places(said), len(mapping.header))
    _say(mapping, name, said)
    store(session)
    audit.note(session, actor, "statement_mapping.corrected", mapping.id, market=str(mapping.market_id))
    return mapping


def forget_mapping(session: Session, actor: Actor, mapping_id: UUID) -> None:
    """Files that were read by it stay. Raises Conflict while a file of the market is being read, NotFound."""
    mapping = _lock(session, actor, mapping_id)
    audit.note(session, actor, "statement_mapping.deleted", mapping.id, market=str(mapping.market_id))
    session.delete(mapping)
    session.flush()


def discard_statement(session: Session, actor: Actor, statement_id: UUID) -> Statement:
    """A file that waits for its description and is not wanted after all: its bytes go. Raises Conflict, NotFound."""
    statement = get_statement(session, actor, statement_id)
    session.refresh(statement, with_for_update={"of": Statement})
    _head(session, statement)
    session.delete(session.get_one(StatementFile, statement.id))
    statement.status, statement.problem = StatementStatus.FAILED, text("Tệp đã được bỏ, chưa đọc dòng nào")
    session.flush()
    audit.note(session, actor, "statement.discarded", statement.id)
    return statement


def _lock(session: Session, actor: Actor, mapping_id: UUID) -> StatementMapping:
    """An import remembers by number how far it is, so that the way in which rows are counted must not change."""
    mapping = get_mapping(session, actor, mapping_id)
    session.refresh(mapping, with_for_update=True)
    reading = exists().where(
        Statement.market_id == mapping.market_id, Statement.status == StatementStatus.RUNNING
    )
    if session.scalar(select(reading)):
        raise Conflict(text("Đang đọc một sao kê của chợ; hãy thử lại sau ít phút"))
    return mapping


def _head(session: Session, statement: Statement) -> Head:
    file = session.get(StatementFile, statement.id)
    if statement.status is not StatementStatus.UNMAPPED or file is None or file.head is None:
        raise Conflict(text("Sao kê này không chờ chọn cột"))
    return unpack(file.head)


def _description(said: dict[str, Any]) -> Description:
    return Description(said["header_row"], _places(said), said["date_format"], said["decimal"])


def _places(said: dict[str, Any]) -> dict[str, int | None]:
    return {field: said.get(field) for field in PLACES}
