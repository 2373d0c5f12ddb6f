"""A bank statement against as many open requests: read, matched, booked and told, beside the bare join.

The first floor joins the same codes and amounts, parsed and stored beforehand, with the requests, and writes the
pairs down; it books nothing, tells nobody, and would settle a request twice. The second writes the very rows that an
import leaves, with their keys and constraints, from copies of them: nothing is read, matched or decided any more.
"""

import os
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench.ground import Ground
from bench.harness import ROUNDS, Figure, Report, rate
from bench.workload import AMOUNT, Bazaar, open_bazaar
from core.clock import VIETNAM, now
from core.ids import new_id
from core.reference_codes import ReferenceKind, new_reference
from models import Statement
from services.statements import importing
from services.statements.uploading import upload_statement
from tests import builders

LINES = int(os.environ.get("BENCH_LINES", "200000"))
"""A million take some twenty minutes."""
STALLS = 250
TARGET_A_SECOND = 25_000
MOST_GROWTH_MB = 50
ASK = """
COPY payment_requests (id, reference, stall_id, market_id, channel_id, amount, amount_paid, status, created_at,
                       expires_at, created_by) FROM STDIN
"""
BARE_TABLES = """
CREATE TABLE bare_lines (number bigint, code text, amount bigint);
CREATE TABLE bare_pairs (number bigint, request_id uuid);
"""
BARE = """
INSERT INTO bare_pairs SELECT l.number, r.id FROM bare_lines l
JOIN payment_requests r ON r.reference = l.code AND r.amount = l.amount WHERE r.status = 'awaiting_payment'
"""
WRITTEN = (
    "payments",
    "statement_lines",
    "payment_matches",
    "payment_request_changes",
    "journal_entries",
    "outbox_events",
)
PAID = """
UPDATE payment_requests r SET status = k.status, amount_paid = k.amount_paid
FROM kept_payment_requests k WHERE k.id = r.id
"""
COUNT = """
SELECT (SELECT count(*) FROM payments), (SELECT count(*) FROM journal_entries),
       (SELECT count(*) FROM payment_requests WHERE status = 'paid'),
       (SELECT count(*) FROM outbox_events WHERE type = 'payment.settled.v1')
"""


def run(ground: Ground) -> Report:
    place = ground.fresh()
    with place.engine() as engine, psycopg.connect(place.database_url, autocommit=True) as database:
        with Session(engine) as session:
            bazaar = open_bazaar(session, STALLS)
        codes = _codes()
        _ask(database, bazaar, codes)
        bare = median(_bare_seconds(database, codes) for _ in range(ROUNDS))
        whole, matching, grown, statement = _import(engine, bazaar, _file(codes))
        counted = database.execute(COUNT).fetchone() or ()
        rows = _rows_seconds(database)
    sound = set(counted) == {LINES} and statement.matched == LINES
    figures = [
        Figure("matched and booked", rate(LINES / matching), rate(LINES / bare), f"{bare / matching:.3f}"),
        Figure(
            "… beside the same rows, copied",
            rate(LINES / matching),
            rate(LINES / rows),
            f"{rows / matching:.2f}",
        ),
        Figure(
            "the whole file, uploaded to done",
            rate(LINES / whole),
            target=f"≥ {rate(TARGET_A_SECOND)}",
            reached=LINES / whole >= TARGET_A_SECOND,
        ),
        Figure(
            "memory after the last portion, beside after the first",
            f"{grown:+.0f} MB",
            target=f"≤ {MOST_GROWTH_MB} MB",
            reached=grown <= MOST_GROWTH_MB,
        ),
    ]
    verdict = "nothing lost, nothing doubled" if sound else "THIS IS A DEFECT"
    return Report(figures, [f"{LINES:,} lines, {LINES:,} open requests, every one of them paid: {verdict}."])


def _codes() -> list[str]:
    """Of so many that are drawn two may be alike: each once."""
    codes = set[str]()
    while len(codes) < LINES:
        codes.add(new_reference(ReferenceKind.PAYMENT_REQUEST))
    return list(codes)


def _ask(database: "psycopg.Connection[Any]", bazaar: Bazaar, codes: Sequence[str]) -> None:
    asked_at = now()
    facts = (bazaar.market_id, bazaar.channel_id, AMOUNT, 0, "awaiting_payment", asked_at)
    with database.cursor().copy(ASK) as copy:
        for number, code in enumerate(codes):
            stall = bazaar.stall_ids[number % len(bazaar.stall_ids)]
            copy.write_row((new_id(), code, stall, *facts, asked_at + timedelta(hours=1), bazaar.user_id))
    database.execute("VACUUM ANALYZE payment_requests")


def _file(codes: Sequence[str]) -> bytes:
    day = f"{now().astimezone(VIETNAM):%d-%m-%Y}"
    rows = (
        f"{day};FT26{number:010};+{AMOUNT};IBFT {code} chuyen tien" for number, code in enumerate(codes, 1)
    )
    return "\n".join(["Ngay GD;Ma GD;So tien;Dien giai", *rows, ""]).encode()


def _bare_seconds(database: "psycopg.Connection[Any]", codes: Sequence[str]) -> float:
    database.execute("DROP TABLE IF EXISTS bare_lines, bare_pairs")
    database.execute(BARE_TABLES)
    with database.cursor().copy("COPY bare_lines FROM STDIN") as copy:
        for number, code in enumerate(codes):
            copy.write_row((number, code, AMOUNT))
    database.execute("ANALYZE bare_lines")
    began = time.perf_counter()
    database.execute(BARE)
    return time.perf_counter() - began


def _rows_seconds(database: "psycopg.Connection[Any]") -> float:
    """What an import has left is put aside and written once more, table by table, in one transaction."""
    tables = ", ".join(WRITTEN)
    database.execute("SET session_replication_role = replica")  # lets the journal be emptied, here
    for table in (*WRITTEN, "payment_requests"):
        database.execute(f"CREATE TABLE kept_{table} AS TABLE {table}")
    database.execute("UPDATE payment_requests SET status = 'awaiting_payment', amount_paid = 0")
    database.execute(f"TRUNCATE {tables} CASCADE")
    database.execute("RESET session_replication_role")
    database.execute("VACUUM ANALYZE")
    began = time.perf_counter()
    with database.transaction():
        for table in WRITTEN:
            database.execute(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_{table}")
        database.execute(PAID)
    return time.perf_counter() - began


def _import(engine: Engine, bazaar: Bazaar, content: bytes) -> tuple[float, float, float, Statement]:
    """Seconds for all of it, and of them for what is done in the database; by how many MB the process grew."""
    began = time.perf_counter()
    with Session(engine, expire_on_commit=False) as session:
        upload = partial(upload_statement, session, builders.anybody(session), channel_id=bazaar.channel_id)
        statement, _ = upload(content=content, file_name="bench.csv")
        session.commit()
        matching, grown = _read(session, statement.id)
        session.refresh(statement)
    return time.perf_counter() - began, matching, grown, statement


def _read(session: Session, statement_id: UUID) -> tuple[float, float]:
    """As the worker does."""
    seconds, held = 0.0, list[float]()
    begun = importing.begin_import(session, statement_id)
    session.commit()
    assert begun
    reading = importing.open_reading(*begun)
    while rows := importing.next_rows(reading):
        began = time.perf_counter()
        importing.take_rows(session, reading, rows)
        session.commit()
        seconds += time.perf_counter() - began
        reading.taken += len(rows)
        held.append(_memory_mb())
    importing.finish_import(session, reading)
    session.commit()
    return seconds, held[-1] - held[0]


def _memory_mb() -> float:
    """What this process holds (proc(5): statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
