"""The count of the drills: whatever is lost, doubled, invented or left lying is seen."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from drills.counting import Connection, Count, Taken, count, open_work, unbooked
from drills.customers import Asked, Day, Paid, StallAt
from drills.sandbox import Books, Transfer
from models import Payment, PaymentRequest
from tests.builders import make_market, make_payment, make_payment_request, make_payos_channel, make_stall
from tests.integration.services.statement_files import row, statement_file, upload

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
    upload(session, stall, statement_file([row("rau")]), by_channel=True)
    change(connection, "UPDATE outbox_events SET relayed_at = now()")
    assert count_all(connection, taken, screen).faults == ["1 statements not read to their end"]
