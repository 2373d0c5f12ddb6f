"""The count: what the product has booked, against the books of those who took the money."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from drills.bank import Movement
from drills.customers import STRANGE_CODES, Day, StallAt
from drills.expected import Expected, Refund, work_out
from drills.sandbox import Books
from drills.screens import Screen

PAYMENTS = """
    SELECT p.id::text, p.order_code, p.reference, p.amount, p.stall_id::text,
           extract(epoch FROM p.created_at)::float, p.statement_identity IS NOT NULL,
           coalesce(j.received, 0), coalesce(j.held, 0), coalesce(r.amount, 0),
           coalesce((SELECT -sum(l.amount) FROM statement_lines l WHERE l.payment_id = p.id AND l.outcome = 'reversal'),
                    0)
    FROM payments p
    LEFT JOIN (SELECT e.payment_id, sum(e.amount * ((d.kind = 'channel')::int - (c.kind = 'channel')::int)) AS received,
                      sum(e.amount * ((c.kind <> 'channel')::int - (d.kind <> 'channel')::int)) AS held
               FROM journal_entries e JOIN journal_accounts d ON d.id = e.debit_account_id
               JOIN journal_accounts c ON c.id = e.credit_account_id GROUP BY e.payment_id) j ON j.payment_id = p.id
    LEFT JOIN (SELECT payment_id, sum(amount) AS amount FROM refunds WHERE status = 'done' GROUP BY payment_id) r
        ON r.payment_id = p.id
    WHERE p.created_at >= %s
"""
REQUESTS = """
    SELECT id::text, status, amount_paid, extract(epoch FROM expires_at)::float FROM payment_requests
    WHERE created_at >= %s
"""
ACCOUNTS = """
    SELECT a.market_id::text, a.kind, coalesce(a.owner_id::text, ''), sum(moved.amount)
    FROM journal_accounts a JOIN (
        SELECT debit_account_id AS id, amount FROM journal_entries WHERE created_at >= %(began)s
        UNION ALL SELECT credit_account_id, -amount FROM journal_entries WHERE created_at >= %(began)s) moved USING (id)
    GROUP BY a.id
"""
OF_SELLERS = """
    SELECT e.stall_id::text, sum(e.amount * ((c.kind = 'seller')::int - (d.kind = 'seller')::int))
    FROM journal_entries e JOIN journal_accounts d ON d.id = e.debit_account_id
    JOIN journal_accounts c ON c.id = e.credit_account_id
    WHERE e.created_at >= %s AND 'seller' IN (c.kind, d.kind) GROUP BY e.stall_id
"""
REFUNDS = """
    SELECT idempotency_key, payment_request_id::text, source, amount FROM refunds
    WHERE created_at >= %s AND status = 'done'
"""
REFUNDS_UNDER_WAY = "SELECT count(*) FROM refunds WHERE status IN ('waiting', 'sent')"
STRAY_ENTRIES = """
    SELECT e.key FROM journal_entries e
    JOIN journal_accounts d ON d.id = e.debit_account_id JOIN journal_accounts c ON c.id = e.credit_account_id
    WHERE d.market_id <> e.market_id OR c.market_id <> e.market_id
"""
UNSEEN = """
    SELECT p.reference FROM payments p JOIN journal_entries e ON e.payment_id = p.id
    JOIN journal_accounts d ON d.id = e.debit_account_id JOIN journal_accounts c ON c.id = e.credit_account_id
    WHERE p.created_at >= %s AND NOT EXISTS (
        SELECT FROM reconciliation_exceptions x WHERE x.payment_id = p.id AND x.status = 'open')
    GROUP BY p.id HAVING sum(e.amount * ((c.kind = 'suspense')::int - (d.kind = 'suspense')::int)) > 0
"""
OPEN_WORK = """
    SELECT (SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL),
           (SELECT count(*) FROM event_deliveries WHERE status = 'queued'),
           (SELECT count(*) FROM event_deliveries WHERE status = 'dead')
"""
UNREAD = "SELECT count(*) FROM statements WHERE status <> 'done'"
INBOX_WITHOUT_EVENT = """
    SELECT count(*) FROM inbox_messages m WHERE NOT EXISTS (
        SELECT FROM outbox_events WHERE type IN ('payment_notice.received.v1', 'bank_notice.received.v1')
        AND payload ->> 'inbox_message_id' = m.id::text)
"""
POLLED = """
    SELECT p.reference FROM payments p JOIN payment_requests r USING (order_code, channel_id)
    JOIN payment_request_changes c ON c.payment_request_id = r.id AND c.cause = 'poll' AND c.created_at = p.created_at
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Taken:
    """All that the outside knows of the day: the provider's books, the banks', and what the customers did. `direct`
    are the stalls that are paid directly, `taken_back` the provider's transfers that went off its accounts again."""

    books: Books
    at_banks: Mapping[str, Sequence[Movement]]
    day: Day
    direct: Sequence[StallAt]
    taken_back: Collection[str] = ()

    @property
    def amounts(self) -> dict[str, int]:
        """Đồng of each transfer, by its reference."""
        provider = {transfer.reference: transfer.amount for transfer in self.books.transfers}
        return provider | {line.reference: line.amount for _, line in self._credits()}

    @property
    def names(self) -> dict[str, str]:
        """What each transfer is counted as, by every reference under which it may be booked. Those that only their
        payer could tell apart are counted together: which of them a notice meant, nobody can say."""
        found = {transfer.reference: transfer.reference for transfer in self.books.transfers}
        for stall, line in self._credits():
            name = f"{line.amount} for {line.what_for or 'nothing'} at {stall}"
            found |= {line.reference: name, (line.noticed_as or line.reference): name}
        return found

    def _credits(self) -> list[tuple[str, Movement]]:
        """With their stalls."""
        return [(stall, line) for stall, lines in self.at_banks.items() for line in lines if line.amount > 0]


@dataclass(frozen=True)
class Booked:
    """A payment as the product has it: `received` by its channel and `held` by other accounts, less what went back."""

    id: str
    order_code: int | None
    reference: str
    amount: int
    stall: str | None
    at: float
    by_statement: bool
    received: int
    held: int
    refunded: int
    reversed: int


@dataclass(frozen=True)
class Request:
    id: str
    status: str
    amount_paid: int
    expires_at: float


@dataclass(frozen=True)
class Row:
    """One drill's payments."""

    drill: str
    payments: int
    polled: int
    by_statement: int
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


def under_way(connection: Connection) -> int:
    """Refunds whose outcome is not known yet."""
    return int(connection.execute(REFUNDS_UNDER_WAY).fetchall()[0][0])


def unbooked(connection: Connection, taken: Taken, began: datetime) -> int:
    """How many transfers for requests of a channel are not payments of theirs yet: these need no statement."""
    known = {(payment.order_code, payment.reference) for payment in _payments(connection, began)}
    asked = {(t.order_code, t.reference) for t in taken.books.transfers if t.order_code < STRANGE_CODES}
    return len(asked - known)


def count(connection: Connection, taken: Taken, screens: Sequence[Screen], began: datetime) -> Count:
    """Everything that came to be since the drills `began`, against everything else."""
    payments = _payments(connection, began)
    requests = [Request(*row) for row in connection.execute(REQUESTS, [began])]
    refunds = [Refund(*row) for row in connection.execute(REFUNDS, [began])]
    expiries = {request.id: request.expires_at for request in requests}
    faults = [*_transfers(taken, payments), *_promised(requests, taken.day)]
    if not faults:
        expected = work_out(
            taken.books, taken.at_banks, taken.day, taken.direct, refunds, expiries, taken.taken_back
        )
        faults = [
            *_requests(requests, expected),
            *_stalls(connection, payments, expected, began),
            *_accounts(connection, expected, began),
        ]
    faults += [
        *_journal(connection, payments, began),
        *_refunds(taken.books, refunds),
        *_work(connection),
        *_screens(payments, screens),
    ]
    polled = {row[0] for row in connection.execute(POLLED)}
    amounts = taken.amounts
    return Count(len(amounts), sum(amounts.values()), _rows(payments, taken.day, polled), faults)


def _payments(connection: Connection, began: datetime) -> list[Booked]:
    return [Booked(*row) for row in connection.execute(PAYMENTS, [began])]


def _transfers(taken: Taken, payments: Sequence[Booked]) -> list[str]:
    """Every transfer one payment, of that amount; and no payment without a transfer."""
    names = taken.names
    came = Counter(names[reference] for reference in taken.amounts)
    booked = Counter(names.get(payment.reference, payment.reference) for payment in payments)
    due = _sums((names[reference], amount) for reference, amount in taken.amounts.items())
    got = _sums((names.get(payment.reference, payment.reference), payment.amount) for payment in payments)
    return [
        *[f"{name}: lost" for name in came if booked[name] < came[name]],
        *[f"{name}: booked without a transfer" for name in booked if name not in came],
        *[f"{name}: booked {booked[name]} times" for name in came if booked[name] > came[name]],
        *[
            f"{name}: {got[name]} instead of {due[name]}"
            for name in came
            if booked[name] == came[name] and got[name] != due[name]
        ],
    ]


def _promised(requests: Sequence[Request], day: Day) -> list[str]:
    """Every request that was promised is there."""
    stored = {request.id for request in requests}
    return [
        *[f"request {id_}: lost" for id_ in day.requests.keys() - stored],
        *[f"request {id_}: nobody asked for it" for id_ in stored - day.requests.keys()],
    ]


def _requests(requests: Sequence[Request], expected: Expected) -> list[str]:
    """Every request is paid with what came for it and nothing else."""
    return [
        f"request {r.id}: {r.status} with {r.amount_paid}, {paid} came, so {' or '.join(sorted(statuses))}"
        for r in requests
        for paid, statuses in [expected.requests[r.id]]
        if r.amount_paid != paid or r.status not in statuses
    ]


def _stalls(
    connection: Connection, payments: Sequence[Booked], expected: Expected, began: datetime
) -> list[str]:
    """The sum by stall, of payments and in the journal."""
    ours = _sums((payment.stall, payment.amount) for payment in payments)
    sellers = _sums((stall, int(amount)) for stall, amount in connection.execute(OF_SELLERS, [began]))
    return [
        *[f"stall {stall}: {got} booked, {due} paid" for stall, got, due in _apart(ours, expected.by_stall)],
        *[
            f"stall {stall}: {got} with its seller in the journal, {due} were asked for and paid"
            for stall, got, due in _apart(sellers, expected.of_sellers)
        ],
    ]


def _accounts(connection: Connection, expected: Expected, began: datetime) -> list[str]:
    """Each account holds what the books say, to the đồng."""
    rows = connection.execute(ACCOUNTS, {"began": began})
    ours = {(market, kind, owner): int(held) for market, kind, owner, held in rows}
    return [
        f"account {kind} {owner} of market {market}: {got}, by the books {due}"
        for (market, kind, owner), got, due in _apart(ours, expected.accounts)
    ]


def _apart(ours: Mapping[Any, int], due: Mapping[Any, int]) -> list[tuple[Any, int, int]]:
    """Where the two differ."""
    keys = [*ours, *(key for key in due if key not in ours)]
    return [(key, ours.get(key, 0), due.get(key, 0)) for key in keys if ours.get(key, 0) != due.get(key, 0)]


def _sums(items: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    sums: dict[Any, int] = defaultdict(int)
    for key, amount in items:
        sums[key] += amount
    return sums


def _journal(connection: Connection, payments: Sequence[Booked], began: datetime) -> list[str]:
    """Every payment's đồng in the channel's account and in one other; nothing lies in suspense unseen."""
    wrong = [p for p in payments if not p.received == p.held == p.amount - p.refunded - p.reversed]
    stray = [row[0] for row in connection.execute(STRAY_ENTRIES)]
    unseen = [row[0] for row in connection.execute(UNSEEN, [began])]
    return [
        *[
            f"payment {p.reference}: of {p.amount} the channel has {p.received} and others hold {p.held},"
            f" {p.refunded} went back, {p.reversed} the bank took back"
            for p in wrong
        ],
        *[f"entry {key}: not in two accounts of its market, whose total is not 0" for key in stray],
        *[f"payment {reference}: in suspense, and nobody is shown it" for reference in unseen],
    ]


def _refunds(books: Books, refunds: Sequence[Refund]) -> list[str]:
    """Every payout is one refund, and the other way round."""
    ours = {refund.key: refund.amount for refund in refunds}
    theirs = {key: amount for key, (_, amount) in books.payouts.items()}
    return [f"refund {key}: {got} booked, {due} paid out" for key, got, due in _apart(ours, theirs)]


def _work(connection: Connection) -> list[str]:
    waiting, queued, dead = open_work(connection)
    orphaned = connection.execute(INBOX_WITHOUT_EVENT).fetchall()[0][0]
    unread = connection.execute(UNREAD).fetchall()[0][0]
    found = {"waiting for the relay": waiting, "not delivered": queued, "given up": dead}
    return [
        *[f"{number} events {what}" for what, number in found.items() if number],
        *([f"{orphaned} notices that nothing follows"] if orphaned else []),
        *([f"{unread} statements not read to their end"] if unread else []),
    ]


def _screens(payments: Sequence[Booked], screens: Sequence[Screen]) -> list[str]:
    faults = []
    for screen in screens:
        told = Counter(screen.told)
        came = {payment.id for payment in payments if payment.stall == screen.stall}
        faults += [f"screen of {screen.stall}: not told of {id_}" for id_ in came - told.keys()]
        faults += [f"screen of {screen.stall}: told {n} times of {id_}" for id_, n in told.items() if n > 1]
    return faults


def _rows(payments: Sequence[Booked], day: Day, polled: set[str]) -> list[Row]:
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
        by_statement=sum(payment.by_statement for p in paid for payment in booked[p.reference]),
        slowest=max(waits, default=0.0),
        lost=sum(not booked[p.reference] for p in paid),
        doubled=sum(len(booked[p.reference]) > 1 for p in paid),
    )
