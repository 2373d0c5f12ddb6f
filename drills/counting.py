"""The count: what the product has booked, against the books of the provider, who took the money."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from drills.customers import Day
from drills.sandbox import Transfer
from drills.screens import Screen

PAYMENTS = """
    SELECT p.id::text, p.order_code, p.reference, p.amount, p.stall_id::text,
           extract(epoch FROM p.created_at)::float, coalesce(j.entries, 0), coalesce(j.amount, 0)
    FROM payments p
    LEFT JOIN (SELECT payment_id, count(DISTINCT key) AS entries, sum(amount) AS amount
               FROM journal_entries GROUP BY payment_id) j ON j.payment_id = p.id
    WHERE p.created_at >= %s
"""
REQUESTS = """
    SELECT id::text, order_code, stall_id::text, status, amount_paid FROM payment_requests WHERE created_at >= %s
"""
CHANNELS = """
    SELECT c.name, (SELECT coalesce(sum(amount), 0) FROM payments WHERE channel_id = c.id) -
        (SELECT coalesce(sum(e.amount), 0) FROM journal_entries e JOIN journal_accounts a ON a.id = debit_account_id
         WHERE a.owner_id = c.id)
    FROM collection_channels c
"""
STRAY_ENTRIES = """
    SELECT e.key FROM journal_entries e
    JOIN journal_accounts d ON d.id = e.debit_account_id JOIN journal_accounts c ON c.id = e.credit_account_id
    WHERE d.market_id <> e.market_id OR c.market_id <> e.market_id
"""
OPEN_WORK = """
    SELECT (SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL),
           (SELECT count(*) FROM event_deliveries WHERE status = 'queued'),
           (SELECT count(*) FROM event_deliveries WHERE status = 'dead')
"""
INBOX_WITHOUT_EVENT = """
    SELECT count(*) FROM inbox_messages m WHERE NOT EXISTS (
        SELECT FROM outbox_events WHERE type = 'payment_notice.received.v1'
        AND payload ->> 'inbox_message_id' = m.id::text)
"""
POLLED = """
    SELECT p.reference FROM payments p JOIN payment_requests r USING (order_code, channel_id)
    JOIN payment_request_changes c ON c.payment_request_id = r.id AND c.cause = 'poll' AND c.created_at = p.created_at
"""
PAID = {"paid", "overpaid", "paid_late", "partly_paid", "refund_due"}

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Booked:
    """A payment as the product has it."""

    id: str
    order_code: int
    reference: str
    amount: int
    stall: str | None
    at: float
    entries: int
    journal: int


@dataclass(frozen=True)
class Request:
    id: str
    order_code: int
    stall: str
    status: str
    amount_paid: int


@dataclass(frozen=True)
class Row:
    """One drill's payments."""

    drill: str
    payments: int
    polled: int
    slowest: float
    lost: int
    doubled: int


@dataclass(frozen=True)
class Count:
    """`faults` are sentences on what does not add up; none where all is well."""

    transfers: int
    amount: int
    rows: list[Row]
    faults: list[str]


def open_work(connection: Connection) -> tuple[int, int, int]:
    """Events not on the road, deliveries not done, deliveries given up."""
    waiting, queued, dead = connection.execute(OPEN_WORK).fetchall()[0]
    return waiting, queued, dead


def unbooked(connection: Connection, books: Sequence[Transfer], began: datetime) -> int:
    """How many transfers are not yet payments."""
    known = {(payment.order_code, payment.reference) for payment in _payments(connection, began)}
    return len({(transfer.order_code, transfer.reference) for transfer in books} - known)


def count(
    connection: Connection, books: Sequence[Transfer], day: Day, screens: Sequence[Screen], began: datetime
) -> Count:
    """Everything that came to be since the drills `began`, against everything else."""
    payments = _payments(connection, began)
    requests = [Request(*row) for row in connection.execute(REQUESTS, [began])]
    faults = [
        *_transfers(books, payments),
        *_journal(connection, payments),
        *_requests(books, requests, day),
        *_stalls(books, payments, requests),
        *_work(connection),
        *_screens(payments, screens),
    ]
    polled = {row[0] for row in connection.execute(POLLED)}
    return Count(len(books), sum(t.amount for t in books), _rows(books, payments, day, polled), faults)


def _payments(connection: Connection, began: datetime) -> list[Booked]:
    return [Booked(*row) for row in connection.execute(PAYMENTS, [began])]


def _transfers(books: Sequence[Transfer], payments: Sequence[Booked]) -> list[str]:
    """Every transfer one payment, of that amount; and no payment without a transfer."""
    taken = {(t.order_code, t.reference): t.amount for t in books}
    booked = Counter((p.order_code, p.reference) for p in payments)
    amounts = {(p.order_code, p.reference): p.amount for p in payments}
    return [
        *[f"{where}: lost" for where in taken.keys() - booked.keys()],
        *[f"{where}: booked without a transfer" for where in booked.keys() - taken.keys()],
        *[f"{where}: booked {times} times" for where, times in booked.items() if times > 1],
        *[
            f"{where}: {amounts[where]} instead of {taken[where]}"
            for where in taken.keys() & amounts.keys()
            if amounts[where] != taken[where]
        ],
    ]


def _journal(connection: Connection, payments: Sequence[Booked]) -> list[str]:
    """Every payment's amount once in the journal; every channel's account holds what came through it."""
    wrong = [p for p in payments if p.journal != p.amount or not 1 <= p.entries <= 2]
    uneven = [row for row in connection.execute(CHANNELS) if row[1]]
    stray = [row[0] for row in connection.execute(STRAY_ENTRIES)]
    return [
        *[f"payment {p.reference}: {p.amount} booked as {p.journal} in {p.entries} entries" for p in wrong],
        *[f"channel {name}: {difference} not in its account" for name, difference in uneven],
        *[f"entry {key}: not in two accounts of its market, whose total is not 0" for key in stray],
    ]


def _requests(books: Sequence[Transfer], requests: Sequence[Request], day: Day) -> list[str]:
    """Every request that was promised is there, and paid with what came for it and nothing else."""
    came: Counter[int] = Counter()
    for transfer in books:
        came[transfer.order_code] += transfer.amount
    stored = {request.id for request in requests}
    return [
        *[f"request {id_}: lost" for id_ in day.requests.keys() - stored],
        *[f"request {id_}: nobody asked for it" for id_ in stored - day.requests.keys()],
        *[
            f"request {r.id}: {r.status} with {r.amount_paid}, {came[r.order_code]} came"
            for r in requests
            if r.amount_paid != came[r.order_code] or (r.status in PAID) != bool(came[r.order_code])
        ],
    ]


def _stalls(books: Sequence[Transfer], payments: Sequence[Booked], requests: Sequence[Request]) -> list[str]:
    stall_of = {request.order_code: request.stall for request in requests}
    theirs = _sums((stall_of.get(t.order_code), t.amount) for t in books)
    ours = _sums((p.stall, p.amount) for p in payments)
    return [
        f"stall {stall}: {ours.get(stall, 0)} booked, {theirs.get(stall, 0)} paid"
        for stall in theirs.keys() | ours.keys()
        if ours.get(stall) != theirs.get(stall)
    ]


def _sums(items: Any) -> Mapping[str | None, int]:
    sums: dict[str | None, int] = defaultdict(int)
    for key, amount in items:
        sums[key] += amount
    return sums


def _work(connection: Connection) -> list[str]:
    waiting, queued, dead = open_work(connection)
    orphaned = connection.execute(INBOX_WITHOUT_EVENT).fetchall()[0][0]
    found = {"waiting for the relay": waiting, "not delivered": queued, "given up": dead}
    return [
        *[f"{number} events {what}" for what, number in found.items() if number],
        *([f"{orphaned} notices that nothing follows"] if orphaned else []),
    ]


def _screens(payments: Sequence[Booked], screens: Sequence[Screen]) -> list[str]:
    faults = []
    for screen in screens:
        told = Counter(screen.told)
        came = {payment.id for payment in payments if payment.stall == screen.stall}
        faults += [f"screen of {screen.stall}: not told of {id_}" for id_ in came - told.keys()]
        faults += [f"screen of {screen.stall}: told {n} times of {id_}" for id_, n in told.items() if n > 1]
    return faults


def _rows(books: Sequence[Transfer], payments: Sequence[Booked], day: Day, polled: set[str]) -> list[Row]:
    booked: dict[str, list[Booked]] = defaultdict(list)
    for payment in payments:
        booked[payment.reference].append(payment)
    drills = list(dict.fromkeys(paid.drill for paid in day.paid))
    return [_row(drill, [p for p in day.paid if p.drill == drill], booked, polled) for drill in drills]


def _row(drill: str, paid: Sequence[Any], booked: Mapping[str, list[Booked]], polled: set[str]) -> Row:
    waits = [payment.at - p.at for p in paid for payment in booked[p.reference]]
    return Row(
        drill=drill,
        payments=len(paid),
        polled=sum(p.reference in polled for p in paid),
        slowest=max(waits, default=0.0),
        lost=sum(not booked[p.reference] for p in paid),
        doubled=sum(len(booked[p.reference]) > 1 for p in paid),
    )
