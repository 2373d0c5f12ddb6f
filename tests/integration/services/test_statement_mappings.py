"""Statements of unknown layouts: kept, described, read at once, and read by themselves from then on."""

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound
from models import (
    AuditEntry,
    DateFormat,
    OutboxEvent,
    PaymentStatus,
    Stall,
    Statement,
    StatementFile,
    StatementLine,
    StatementMapping,
    StatementStatus,
)
from services.access import actor_of
from services.statements import importing, mappings, uploading
from services.statements.uploading import upload_statement
from tests.builders import SA_PA, anybody, make_manager, make_market, make_payment_request, make_stall
from tests.integration.services.statement_files import outcomes, read_to_the_end, upload
from tests.unit.services.statements.files import workbook

SAID = {
    "name": "Ngân hàng lạ",
    "header_row": 2,
    "date_at": 0,
    "amount_at": 1,
    "memo_at": 2,
    "reference_at": 3,
    "date_format": DateFormat.MONTH_FIRST,
    "decimal": ",",
}


@pytest.fixture
def stall(session: Session) -> Stall:
    return make_stall(session)


def file_of(*notes: str, header: str = "Posting day;Movement;Story;Key", start: int = 1) -> bytes:
    rows = [f"11/25/2026;50.000;{note};FT{number:08}" for number, note in enumerate(notes, start)]
    return "\n".join(["NGAN HANG LA;;;", header, *rows]).encode()


def count(session: Session, name: str) -> int:
    query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.type == name)
    return session.scalar(query) or 0


def test_file_waits_is_described_and_read_and_the_next_one_reads_itself(
    session: Session, stall: Stall
) -> None:
    asked = [make_payment_request(session, stall) for _ in range(2)]
    statement = upload(session, stall, file_of(asked[0].reference, "mua rau"))
    assert statement.status is StatementStatus.UNMAPPED
    assert count(session, "statement.uploaded.v1") == 0
    assert importing.begin_import(session, statement.id) is None

    mapping, new = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.commit()
    assert new
    assert (mapping.market_id, mapping.header) == (
        stall.market_id,
        ["Posting day", "Movement", "Story", "Key"],
    )
    session.refresh(statement)
    assert statement.status is StatementStatus.WAITING
    assert count(session, "statement.uploaded.v1") == 1
    read_to_the_end(session, statement)
    assert (statement.status, statement.lines) == (StatementStatus.DONE, 2)
    assert outcomes(session, statement) == ["matched", "review"]

    later = upload(
        session, stall, file_of(asked[1].reference, header="POSTING DAY;movement;Stóry;Key", start=9)
    )
    assert later.status is StatementStatus.WAITING
    read_to_the_end(session, later)
    assert outcomes(session, later) == ["matched"]
    session.refresh(asked[1])
    assert asked[1].status is PaymentStatus.PAID
    actions = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == mapping.id)).all()
    assert actions == ["statement_mapping.saved"]


def test_all_that_wait_with_that_header_are_read_and_no_others(session: Session, stall: Stall) -> None:
    first, second = (upload(session, stall, file_of("a", start=number)) for number in (1, 2))
    other = upload(session, stall, file_of("a", header="Posting day;Story;Movement;Key"))
    elsewhere = make_stall(session, make_market(session, commune_code=SA_PA))
    foreign = upload(session, elsewhere, file_of("a"))
    mappings.save_mapping(session, anybody(session), first.id, **SAID)
    session.commit()
    session.expire_all()
    waiting, unmapped = StatementStatus.WAITING, StatementStatus.UNMAPPED
    assert [s.status for s in (first, second, other, foreign)] == [waiting, waiting, unmapped, unmapped]
    heads = session.scalars(
        select(StatementFile.head).where(StatementFile.statement_id.in_([first.id, second.id]))
    )
    assert set(heads) == {None}


def test_same_header_is_described_once_in_a_market(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mapping, _ = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.commit()
    again, new = mappings.save_mapping(session, anybody(session), statement.id, id=mapping.id, **SAID)
    assert (again.id, new) == (mapping.id, False)
    with pytest.raises(Conflict):
        mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.execute(update(Statement).values(status=StatementStatus.UNMAPPED))
    session.execute(update(StatementFile).values(head=_head_of(file_of("a"))))
    session.expire_all()
    renamed, new = mappings.save_mapping(session, anybody(session), statement.id, **SAID | {"name": "Moi"})
    assert (renamed.id, renamed.name, new) == (mapping.id, "Moi", False)
    session.refresh(statement)
    assert statement.status is StatementStatus.WAITING


def _head_of(content: bytes) -> bytes:
    head = uploading.take_head(content)
    assert head
    return uploading.pack(head)


def test_bad_description_keeps_the_file_waiting(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    for wrong, field in (
        ({"amount_at": 0, "date_at": 1}, "date_at"),
        ({"memo_at": 1}, "amount_at"),
        ({"date_format": DateFormat.DAY_FIRST}, "date_at"),
        ({"header_row": 3}, "header_row"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            mappings.save_mapping(session, anybody(session), statement.id, **SAID | wrong)
        assert field in refusal.value.errors
    assert session.scalars(select(StatementMapping)).all() == []
    session.refresh(statement)
    assert statement.status is StatementStatus.UNMAPPED


def test_large_workbook_is_set_aside_by_the_worker(
    session: Session, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "LARGEST_WORKBOOK_TRIED", 0)
    rows = [["Posting day", "Movement", "Story"], ["11/25/2026", 50_000, "mua rau"]]
    statement = upload(session, stall, workbook(rows).read())
    assert statement.status is StatementStatus.WAITING
    begun = importing.begin_import(session, statement.id)
    session.commit()
    assert begun
    head = importing.head_of(begun[1])
    assert head
    importing.set_aside(session, statement.id, head)
    session.commit()
    session.refresh(statement)
    assert statement.status is StatementStatus.UNMAPPED
    said = SAID | {"header_row": 1, "reference_at": None}
    mappings.save_mapping(session, anybody(session), statement.id, **said)
    session.commit()
    read_to_the_end(session, statement)
    assert (statement.status, statement.lines) == (StatementStatus.DONE, 1)


def test_corrected_mapping_is_for_the_files_to_come(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mapping, _ = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.commit()
    read_to_the_end(session, statement)
    said = {name: value for name, value in SAID.items() if name != "header_row"} | {"reference_at": None}
    mappings.correct_mapping(session, anybody(session), mapping.id, **said)
    session.commit()
    later = upload(session, stall, file_of("b", start=7))
    read_to_the_end(session, later)
    references = session.scalars(select(StatementLine.bank_reference).order_by(StatementLine.id)).all()
    assert references == ["FT00000001", ""]
    with pytest.raises(InvalidInput) as refusal:
        mappings.correct_mapping(session, anybody(session), mapping.id, **said | {"memo_at": 1})
    assert list(refusal.value.errors) == ["amount_at"]


def test_deleted_mapping_leaves_what_was_imported(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mapping, _ = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.commit()
    read_to_the_end(session, statement)
    mappings.forget_mapping(session, anybody(session), mapping.id)
    session.commit()
    session.refresh(statement)
    assert (statement.status, statement.lines) == (StatementStatus.DONE, 1)
    assert upload(session, stall, file_of("b")).status is StatementStatus.UNMAPPED


def test_nothing_changes_while_a_file_is_being_read(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mapping, _ = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    session.commit()
    assert importing.begin_import(session, statement.id)
    session.commit()
    said = {name: value for name, value in SAID.items() if name != "header_row"}
    with pytest.raises(Conflict):
        mappings.correct_mapping(session, anybody(session), mapping.id, **said)
    with pytest.raises(Conflict):
        mappings.forget_mapping(session, anybody(session), mapping.id)


def test_discarded_file_is_gone(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mappings.discard_statement(session, anybody(session), statement.id)
    session.commit()
    assert statement.status is StatementStatus.FAILED
    assert session.get(StatementFile, statement.id) is None
    with pytest.raises(Conflict):
        mappings.discard_statement(session, anybody(session), statement.id)


def test_others_managers_know_nothing_of_it(session: Session, stall: Stall) -> None:
    statement = upload(session, stall, file_of("a"))
    mapping, _ = mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    waiting = upload(session, stall, file_of("a", header="x;y;z;w"))
    other = actor_of(make_manager(session, make_market(session, commune_code=SA_PA)))
    for attempt in (
        lambda: mappings.show_head(session, other, waiting.id),
        lambda: mappings.save_mapping(session, other, waiting.id, **SAID),
        lambda: mappings.discard_statement(session, other, waiting.id),
        lambda: mappings.get_mapping(session, other, mapping.id),
        lambda: mappings.forget_mapping(session, other, mapping.id),
        lambda: mappings.list_mappings(session, other, mapping.market_id),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_preview_shows_no_whole_number_and_no_whole_name(session: Session, stall: Stall) -> None:
    content = b"Chu TK: TRAN THI BE;19034567890;\n" + file_of("C1 19030000001 LE VAN CU")
    statement, _ = upload_statement(
        session, anybody(session), content=content, file_name="x", payout_account_id=stall.payout_account_id
    )
    shown = mappings.show_head(session, anybody(session), statement.id)
    words = " ".join(cell for row in shown.rows for cell in row.cells)
    for secret in ("19034567890", "19030000001", "TRAN THI BE", "LE VAN CU"):
        assert secret not in words
    lines = mappings.try_mapping(
        session, anybody(session), statement.id, **SAID | {"header_row": 3, "name": "x"}
    )
    assert "19030000001" not in str(lines)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ("memo_at = date_at", "own_column_each"),
        ("memo_at = 4", "own_column_each"),
        ("memo_at = -1", "own_column_each"),
        ("amount_at = NULL", "one_kind_of_amount"),
        ("debit_at = 3, reference_at = NULL", "debit_beside_credit"),
        ("decimal = ';'", "decimal_known"),
        ("date_format = 'x'", "date_format_known"),
        ("name = ' '", "name_not_blank"),
        ("fingerprint = ''", "fingerprint_whole"),
    ],
)
def test_database_refuses_nonsense(session: Session, stall: Stall, wrong: str, constraint: str) -> None:
    statement = upload(session, stall, file_of("a"))
    mappings.save_mapping(session, anybody(session), statement.id, **SAID)
    with pytest.raises(IntegrityError, match=f"ck_statement_mappings_{constraint}"):
        session.execute(text(f"UPDATE statement_mappings SET {wrong}"))
