"""The count of the drills: whatever is lost, doubled, invented or left lying is seen."""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.clock import now
from drills.counting import Connection, Count, count, open_work, unbooked
from drills.customers import Day, Paid
from drills.sandbox import Transfer
from models import Payment, PaymentRequest
from tests.builders import make_market, make_payment, make_payment_request, make_payos_channel, make_stall

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
def books(paid: list[tuple[PaymentRequest, Payment]]) -> list[Transfer]:
    return [Transfer(payment.order_code, payment.reference, payment.amount) for _, payment in paid]


@pytest.fixture
def day(paid: list[tuple[PaymentRequest, Payment]]) -> Day:
    return Day(
        requests={str(request.id): str(request.stall_id) for request, _ in paid},
        paid=[Paid(payment.reference, "web", now().timestamp() - 2) for _, payment in paid],
    )


@pytest.fixture
def screen(paid: list[tuple[PaymentRequest, Payment]]) -> Screen:
    return Screen(str(paid[0][0].stall_id), *(str(payment.id) for _, payment in paid))


def count_all(connection: Connection, books: list[Transfer], day: Day, screen: Screen) -> Count:
    return count(connection, books, day, [screen], EARLIER)  # type: ignore[list-item]


def change(connection: Connection, *statements: str) -> None:
    """Also where triggers forbid it."""
    for statement in ("SET session_replication_role = replica", *statements):
        connection.execute(statement)  # type: ignore[call-overload]


def test_day_on_which_nothing_went_wrong(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    found = count_all(connection, books, day, screen)
    assert found.faults == []
    (row,) = found.rows
    assert (row.drill, row.payments, row.lost, row.doubled) == ("web", 3, 0, 0)
    assert 1 < row.slowest < 60
    assert (found.transfers, found.amount) == (3, 60_000)
    assert unbooked(connection, books, EARLIER) == 0


def test_lost_transfer_is_seen(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    change(
        connection,
        "DELETE FROM payment_matches",
        "DELETE FROM journal_entries WHERE amount = 30000",
        "DELETE FROM payments WHERE amount = 30000",
    )
    found = count_all(connection, books, day, screen)
    assert f"({books[2].order_code}, '{books[2].reference}'): lost" in found.faults
    assert found.rows[0].lost == 1
    assert unbooked(connection, books, EARLIER) == 1


def test_doubled_transfer_is_seen(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    change(
        connection,
        "INSERT INTO payments (id, market_id, stall_id, channel_id, order_code, account_number, reference, amount,"
        " memo, occurred_at, business_day, bank_day) SELECT gen_random_uuid(), market_id, stall_id, channel_id,"
        " order_code, 'ANOTHER', reference, amount, memo, occurred_at, business_day, bank_day"
        " FROM payments WHERE amount = 30000",
    )
    found = count_all(connection, books, day, screen)
    assert f"({books[2].order_code}, '{books[2].reference}'): booked 2 times" in found.faults
    assert found.rows[0].doubled == 1


def test_invented_payment_is_seen(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    faults = count_all(connection, books[:2], day, screen).faults
    assert any("booked without a transfer" in fault for fault in faults)
    assert any(fault.startswith("stall ") for fault in faults)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE payments SET amount = amount + 1 WHERE amount = 30000", "30001 instead of 30000"),
        ("UPDATE journal_entries SET amount = amount + 1", "booked as 10001 in 1 entries"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "booked as 0 in 0 entries"),
        ("DELETE FROM journal_entries WHERE amount = 20000", "20000 not in its account"),
        (
            "UPDATE journal_entries SET market_id = gen_random_uuid() WHERE amount = 20000",
            "not in two accounts",
        ),
        ("UPDATE payment_requests SET status = 'awaiting_payment'", "awaiting_payment with 10000"),
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
    connection: Connection, books: list[Transfer], day: Day, screen: Screen, statement: str, fault: str
) -> None:
    assert count_all(connection, books, day, screen).faults == []
    change(connection, statement)
    assert [line for line in count_all(connection, books, day, screen).faults if fault in line]


def test_request_that_nobody_made_is_seen(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    day.requests.popitem()
    assert any("nobody asked for it" in fault for fault in count_all(connection, books, day, screen).faults)


def test_screen_that_was_told_too_little_or_too_much_is_seen(
    connection: Connection, books: list[Transfer], day: Day, screen: Screen
) -> None:
    screen.told[2] = screen.told[1]
    faults = count_all(connection, books, day, screen).faults
    assert len([fault for fault in faults if "not told of" in fault]) == 1
    assert len([fault for fault in faults if "told 2 times" in fault]) == 1


@pytest.mark.usefixtures("paid")
def test_work_that_is_open_is_waited_for(connection: Connection) -> None:
    assert open_work(connection) == (0, 0, 0)
    change(connection, "UPDATE outbox_events SET relayed_at = NULL")
    assert open_work(connection)[0] > 0
