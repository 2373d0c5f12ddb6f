"""The count of the drills: whatever is lost, doubled, invented or left lying is seen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from drills.bank import Bank, Movement, statement_file
from drills.counting import Connection, Count, Taken, count, open_work, unbooked
from drills.customers import Asked, Day, Paid, StallAt
from drills.manager import with_credits
from drills.sandbox import Books, Transfer
from drills.tellers import SECRET, WRITERS
from gateways.formats import BANK_FORMATS
from gateways.ports import PostedNotice
from models import Payment, PaymentRequest, Stall
from services.inbox import FOLLOWED_BY
from tests.builders import make_market, make_payment, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.statement_files import read_to_the_end, upload

EARLIER = now() - timedelta(days=1)


class Screen:
    """One that was told of these payments."""

    def __init__(self, stall: str, *told: str) -> None:
        self.stall, self.told = stall, list(told)


@pytest.fixture
def connection(session: Session, database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as found:
        yield found


@pytest.fixture
def paid(session: Session) -> list[tuple[PaymentRequest, Payment]]:
    """Three requests and the money for each; all of it carried and told."""
    market = make_market(session)
    channel = make_payos_channel(session, market)
    stall = make_stall(session, market, channel_id=channel.id)
    requests = [make_payment_request(session, stall, amount=10_000 * n) for n in (1, 2, 3)]
    made = [(request, make_payment(session, request)) for request in requests]
    session.execute(text("UPDATE outbox_events SET relayed_at = now()"))
    session.commit()
    return made


@pytest.fixture
def day(paid: list[tuple[PaymentRequest, Payment]]) -> Day:
    return Day(
        requests={str(request.id): _asked(request) for request, _ in paid},
        paid=[Paid(payment.reference, "web", now().timestamp() - 2) for _, payment in paid],
    )


@pytest.fixture
def taken(paid: list[tuple[PaymentRequest, Payment]], day: Day) -> Taken:
    transfers = [
        Transfer(payment.order_code, payment.reference, payment.amount, "client", "", payment.occurred_at)
        for _, payment in paid
    ]
    return Taken(Books(transfers, {}), {}, day, [])


def _asked(request: PaymentRequest) -> Asked:
    stall = request.stall
    place = StallAt(
        str(stall.id),
        stall.reference,
        str(stall.market_id),
        str(stall.seller_id),
        str(stall.channel_id),
        str(stall.payout_account_id),
        stall.payout_account.account_number,
    )
    return Asked(str(request.id), place, request.amount, request.reference, request.order_code)


@pytest.fixture
def screen(paid: list[tuple[PaymentRequest, Payment]]) -> Screen:
    return Screen(str(paid[0][0].stall_id), *(str(payment.id) for _, payment in paid))


def count_all(connection: Connection, taken: Taken, screen: Screen) -> Count:
    return count(connection, taken, [screen], EARLIER)  # type: ignore[list-item]


def change(connection: Connection, *statements: str) -> None:
    """Also where triggers forbid it."""
    for statement in ("SET session_replication_role = replica", *statements):
        connection.execute(statement)  # type: ignore[call-overload]


def test_day_on_which_nothing_went_wrong(connection: Connection, taken: Taken, screen: Screen) -> None:
    found = count_all(connection, taken, screen)
    assert found.faults == []
    (row,) = found.rows
    assert (row.drill, row.payments, row.lost, row.doubled) == ("web", 3, 0, 0)
    assert 1 < row.slowest < 60
    assert (found.transfers, found.amount) == (3, 60_000)
    assert unbooked(connection, taken, EARLIER) == 0


def test_lost_transfer_is_seen(connection: Connection, taken: Taken, screen: Screen) -> None:
    change(
        connection,
        "DELETE FROM payment_matches",
        "DELETE FROM journal_entries WHERE amount = 30000",
        "DELETE FROM payments WHERE amount = 30000",
    )
    found = count_all(connection, taken, screen)
    assert f"{taken.books.transfers[2].reference}: lost" in found.faults
    assert found.rows[0].lost == 1
    assert unbooked(connection, taken, EARLIER) == 1


def test_doubled_transfer_is_seen(connection: Connection, taken: Taken, screen: Screen) -> None:
    change(
        connection,
        "INSERT INTO payments (id, market_id, stall_id, channel_id, order_code, account_number, reference, amount,"
        " memo, occurred_at, business_day, bank_day) SELECT gen_random_uuid(), market_id, stall_id, channel_id,"
        " order_code, 'ANOTHER', reference, amount, memo, occurred_at, business_day, bank_day"
        " FROM payments WHERE amount = 30000",
    )
    found = count_all(connection, taken, screen)
    assert f"{taken.books.transfers[2].reference}: booked 2 times" in found.faults
    assert found.rows[0].doubled == 1


def test_invented_payment_is_seen(connection: Connection, taken: Taken, screen: Screen) -> None:
    taken.books.transfers.pop()
    faults = count_all(connection, taken, screen).faults
    assert any("booked without a transfer" in fault for fault in faults)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE payments SET amount = amount + 1 WHERE amount = 30000", "30001 instead of 30000"),
        ("UPDATE journal_entries SET amount = amount + 1", "the channel has 10001 and others hold 10001"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "the channel has 0 and others hold 0"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "40000, by the books 60000"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "-40000, by the books -60000"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "40000 with its seller in the journal, 60000"),
        (
            "INSERT INTO journal_accounts (id, market_id, kind) SELECT gen_random_uuid(), id, 'suspense' FROM markets;"
            " UPDATE journal_entries SET credit_account_id ="
            " (SELECT id FROM journal_accounts WHERE kind = 'suspense')",
            "in suspense, and nobody is shown it",
        ),
        (
            "UPDATE journal_entries SET market_id = gen_random_uuid() WHERE amount = 20000",
            "not in two accounts",
        ),
        ("UPDATE payment_requests SET status = 'awaiting_payment'", "awaiting_payment with 10000"),
        ("UPDATE payment_requests SET status = 'paid_late'", "paid_late with 10000, 10000 came, so paid"),
        ("UPDATE payment_requests SET amount_paid = 0 WHERE amount = 30000", "paid with 0, 30000 came"),
        ("DELETE FROM payment_requests WHERE amount = 30000", ": lost"),
        ("UPDATE payments SET stall_id = NULL WHERE amount = 30000", "stall None: 30000 booked, 0 paid"),
        ("UPDATE outbox_events SET relayed_at = NULL", "events waiting for the relay"),
        (
            "INSERT INTO event_deliveries SELECT id, 'job', 'dead', 9, now(), '' FROM outbox_events",
            "events given up",
        ),
        (
            "INSERT INTO event_deliveries SELECT id, 'job', 'queued', 0, now(), '' FROM outbox_events",
            "events not delivered",
        ),
        (
            "INSERT INTO inbox_messages (id, source, key, body) VALUES (gen_random_uuid(), 'payos', 'k', '{}')",
            "1 notices that nothing follows",
        ),
    ],
)
def test_what_does_not_add_up_is_seen(
    connection: Connection, taken: Taken, screen: Screen, statement: str, fault: str
) -> None:
    assert count_all(connection, taken, screen).faults == []
    change(connection, statement)
    assert [line for line in count_all(connection, taken, screen).faults if fault in line]


def test_request_that_nobody_made_is_seen(connection: Connection, taken: Taken, screen: Screen) -> None:
    taken.day.requests.popitem()
    assert any("nobody asked for it" in fault for fault in count_all(connection, taken, screen).faults)


def test_screen_that_was_told_too_little_or_too_much_is_seen(
    connection: Connection, taken: Taken, screen: Screen
) -> None:
    screen.told[2] = screen.told[1]
    faults = count_all(connection, taken, screen).faults
    assert len([fault for fault in faults if "not told of" in fault]) == 1
    assert len([fault for fault in faults if "told 2 times" in fault]) == 1


@pytest.mark.usefixtures("paid")
def test_work_that_is_open_is_waited_for(connection: Connection) -> None:
    assert open_work(connection) == (0, 0, 0)
    change(connection, "UPDATE outbox_events SET relayed_at = NULL")
    assert open_work(connection)[0] > 0


def test_payout_without_a_refund_is_seen(connection: Connection, taken: Taken, screen: Screen) -> None:
    taken.books.payouts["refund-1"] = ("client", 10_000)
    assert count_all(connection, taken, screen).faults == ["refund refund-1: 0 booked, 10000 paid out"]


def test_statement_that_was_not_read_is_seen(
    connection: Connection,
    session: Session,
    taken: Taken,
    screen: Screen,
    paid: list[tuple[PaymentRequest, Payment]],
) -> None:
    stall = paid[0][0].stall
    upload(session, stall, statement_file([Movement("FT01", 5_000, "rau", now())]), by_channel=True)
    change(connection, "UPDATE outbox_events SET relayed_at = now()")
    assert count_all(connection, taken, screen).faults == ["1 statements not read to their end"]


@pytest.fixture
def direct(session: Session, paid: list[tuple[PaymentRequest, Payment]], day: Day) -> tuple[Asked, Stall]:
    """A request of a stall that is paid directly, and the stall."""
    stall = make_stall(session, paid[0][0].stall.market)
    asked = _asked(make_payment_request(session, stall, amount=70_000))
    session.commit()
    day.requests[asked.id] = asked
    return asked, stall


def _tell(session: Session, connection: Connection, stall: Stall, bank: Bank) -> None:
    """All that moved, by the references that notices have."""
    lines = [
        replace(line, reference=line.noticed_as or line.reference) for line in bank.books()[str(stall.id)]
    ]
    read_to_the_end(session, upload(session, stall, statement_file(lines)))
    change(connection, "UPDATE outbox_events SET relayed_at = now()")


@pytest.mark.parametrize("renamed", [False, True])
@pytest.mark.parametrize("is_told", [True, False])
def test_money_that_the_bank_took_back_is_nobodys(
    session: Session,
    connection: Connection,
    taken: Taken,
    screen: Screen,
    direct: tuple[Asked, Stall],
    *,
    renamed: bool,
    is_told: bool,
) -> None:
    (asked, stall), bank = direct, Bank()
    id_ = str(stall.id)
    bank.pay(id_, 5_000, "RAU")
    credit = bank.pay(id_, 70_000, asked.reference, asked.id, renamed=renamed)
    if is_told:
        bank.take_back(id_, credit, f"HOAN TIEN {asked.reference}")
    _tell(session, connection, stall, bank)
    if not is_told:
        bank.take_back(id_, credit, f"HOAN TIEN {asked.reference}")
    faults = count_all(connection, replace(taken, at_banks=bank.books(), direct=[asked.stall]), screen).faults
    assert bool(faults) != is_told, faults
    assert is_told or any(f"request {asked.id}: paid with 70000" in fault for fault in faults)


def test_like_transfers_are_counted_together(
    paid: list[tuple[PaymentRequest, Payment]], taken: Taken
) -> None:
    bank = Bank()
    for renamed in (True, False):
        bank.pay("stall", 20_000, "C1", "request", renamed=renamed)
    names = replace(taken, at_banks=bank.books()).names
    assert len(names) == len(paid) + 3
    assert len(set(names.values())) == len(paid) + 1


@pytest.mark.parametrize("provider", WRITERS)
def test_notices_of_tellers_are_genuine(provider: str) -> None:
    bank = Bank()
    credit = bank.pay("stall", 20_000, "C1", renamed=True)
    bank.take_back("stall", credit, "HOAN")
    for number, moved in enumerate(bank.books()["stall"], start=1):
        body, headers = WRITERS[provider](number, "1234567890", moved)
        post = PostedNotice(body, {name.lower(): value for name, value in headers.items()}, now())
        notice = BANK_FORMATS[provider].read(post, [SECRET])
        movement = BANK_FORMATS[provider].read_stored(notice.kept, now())
        assert (notice.key, notice.accounts, notice.ignored) == (str(number), ("1234567890",), None)
        assert movement.amount == moved.amount
        assert movement.occurred_at == moved.at
        assert movement.reference == (moved.noticed_as or moved.reference)


def test_period_with_money_that_went_off_again_has_that_money() -> None:
    bank = Bank()
    first, second = (bank.pay("stall", amount, "RAU") for amount in (10_000, 20_000))
    bank.take_back("stall", first, "HOAN")
    lines = bank.books()["stall"]
    assert with_credits(lines[2:], lines) == [first, lines[2]]
    assert with_credits(lines[:2], lines) == [first, second]


@pytest.mark.parametrize("event", FOLLOWED_BY.values())
def test_notice_that_its_event_follows_is_no_fault(
    connection: Connection, taken: Taken, screen: Screen, event: str
) -> None:
    change(
        connection,
        "INSERT INTO inbox_messages (id, source, key, body) VALUES (gen_random_uuid(), 'any', 'k', '{}')",
        "INSERT INTO outbox_events (type, payload, relayed_at)"
        f" SELECT '{event}', jsonb_build_object('inbox_message_id', id), now() FROM inbox_messages",
    )
    assert count_all(connection, taken, screen).faults == []
