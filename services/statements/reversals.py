"""Debits that take an earlier payment back, told by a statement or by the bank's notice: a counter-entry for each
account that held its money, its requests reversed, an exception for a person. A whole payment or nothing: part of one
is for a person to decide.

A refund that we paid out ourselves is no reversal: its debit is known by the request's code and the amount.

What a notice told of waits for the money that it takes back, since the two may come in any order. Where the other
teller told of the same reversal in other words, nothing is taken back again.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from core.clock import VIETNAM
from core.reference_codes import find_references
from models import PaymentRequest
from models.payment_states import TRANSITIONS, PaymentStatus, status_after_payment
from services.events import PaymentReversed
from services.fee_payments import undo_transfers
from services.matching import AskedFor, Settled
from services.payments import lock_asked, store_statuses
from services.received import Received, received_for
from services.refunds import BY_HAND, stop_reversed
from services.statements import roundings
from services.statements.scope import Place, Scope
from services.statements.staging import is_reference

MOST_AT_ONCE = 10_000
_TOKEN = re.compile(r"[A-Z0-9]{8,64}")
"""What may be the reference of the transfer that is taken back."""
REVERSIBLE = sorted(status for status, to in TRANSITIONS.items() if PaymentStatus.REVERSED in to)

OF_STATEMENT = """
SELECT id, account_id, number, bank_reference, amount, memo FROM statement_lines
WHERE statement_id = :statement AND amount < 0 AND outcome = 'review' AND (number, id) > (:number, :id)
ORDER BY number, id LIMIT :most
"""
OF_NOTICES = """
SELECT id, account_id, number, bank_reference, amount, memo FROM statement_lines
WHERE statement_id IS NULL AND account_id = ANY(:accounts) AND amount < 0 AND bank_day >= :since AND outcome = 'review'
      AND (number, id) > (:number, :id)
ORDER BY number, id LIMIT :most
"""
OF_OTHER_STATEMENTS = """
SELECT id, account_id, number, bank_reference, amount, memo FROM statement_lines
WHERE account_id = :account AND statement_id IS NOT NULL AND statement_id <> :statement AND amount < 0
      AND outcome = 'review' AND (number, id) > (:number, :id)
      AND bank_day >= (SELECT min(bank_day) FROM statement_lines WHERE statement_id = :statement AND amount > 0)
ORDER BY number, id LIMIT :most
"""
"""A later period may have been told before an earlier one."""
TABLE = """
CREATE TEMP TABLE debits (line_id uuid, number bigint, amount bigint, codes text[], tokens text[], account_id uuid,
                          channel_id uuid, market_id uuid, seller_id uuid) ON COMMIT DROP
"""
FILL = """
INSERT INTO debits VALUES (:line_id, :number, :amount, :codes, :tokens,
                           :account_id, :channel_id, :market_id, :seller_id)
"""
AT_THE_DESK = """
DELETE FROM debits d USING statement_lines l
WHERE l.id = d.line_id AND l.statement_id <> :statement
      AND EXISTS (SELECT FROM payment_requests r WHERE r.reference = ANY(d.codes))
"""
"""Those of other statements that a person was shown (`DEBITED`)."""
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
OUR_REFUNDS = """
CREATE TEMP TABLE our_refunds ON COMMIT DROP AS
WITH named AS (
    SELECT DISTINCT d.line_id, d.number, d.amount, r.id AS request_id, f.id AS refund_id, f.created_at
    FROM debits d JOIN statement_lines l ON l.id = d.line_id
    CROSS JOIN LATERAL unnest(d.codes) AS named_by (word)
    JOIN payment_requests r ON r.reference = word
    JOIN refunds f ON f.payment_request_id = r.id AND f.amount = -d.amount AND f.status IN ('sent', 'done')
        AND f.payout_id IS DISTINCT FROM :by_hand AND l.bank_day >= (f.created_at AT TIME ZONE :zone)::date
    LEFT JOIN stalls st ON st.id = r.stall_id
    WHERE CASE WHEN d.seller_id IS NULL THEN r.market_id = d.market_id
               ELSE coalesce(st.seller_id = d.seller_id, false) END
      AND NOT EXISTS (SELECT FROM payments p WHERE p.channel_id = d.channel_id AND p.reference = ANY(d.tokens)
                                               AND p.amount = -d.amount)
      AND NOT EXISTS (SELECT FROM statement_lines o WHERE o.refund_id = f.id AND o.account_id = d.account_id
                                                      AND (o.statement_id IS NULL) = (l.statement_id IS NULL))
), placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY request_id, amount ORDER BY number, line_id) AS line_place,
           dense_rank() OVER (PARTITION BY request_id, amount ORDER BY created_at, refund_id) AS refund_place
    FROM named
)
SELECT DISTINCT ON (line_id) line_id, refund_id FROM placed WHERE line_place = refund_place
"""
"""Debits by which our own refunds left the account: booked already, when their provider had done them."""
KNOWN_REFUNDS = """
UPDATE statement_lines l SET outcome = 'duplicate', refund_id = o.refund_id FROM our_refunds o WHERE l.id = o.line_id
"""
COUNTED_REFUNDS = """
UPDATE statements s SET review = review - c.refunds, duplicates = duplicates + c.refunds
FROM (SELECT l.statement_id, count(*) AS refunds FROM our_refunds o JOIN statement_lines l ON l.id = o.line_id
      GROUP BY l.statement_id) c
WHERE s.id = c.statement_id
"""
NO_REVERSALS = "DELETE FROM debits d USING our_refunds o WHERE o.line_id = d.line_id"
CANDIDATES = """
CREATE TEMP TABLE candidates ON COMMIT DROP AS
SELECT d.line_id, d.number, d.account_id, d.amount, p.id AS payment_id
FROM debits d CROSS JOIN LATERAL unnest(d.codes) AS named_by (word)
JOIN payment_requests r ON r.reference = word
JOIN payment_matches m ON m.payment_request_id = r.id
JOIN payments p ON p.id = m.payment_id AND p.amount = -d.amount
LEFT JOIN stalls st ON st.id = r.stall_id
WHERE CASE WHEN d.seller_id IS NULL THEN r.market_id = d.market_id
           ELSE coalesce(st.seller_id = d.seller_id, false) END
UNION
SELECT d.line_id, d.number, d.account_id, d.amount, p.id
FROM debits d CROSS JOIN LATERAL unnest(d.tokens) AS token
JOIN payments p ON p.channel_id = d.channel_id AND p.reference = token AND p.amount = -d.amount
"""
TOLD_AGAIN = """
CREATE TEMP TABLE told_again ON COMMIT DROP AS
WITH pairs AS (
    SELECT c.line_id, c.number, c.account_id, c.amount, o.id AS other_id, o.number AS other_number
    FROM candidates c JOIN statement_lines l ON l.id = c.line_id
    JOIN statement_lines o ON o.payment_id = c.payment_id AND o.outcome = 'reversal' AND o.account_id = l.account_id
        AND (o.statement_id IS NULL) <> (l.statement_id IS NULL)
        AND o.bank_day BETWEEN l.bank_day - 2 AND l.bank_day + 2
        AND NOT EXISTS (SELECT FROM statement_lines s WHERE s.same_as_id = o.id)
)
SELECT line_id, other_id,
       dense_rank() OVER (PARTITION BY account_id, amount ORDER BY number, line_id)
           = dense_rank() OVER (PARTITION BY account_id, amount ORDER BY other_number, other_id) AS is_same
FROM pairs
"""
UNDONE = """
CREATE TEMP TABLE undone ON COMMIT DROP AS
WITH counted AS (
    SELECT c.*, count(*) OVER (PARTITION BY line_id) AS choices,
           row_number() OVER (PARTITION BY payment_id ORDER BY number, line_id) AS place
    FROM candidates c
    WHERE NOT EXISTS (SELECT FROM statement_lines l WHERE l.payment_id = c.payment_id AND l.outcome = 'reversal')
      AND c.line_id NOT IN (SELECT line_id FROM told_again)
      AND NOT EXISTS (SELECT FROM journal_entries e
                      WHERE e.payment_id = c.payment_id AND e.key LIKE 'reversal:%:' || c.line_id)
)
SELECT c.line_id, c.number, c.payment_id, p.market_id, p.stall_id, p.shared, p.channel_id, p.amount
FROM counted c JOIN payments p ON p.id = c.payment_id WHERE c.choices = 1 AND c.place = 1
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
SELECT gen_random_uuid(), concat_ws(':', 'reversal', u.payment_id, held.account_id, held.stall_id, u.line_id),
       u.market_id, coalesce(held.stall_id, u.stall_id), u.payment_id, held.account_id, c.id, held.amount,
       coalesce((l.booked_at AT TIME ZONE :zone)::date, l.bank_day)
FROM undone u
JOIN statement_lines l ON l.id = u.line_id
JOIN held ON held.payment_id = u.payment_id AND held.amount > 0
JOIN journal_accounts a ON a.id = held.account_id AND a.kind <> 'channel'
JOIN journal_accounts c ON c.market_id = u.market_id AND c.kind = 'channel' AND c.owner_id = u.channel_id
ON CONFLICT (key) DO NOTHING
"""
"""A key names the stall where several of one seller's share what was taken back."""
LOST = """
CREATE TEMP TABLE lost ON COMMIT DROP AS
SELECT * FROM (SELECT u.*, u.amount - coalesce((SELECT sum(e.amount) FROM journal_entries e
    WHERE e.payment_id = u.payment_id AND e.key LIKE 'reversal:%:' || u.line_id), 0) AS missing FROM undone u) m
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
SELECT gen_random_uuid(), 'reversal:' || u.payment_id || ':lost:' || u.line_id, u.market_id, u.stall_id, u.payment_id,
       w.id, c.id, u.missing, coalesce((l.booked_at AT TIME ZONE :zone)::date, l.bank_day)
FROM lost u JOIN statement_lines l ON l.id = u.line_id
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
SAME = """
UPDATE statement_lines l SET outcome = 'duplicate', same_as_id = t.other_id FROM told_again t
WHERE l.id = t.line_id AND t.is_same
"""
COUNTED = """
UPDATE statements s SET review = review - c.undone - c.same, reversals = reversals + c.undone,
                        duplicates = duplicates + c.same
FROM (SELECT l.statement_id, count(*) FILTER (WHERE l.outcome = 'reversal') AS undone,
             count(*) FILTER (WHERE l.outcome = 'duplicate') AS same
      FROM statement_lines l
      WHERE l.id IN (SELECT line_id FROM undone UNION SELECT line_id FROM told_again WHERE is_same)
      GROUP BY l.statement_id) c
WHERE s.id = c.statement_id
"""
DEBITED = """
INSERT INTO reconciliation_exceptions (id, market_id, kind, status, payment_id, payment_request_id, amount)
SELECT gen_random_uuid(), market_id, 'debited', 'open', payment_id, request_id, sum(taken) FROM (
    SELECT DISTINCT ON (d.line_id) -d.amount AS taken, r.market_id, r.id AS request_id,
           (SELECT (array_agg(m.payment_id))[1] FROM payment_matches m WHERE m.payment_request_id = r.id
            HAVING count(*) = 1) AS payment_id
    FROM debits d JOIN statement_lines l ON l.id = d.line_id AND l.outcome = 'review' AND l.statement_id IS NOT NULL
    CROSS JOIN LATERAL unnest(d.codes) AS named_by (word)
    JOIN payment_requests r ON r.reference = word
    LEFT JOIN stalls st ON st.id = r.stall_id
    WHERE CASE WHEN d.seller_id IS NULL THEN r.market_id = d.market_id
               ELSE coalesce(st.seller_id = d.seller_id, false) END
    ORDER BY d.line_id, r.id) named
GROUP BY market_id, payment_id, request_id
ON CONFLICT (kind, payment_id, payment_request_id, statement_line_id) DO UPDATE
SET status = 'open', amount = least(reconciliation_exceptions.amount + excluded.amount, 9999999999999)
"""
"""A statement's debit that names a request, but took no whole payment: a person finds out what it was. Each is looked
at once; what a notice told of waits for its statement."""
WRITTEN = (
    HELD,
    JOURNAL,
    LOST,
    WRITE_OFFS,
    LOSSES,
    EXCEPTIONS,
    EVENTS,
    LINES,
    SAME,
    COUNTED,
    DEBITED,
)
LOCKS = (LOCK_EXCEPTIONS, LOCK_PAYMENTS, LOCK_STALLS, LOCK_REQUESTS)
TABLES = ("debits", "our_refunds", "candidates", "told_again", "undone", "taken_back", "held", "lost")


def undo_reversed(session: Session, scope: Scope) -> None:
    """Look through the statement's debits, and through those that others told of its account before. What a person
    said to be no reversal stays none."""
    places = {scope.account_id: scope.place}
    values = {"statement": scope.statement_id, "account": scope.account_id}
    for debits in (OF_STATEMENT, OF_OTHER_STATEMENTS):
        _look_through(session, debits, places, "statement", **values)
    undo_noticed(session, places, date.min, cause="statement")


def undo_noticed(session: Session, places: Mapping[UUID, Place], since: date, *, cause: str) -> None:
    """Look through the debits of these accounts, by id, that notices told of since that bank day and that took
    nothing back yet."""
    _look_through(session, OF_NOTICES, places, cause, accounts=list(places), since=since)


def _look_through(
    session: Session, debits: str, places: Mapping[UUID, Place], cause: str, **values: Any
) -> None:
    """Some thousands at a time."""
    last: dict[str, Any] = {"number": -1, "id": "00000000-0000-0000-0000-000000000000"}
    while rows := session.execute(sql(debits), values | last | {"most": MOST_AT_ONCE}).all():
        session.execute(sql(TABLE))
        session.execute(sql(FILL), [_debit(row, places[row.account_id]) for row in rows])
        if debits is OF_OTHER_STATEMENTS:
            session.execute(sql(AT_THE_DESK), values)
        _undo(session, cause)
        for table in TABLES:
            session.execute(sql(f"DROP TABLE {table}"))
        last = {"number": rows[-1].number, "id": rows[-1].id}


def _debit(row: Any, place: Place) -> dict[str, Any]:
    tokens = filter(is_reference, {row.bank_reference, *_TOKEN.findall(row.memo.upper())})
    return {
        "line_id": row.id,
        "number": row.number,
        "amount": row.amount,
        "codes": find_references(row.memo),
        "tokens": sorted(tokens),
        **place._asdict(),
    }


def _undo(session: Session, cause: str) -> None:
    values: dict[str, Any] = {"cause": cause, "zone": str(VIETNAM), "reversible": list(REVERSIBLE)}
    values["by_hand"] = BY_HAND
    session.execute(sql("ANALYZE debits"))
    for statement in (OUR_REFUNDS, KNOWN_REFUNDS, COUNTED_REFUNDS, NO_REVERSALS):
        session.execute(sql(statement), values)
    for statement in (CANDIDATES, TOLD_AGAIN, UNDONE, *LOCKS, SETTLED_EXCEPTIONS):
        session.execute(sql(statement), values)
    payments = list(session.scalars(sql("SELECT payment_id FROM undone")))
    stop_reversed(session, payments)
    session.execute(sql(TAKEN_BACK), values)
    undo_transfers(session, payments)
    for statement in WRITTEN:
        session.execute(sql(statement), values)
    roundings.undo_short(session)
    _store_requests(session, cause)


def _store_requests(session: Session, cause: str) -> None:
    """What is left of the money of every request concerned, and what that makes of it: reversed where it was paid with
    what the bank took back, else what it would be without that."""
    asked = lock_asked(session, PaymentRequest.id.in_(sql(f"({CONCERNED})")))
    tied = set(session.scalars(sql("SELECT request_id FROM taken_back WHERE moves")))
    left = received_for(session, [request.id for request in asked])
    store_statuses(
        session,
        {
            request.id: Settled(request, money.paid, _becomes(request, money, request.id in tied))
            for request in asked
            for money in [left.get(request.id, Received(0, 0))]
        },
        cause,
    )


def _becomes(request: AskedFor, money: Received, reversed_: bool) -> PaymentStatus:
    if reversed_:
        return PaymentStatus.REVERSED
    if not money.paid or request.status is PaymentStatus.REVERSED:
        return request.status
    return status_after_payment(request.status, request.amount, *money, request.tolerance)
