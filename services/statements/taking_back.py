"""What follows from payments that the bank took back: a counter-entry for each account that held their money, their
requests reversed, an exception for a person. Which they are, and by which debit, stands in the table `undone`: found by
`reversals`, or by a person who takes back that a debit was no reversal (`take_again`).
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import PaymentRequest
from models.payment_states import TRANSITIONS, PaymentStatus, move, move_back, status_after_payment
from services.events import PaymentReversed
from services.fee_payments import undo_transfers
from services.matching import AskedFor, Settled
from services.payments import lock_asked, store_statuses
from services.received import Received, received_for
from services.refunds import stop_reversed
from services.statements import roundings

REVERSIBLE = sorted(status for status, to in TRANSITIONS.items() if PaymentStatus.REVERSED in to)

AGAIN = """
CREATE TEMP TABLE undone ON COMMIT DROP AS
SELECT l.id AS line_id, l.number, p.id AS payment_id, p.market_id, p.stall_id, p.shared, p.channel_id, p.amount,
       concat_ws(':', CAST(:key AS text), l.id) AS told_as, CAST(:day AS date) AS business_day
FROM payments p JOIN statement_lines l ON l.id = :line WHERE p.id = :payment
"""
LOCK_EXCEPTIONS = """
SELECT id FROM reconciliation_exceptions WHERE payment_id IN (SELECT payment_id FROM undone)
ORDER BY id FOR NO KEY UPDATE
"""
LOCK_PAYMENTS = """
SELECT id FROM payments WHERE id IN (SELECT payment_id FROM undone) ORDER BY id FOR NO KEY UPDATE
"""
LOCK_STALLS = """
SELECT id FROM stalls WHERE id IN (
    SELECT r.stall_id FROM payment_matches m JOIN payment_requests r ON r.id = m.payment_request_id
    WHERE m.payment_id IN (SELECT payment_id FROM undone)
    UNION SELECT p.stall_id FROM payments p WHERE p.id IN (SELECT payment_id FROM undone)
) ORDER BY id FOR NO KEY UPDATE
"""
CONCERNED = """
SELECT payment_request_id FROM payment_matches WHERE payment_id IN (SELECT payment_id FROM undone)
UNION
SELECT r.id FROM payment_requests r JOIN payments p ON p.order_code = r.order_code AND p.channel_id = r.channel_id
WHERE p.id IN (SELECT payment_id FROM undone)
"""
"""Requests that were paid with what was taken back, or that it names."""
LOCK_REQUESTS = f"""
SELECT id FROM payment_requests WHERE id IN ({CONCERNED}) ORDER BY id FOR NO KEY UPDATE
"""
TAKEN_BACK = """
CREATE TEMP TABLE taken_back ON COMMIT DROP AS
SELECT u.number, u.payment_id, r.id AS request_id, r.market_id, r.stall_id, r.reference, r.status, m.amount,
       r.status = ANY(:reversible) AS moves
FROM undone u JOIN payment_matches m ON m.payment_id = u.payment_id
JOIN payment_requests r ON r.id = m.payment_request_id
"""
HELD = """
CREATE TEMP TABLE held ON COMMIT DROP AS
WITH moved AS (
    SELECT payment_id, credit_account_id AS account_id, stall_id, amount FROM journal_entries
    WHERE payment_id IN (SELECT payment_id FROM undone)
    UNION ALL
    SELECT payment_id, debit_account_id, stall_id, -amount FROM journal_entries
    WHERE payment_id IN (SELECT payment_id FROM undone)
), of_stalls AS (
    SELECT m.payment_id, m.account_id,
           CASE WHEN a.kind IN ('seller', 'refunds') AND u.shared THEN m.stall_id END AS stall_id,
           sum(m.amount) AS amount
    FROM moved m JOIN undone u USING (payment_id) JOIN journal_accounts a ON a.id = m.account_id GROUP BY 1, 2, 3
), told AS (
    SELECT *, min(amount) OVER (PARTITION BY payment_id, account_id) < 0 AS untold FROM of_stalls
)
SELECT payment_id, account_id, CASE WHEN NOT untold THEN stall_id END AS stall_id, sum(amount) AS amount
FROM told GROUP BY 1, 2, 3
"""
"""What is left of each payment, by account; a seller's, and what is on its way back, also by stall, where several share
it. Former refunds of such a one did not tell whose they were: then it is one sum."""
JOURNAL = """
INSERT INTO journal_entries (id, key, market_id, stall_id, payment_id, debit_account_id, credit_account_id, amount,
                             business_day)
SELECT gen_random_uuid(), concat_ws(':', 'reversal', u.payment_id, held.account_id, held.stall_id, u.told_as),
       u.market_id, coalesce(held.stall_id, u.stall_id), u.payment_id, held.account_id, c.id, held.amount,
       u.business_day
FROM undone u
JOIN held ON held.payment_id = u.payment_id AND held.amount > 0
JOIN journal_accounts a ON a.id = held.account_id AND a.kind <> 'channel'
JOIN journal_accounts c ON c.market_id = u.market_id AND c.kind = 'channel' AND c.owner_id = u.channel_id
ON CONFLICT (key) DO NOTHING
"""
"""A key names the stall where several of one seller's share what was taken back, and at its end the debit."""
LOST = """
CREATE TEMP TABLE lost ON COMMIT DROP AS
SELECT * FROM (SELECT u.*, u.amount - coalesce((SELECT sum(e.amount) FROM journal_entries e
    WHERE e.payment_id = u.payment_id AND e.key LIKE 'reversal:%:' || u.told_as), 0) AS missing FROM undone u) m
WHERE missing > 0
"""
WRITE_OFFS = """
INSERT INTO journal_accounts (id, market_id, kind, owner_id)
SELECT gen_random_uuid(), market_id, 'write_off', market_id FROM (SELECT DISTINCT market_id FROM lost) wanted
ORDER BY market_id ON CONFLICT DO NOTHING
"""
LOSSES = """
INSERT INTO journal_entries (id, key, market_id, stall_id, payment_id, debit_account_id, credit_account_id, amount,
                             business_day)
SELECT gen_random_uuid(), 'reversal:' || u.payment_id || ':lost:' || u.told_as, u.market_id, u.stall_id, u.payment_id,
       w.id, c.id, u.missing, u.business_day
FROM lost u
JOIN journal_accounts w ON w.market_id = u.market_id AND w.kind = 'write_off' AND w.owner_id = u.market_id
JOIN journal_accounts c ON c.market_id = u.market_id AND c.kind = 'channel' AND c.owner_id = u.channel_id
ON CONFLICT (key) DO NOTHING
"""
"""What had gone back to its payer before, the bank took a second time: lost to the market until somebody gets it."""
SETTLED_EXCEPTIONS = """
UPDATE reconciliation_exceptions SET status = 'resolved'
WHERE status = 'open' AND payment_id IN (SELECT payment_id FROM undone)
"""
EXCEPTIONS = """
INSERT INTO reconciliation_exceptions (id, market_id, kind, status, payment_id, payment_request_id, amount)
SELECT gen_random_uuid(), u.market_id, 'reversed', 'open', u.payment_id, t.request_id, coalesce(t.amount, u.amount)
FROM undone u LEFT JOIN taken_back t ON t.payment_id = u.payment_id
ON CONFLICT (kind, payment_id, payment_request_id, statement_line_id) DO UPDATE SET status = 'open'
"""
EVENTS = f"""
INSERT INTO outbox_events (type, market_id, stall_id, payload)
SELECT '{PaymentReversed.type}', u.market_id, coalesce(t.stall_id, u.stall_id), jsonb_build_object(
    'market_id', u.market_id, 'stall_id', coalesce(t.stall_id, u.stall_id), 'payment_id', u.payment_id,
    'payment_request_id', t.request_id, 'reference', t.reference, 'amount', coalesce(t.amount, u.amount))
FROM undone u LEFT JOIN taken_back t ON t.payment_id = u.payment_id ORDER BY u.number
"""
LINES = """
UPDATE statement_lines l SET outcome = 'reversal', payment_id = u.payment_id FROM undone u WHERE l.id = u.line_id
"""
COUNTED = """
UPDATE statements s SET review = review - c.undone, reversals = reversals + c.undone
FROM (SELECT l.statement_id, count(*) AS undone FROM undone u JOIN statement_lines l ON l.id = u.line_id
      GROUP BY l.statement_id) c
WHERE s.id = c.statement_id
"""
LOCKS = (LOCK_EXCEPTIONS, LOCK_PAYMENTS, LOCK_STALLS, LOCK_REQUESTS)
WRITTEN = (HELD, JOURNAL, LOST, WRITE_OFFS, LOSSES, EXCEPTIONS, EVENTS, LINES, COUNTED)
TABLES = ("undone", "taken_back", "held", "lost")


def take_back(session: Session, cause: str, former: Mapping[UUID, PaymentStatus] | None = None) -> None:
    """All that is in `undone`. Requests become what they were formerly, where that is told."""
    for statement in (*LOCKS, SETTLED_EXCEPTIONS):
        session.execute(sql(statement))
    payments = list(session.scalars(sql("SELECT payment_id FROM undone")))
    stop_reversed(session, payments)
    session.execute(sql(TAKEN_BACK), {"reversible": list(REVERSIBLE)})
    undo_transfers(session, payments)
    for statement in WRITTEN:
        session.execute(sql(statement))
    roundings.undo_short(session)
    _store_requests(session, cause, former or {})
    for table in TABLES:
        session.execute(sql(f"DROP TABLE {table}"))


def take_again(
    session: Session, payment_id: UUID, line_id: UUID, key: str, former: Mapping[UUID, PaymentStatus]
) -> None:
    """The debit of that line took the payment back after all, which is booked today. `key` tells it from the first
    time."""
    values = {"payment": payment_id, "line": line_id, "key": key, "day": business_day(now())}
    session.execute(sql(AGAIN), values)
    take_back(session, f"reversal again {key}", former)


def _store_requests(session: Session, cause: str, former: Mapping[UUID, PaymentStatus]) -> None:
    """What is left of the money of every request concerned, and what that makes of it: reversed where it was paid with
    what the bank took back, else what it would be without that."""
    asked = lock_asked(session, PaymentRequest.id.in_(sql(f"({CONCERNED})")))
    tied = set(session.scalars(sql("SELECT request_id FROM taken_back WHERE moves")))
    left = received_for(session, [request.id for request in asked])
    store_statuses(
        session,
        {
            request.id: Settled(
                request,
                money.paid,
                _again(request, money, before) if before else _becomes(request, money, request.id in tied),
            )
            for request in asked
            for money, before in [(left.get(request.id, Received(0, 0)), former.get(request.id))]
        },
        cause,
        move_back if former else move,
    )


def _becomes(request: AskedFor, money: Received, reversed_: bool) -> PaymentStatus:
    if reversed_:
        return PaymentStatus.REVERSED
    if not money.paid or request.status is PaymentStatus.REVERSED:
        return request.status
    return status_after_payment(request.status, request.amount, *money, request.tolerance)


def _again(request: AskedFor, money: Received, before: PaymentStatus) -> PaymentStatus:
    """What it was before; what was too much then may be with the desk now, and counts no more."""
    if before is PaymentStatus.OVERPAID:
        return status_after_payment(before, request.amount, *money, request.tolerance)
    return before
