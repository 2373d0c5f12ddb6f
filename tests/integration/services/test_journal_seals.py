"""A past that was changed behind the product's back is seen, wherever and however it was changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from models import AccountKind, JournalSeal
from services import journal_seals
from services.access import Actor, actor_of
from services.close_chain import verify_closes
from services.day_closes import reopen_day, sign_day
from services.journal import Account, Booking, book
from services.journal_seals import head, seal_journal, settled_end, verify_journal
from tests.builders import make_manager, make_market


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


EVERYWHERE = dict.fromkeys((1, 2, 3), "one of its accounts")
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
        ("UPDATE journal_seals SET version = 1 WHERE number = 2", {2: "changed"}),
        ("UPDATE journal_accounts SET owner_id = gen_random_uuid() WHERE kind = 'cash'", EVERYWHERE),
        ("UPDATE journal_accounts SET kind = 'write_off' WHERE kind = 'fees'", EVERYWHERE),
        ("UPDATE journal_accounts SET market_id = gen_random_uuid() WHERE kind = 'fees'", EVERYWHERE),
        ("DELETE FROM journal_accounts WHERE kind = 'cash'", EVERYWHERE),
    ],
)  # fmt: skip
def test_every_change_is_found_where_it_was_made(
    sealed: Session, tamper: Callable[[str], None], statement: str, damaged: dict[int, str]
) -> None:
    tamper(statement)
    found = problems(sealed)
    assert found.keys() == damaged.keys()
    assert all(damaged[number] in found[number] for number in damaged)


def test_two_entries_that_changed_places_are_found(sealed: Session, tamper: Callable[[str], None]) -> None:
    """The sum of neither account, nor the number of entries, has changed."""
    tamper("UPDATE journal_entries SET key = 'swap' WHERE key = 'test:1'")
    tamper("UPDATE journal_entries SET key = 'test:1' WHERE key = 'test:2'")
    tamper("UPDATE journal_entries SET key = 'test:2' WHERE key = 'swap'")
    found = problems(sealed)
    assert found.keys() == {1}
    assert "changed" in found[1]


def test_older_seal_still_holds_and_new_ones_follow_it(
    session: Session, market_id: UUID, monkeypatch: pytest.MonkeyPatch, tamper: Callable[[str], None]
) -> None:
    book_some(session, market_id, 0)
    with monkeypatch.context() as before:
        before.setattr(journal_seals, "VERSION", 1)
        seal(session)
    book_some(session, market_id, 10)
    seal(session)
    assert list(session.scalars(select(JournalSeal.version).order_by(JournalSeal.number))) == [1, 2]
    assert problems(session) == {}
    tamper("UPDATE journal_accounts SET owner_id = gen_random_uuid() WHERE kind = 'fees'")
    assert problems(session).keys() == {2}, "the first was made before accounts were sealed"
    tamper("UPDATE journal_entries SET amount = 1 WHERE key = 'test:4'")
    assert problems(session).keys() == {1, 2}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal_seals",
        "UPDATE journal_accounts SET owner_id = gen_random_uuid() WHERE kind = 'fees'",
        "DELETE FROM journal_accounts",
        "TRUNCATE journal_entries",
        "TRUNCATE journal_accounts CASCADE",
        "TRUNCATE journal_seals",
        "TRUNCATE day_closes",
        "TRUNCATE payment_request_changes",
    ],
)
def test_what_is_sealed_can_only_be_added_to(sealed: Session, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        sealed.execute(text(statement))


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


def test_what_was_cut_off_the_end_is_seen_by_a_kept_head(
    app: Flask, sealed: Session, tamper: Callable[[str], None]
) -> None:
    kept = verify_journal(sealed).head
    assert head(sealed) == kept

    def verify(*options: str) -> int:
        return app.test_cli_runner().invoke(args=["journal", "verify", *options]).exit_code

    assert verify("--kept", kept) == 0
    assert verify("--kept", "no hash") == 1
    tamper(
        "DELETE FROM journal_entries WHERE number > (SELECT last_entry FROM journal_seals WHERE number = 2)"
    )
    tamper("DELETE FROM journal_seals WHERE number = 3")
    assert (verify(), verify("--kept", kept)) == (0, 1)


DAYS = (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25))


@pytest.fixture
def signed(session: Session) -> Session:
    """Acts 1 to 4: three days of one market, signed; the last of them opened again."""
    market = make_market(session)
    manager: Actor = actor_of(make_manager(session, market))
    for day in DAYS:
        sign_day(session, manager, market.id, day)
        session.commit()
    reopen_day(session, manager, market.id, DAYS[2], "Tìm thấy một khoản")
    session.commit()
    return session


def test_untouched_days_are_whole(signed: Session) -> None:
    chain = verify_closes(signed)
    assert (chain.acts, list(chain.damages)) == (4, [])


@pytest.mark.parametrize(
    ("statement", "damaged"),
    [
        (
            "UPDATE day_closes SET figures = jsonb_set(figures, '{came}', '7') WHERE number = 2",
            {2: "changed"},
        ),
        ("UPDATE day_closes SET note = 'khác' WHERE number = 4", {4: "changed"}),
        ("UPDATE day_closes SET by_user_id = gen_random_uuid() WHERE number = 1", {1: "changed"}),
        ("UPDATE day_closes SET created_at = created_at - interval '1 day' WHERE number = 3", {3: "changed"}),
        ("UPDATE day_closes SET hash = sha256('x') WHERE number = 2", {2: "changed", 3: "before it"}),
        ("DELETE FROM day_closes WHERE number IN (1, 2)", {3: "acts 1 to 2"}),
    ],
)
def test_every_changed_day_is_named(
    signed: Session, tamper: Callable[[str], None], statement: str, damaged: dict[int, str]
) -> None:
    tamper(statement)
    signed.expire_all()
    found = {damage.number: damage for damage in verify_closes(signed).damages}
    assert found.keys() == damaged.keys()
    assert all(damaged[number] in found[number].problem for number in damaged)
    assert all(found[number].day == DAYS[min(number, 3) - 1] for number in damaged)


def test_command_names_the_changed_day(app: Flask, signed: Session, tamper: Callable[[str], None]) -> None:
    whole = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert (whole.exit_code, "4 acts upon days" in whole.output) == (0, True)
    tamper("UPDATE day_closes SET figures = jsonb_set(figures, '{came}', '7') WHERE number = 2")
    broken = app.test_cli_runner().invoke(args=["journal", "verify"])
    assert broken.exit_code == 1
    assert "act 2 (day 2026-11-24 of CH-" in broken.output
