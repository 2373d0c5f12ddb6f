"""A past that was changed behind the product's back is seen, wherever and however it was changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models import AccountKind
from services import journal_seals
from services.journal import Account, Booking, book
from services.journal_seals import seal_journal, settled_end, verify_journal
from tests.builders import make_market


@pytest.fixture
def market_id(session: Session) -> UUID:
    found = make_market(session).id
    session.commit()
    return found


@pytest.fixture
def tamper(engine: Engine) -> Callable[[str], None]:
    """Runs SQL as somebody would who owns the database and has switched its guards off."""

    def run(statement: str) -> None:
        with engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            assert connection.execute(text(statement)).rowcount

    return run


def book_some(session: Session, market_id: UUID, first: int, count: int = 10) -> None:
    debit = Account(market_id, AccountKind.CASH, market_id)
    credit = Account(market_id, AccountKind.FEES, market_id)
    keys = range(first, first + count)
    book(session, [Booking(f"test:{n}", debit, credit, 1_000 + n, date(2026, 11, 25)) for n in keys])
    session.commit()


def seal(session: Session) -> int:
    end = settled_end(session)
    session.commit()
    sealed = seal_journal(session, end) if end else 0
    session.commit()
    return sealed


@pytest.fixture
def sealed(session: Session, market_id: UUID) -> Session:
    """Three seals over ten entries each."""
    for first in (0, 10, 20):
        book_some(session, market_id, first)
        assert seal(session) == 10
    return session


def problems(session: Session) -> dict[int, str]:
    session.expire_all()
    return {damage.number: damage.problem for damage in verify_journal(session).damages}


def test_untouched_journal_is_whole(sealed: Session, market_id: UUID) -> None:
    book_some(sealed, market_id, 30, 3)
    chain = verify_journal(sealed)
    assert (chain.seals, chain.entries, chain.unsealed, list(chain.damages)) == (3, 30, 3, [])
    assert seal(sealed) == 3
    assert seal(sealed) == 0


def test_long_journal_is_sealed_in_several_links(
    session: Session, market_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_seals, "MOST_ENTRIES", 4)
    book_some(session, market_id, 0, 10)
    assert seal(session) == 10
    assert verify_journal(session).seals == 3
    assert problems(session) == {}


NTH = "(SELECT number FROM journal_entries ORDER BY number OFFSET {} LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "damaged"),
    [
        ("UPDATE journal_entries SET amount = amount + 1 WHERE number = " + NTH.format(14), {2: "changed"}),
        ("UPDATE journal_entries SET created_at = created_at - interval '1 day' WHERE key = 'test:3'", {1: "changed"}),
        ("UPDATE journal_entries SET debit_account_id = credit_account_id, credit_account_id = debit_account_id "
         "WHERE key = 'test:25'", {3: "changed"}),
        ("DELETE FROM journal_entries WHERE key = 'test:12'", {2: "1 entries were taken out"}),
        ("UPDATE journal_seals SET hash = sha256('x') WHERE number = 2", {2: "changed", 3: "before it"}),
        ("DELETE FROM journal_seals WHERE number = 2", {3: "missing"}),
    ],
)  # fmt: skip
def test_every_change_is_found_where_it_was_made(
    sealed: Session, tamper: Callable[[str], None], statement: str, damaged: dict[int, str]
) -> None:
    tamper(statement)
    found = problems(sealed)
    assert found.keys() == damaged.keys()
    assert all(damaged[number] in found[number] for number in damaged)


def test_two_entries_that_changed_places_are_found(sealed: Session, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("ALTER TABLE journal_entries DISABLE TRIGGER ALL"))
        keys = "CASE key WHEN 'test:1' THEN 'swap' WHEN 'test:2' THEN 'test:1' END"
        connection.execute(text(f"UPDATE journal_entries SET key = {keys} WHERE key IN ('test:1')"))
        connection.execute(text(f"UPDATE journal_entries SET key = {keys} WHERE key = 'test:2'"))
        connection.execute(text("UPDATE journal_entries SET key = 'test:2' WHERE key = 'swap'"))
        connection.execute(text("ALTER TABLE journal_entries ENABLE TRIGGER ALL"))
    assert "changed" in problems(sealed)[1]


def test_seals_can_only_be_added(sealed: Session) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        sealed.execute(text("DELETE FROM journal_seals"))


def test_entry_that_is_still_on_its_way_is_waited_for_and_then_sealed(
    engine: Engine, session: Session, market_id: UUID
) -> None:
    """Number 1 is taken by a transaction that commits after number 11."""
    slow = Session(engine)
    debit, credit = Account(market_id, AccountKind.CASH, market_id), Account(market_id, AccountKind.SUSPENSE)
    book_some(session, market_id, 0, 1)
    book(slow, [Booking("slow", debit, credit, 5, date(2026, 11, 25))])
    book_some(session, market_id, 1, 10)
    with pytest.raises(OperationalError, match="lock timeout"):
        settled_end(session)
    session.rollback()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(slow.commit).result()
    slow.close()
    assert seal(session) == 12
    assert problems(session) == {}


def test_command_says_where_it_is_broken(app: Flask, sealed: Session, tamper: Callable[[str], None]) -> None:
    whole = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert (whole.exit_code, "3 seals over 30 entries" in whole.output) == (0, True)
    tamper("UPDATE journal_entries SET amount = 1 WHERE key = 'test:7'")
    broken = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert broken.exit_code == 1
    assert "seal 1 (entries " in broken.output
