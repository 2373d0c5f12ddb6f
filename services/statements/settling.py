"""What follows from a decided batch: payments, matches, statuses, exceptions, journal, events, the lines themselves.

What the single path writes (`services.payments`), in as many statements for a batch as for one line. A line, its
payment and what comes with it share one id, which is new and in the order of the file.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from services.events import FeePaymentSettled, PaymentOrphaned, PaymentSettled, StallPaymentReceived
from services.fee_payments import settle_fee_payments
from services.statements import roundings
from services.statements.parts import settle_parts

PAYMENTS = """
INSERT INTO payments (id, market_id, stall_id, shared, channel_id, account_number, statement_identity, reference,
                      amount, memo, occurred_at, business_day, bank_day)
SELECT id, market_id, stall_id, shared, channel_id, CAST(account_id AS text), identity, bank_reference, amount, memo,
       occurred_at, business_day, bank_day
FROM decided WHERE is_payment ORDER BY number, id
"""
LINES = """
INSERT INTO statement_lines (id, statement_id, inbox_message_id, account_id, number, bank_reference, amount, memo,
                             bank_day, booked_at, balance, outcome, identity, repeated, same_as_id, looks_like_id,
                             virtual_account_id, payment_id)
SELECT id, :statement, inbox_message_id, account_id, number, bank_reference, amount, memo, bank_day, booked_at, balance,
       outcome, identity, repeated, same_as_id, looks_like_id, virtual_account_id,
       CASE WHEN is_payment THEN id ELSE told_payment_id END
FROM decided ORDER BY number, id
ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, same_as_id = excluded.same_as_id,
                               payment_id = excluded.payment_id
"""
"""One that is stored already had waited for a person (`lookalikes`)."""
MAYBE_SAME = """
INSERT INTO reconciliation_exceptions (id, market_id, kind, status, statement_line_id, amount)
SELECT gen_random_uuid(), market_id, 'maybe_same', 'open', id, amount FROM decided WHERE looks_like_id IS NOT NULL
"""
LATE_BEFORE = """
SELECT sum(m.amount) FROM payment_matches m JOIN payments p ON p.id = m.payment_id
WHERE n.amount_paid > 0 AND m.payment_request_id = n.request_id AND p.occurred_at > n.expires_at
      AND NOT EXISTS (SELECT FROM statement_lines l WHERE l.payment_id = p.id AND l.outcome = 'reversal')
"""
SETTLED = f"""
CREATE TEMP TABLE settled ON COMMIT DROP AS
SELECT *, CASE WHEN amount_paid - coalesce(({LATE_BEFORE}), 0)
                    + CASE WHEN occurred_at > expires_at THEN 0 ELSE took END >= asked - tolerance
               THEN 'paid' ELSE 'paid_late' END AS becomes
FROM (
    SELECT n.*, d.channel_id AS came_by, d.occurred_at, d.business_day, d.requests,
           CASE WHEN d.requests = 1 THEN n.came ELSE n.remaining END AS took, least(n.remaining, n.came) AS matched,
           CASE WHEN d.requests = 1 THEN d.id ELSE gen_random_uuid() END AS own_id
    FROM named n JOIN decided d ON d.id = n.line_id WHERE d.outcome = 'matched') n
"""
MATCHES = """
INSERT INTO payment_matches (payment_id, payment_request_id, amount)
SELECT line_id, request_id, matched FROM settled ORDER BY number
"""
STATUSES = """
UPDATE payment_requests r SET status = s.becomes, amount_paid = r.amount_paid + s.took
FROM settled s WHERE r.id = s.request_id
"""
CHANGES = """
INSERT INTO payment_request_changes (id, payment_request_id, from_status, to_status, cause)
SELECT own_id, request_id, status, becomes, :cause FROM settled WHERE status <> becomes ORDER BY number
"""
EXCEPTIONS = """
INSERT INTO reconciliation_exceptions (id, market_id, kind, status, payment_id, payment_request_id, amount)
SELECT id, market_id, kind, 'open', id, request_id, amount FROM decided WHERE kind IS NOT NULL
UNION ALL
SELECT own_id, market_id, 'late', 'open', line_id, request_id, came FROM settled WHERE occurred_at > expires_at
"""
ENTRIES = """
CREATE TEMP TABLE entries ON COMMIT DROP AS
SELECT line_id AS payment_id, own_id AS id, number, came_by, market_id, stall_id, matched AS amount, business_day,
       CASE WHEN seller_id IS NULL THEN 'fees' ELSE 'seller' END AS kind, coalesce(seller_id, market_id) AS owner_id,
       CASE WHEN requests > 1 THEN CAST(request_id AS text) WHEN seller_id IS NULL THEN 'fees' ELSE 'seller' END AS part
FROM settled
UNION ALL
SELECT line_id, gen_random_uuid(), number, came_by, market_id, stall_id, took - matched, business_day, 'rounding',
       seller_id, 'rounding'
FROM settled WHERE took > matched
UNION ALL
SELECT id, id, number, channel_id, market_id, stall_id, amount, business_day,
       CASE WHEN by_stall THEN 'seller' ELSE 'suspense' END,
       seller_id, CASE WHEN by_stall THEN 'seller' ELSE 'suspense' END
FROM decided WHERE is_payment AND (by_stall OR outcome = 'review')
"""
ACCOUNTS = """
INSERT INTO journal_accounts (id, market_id, kind, owner_id)
SELECT gen_random_uuid(), market_id, kind, owner_id FROM (
    SELECT market_id, kind, owner_id FROM entries UNION SELECT market_id, 'channel', came_by FROM entries
) wanted
WHERE NOT EXISTS (SELECT FROM journal_accounts a WHERE a.market_id = wanted.market_id AND a.kind = wanted.kind
                  AND a.owner_id IS NOT DISTINCT FROM wanted.owner_id)
ORDER BY market_id, kind, owner_id
ON CONFLICT DO NOTHING
"""
JOURNAL = """
INSERT INTO journal_entries (id, key, market_id, stall_id, payment_id, debit_account_id, credit_account_id, amount,
                             business_day)
SELECT e.id, 'payment:' || e.payment_id || ':' || e.part, e.market_id, e.stall_id, e.payment_id, d.id, c.id, e.amount,
       e.business_day
FROM entries e
JOIN journal_accounts d ON d.market_id = e.market_id AND d.kind = 'channel' AND d.owner_id = e.came_by
JOIN journal_accounts c ON c.market_id = e.market_id AND c.kind = e.kind
                       AND coalesce(c.owner_id, c.market_id) = coalesce(e.owner_id, e.market_id)
ORDER BY e.number
"""
EVENTS = f"""
INSERT INTO outbox_events (type, market_id, stall_id, payload)
SELECT type, market_id, stall_id, payload FROM (
    SELECT number, '{PaymentSettled.type}' AS type, market_id, stall_id, jsonb_build_object(
        'market_id', market_id, 'stall_id', stall_id, 'payment_request_id', request_id, 'reference', reference,
        'status', becomes, 'payment_id', line_id, 'amount', took,
        'amount_paid', amount_paid + took) AS payload
    FROM settled WHERE stall_id IS NOT NULL
    UNION ALL
    SELECT number, '{FeePaymentSettled.type}', market_id, NULL, jsonb_build_object(
        'market_id', market_id, 'payment_request_id', request_id, 'payment_id', line_id, 'amount', matched)
    FROM settled WHERE stall_id IS NULL
    UNION ALL
    SELECT number, '{StallPaymentReceived.type}', market_id, stall_id, jsonb_build_object(
        'market_id', market_id, 'stall_id', stall_id, 'payment_id', id, 'amount', amount)
    FROM decided WHERE is_payment AND by_stall
    UNION ALL
    SELECT number, '{PaymentOrphaned.type}', market_id, NULL, jsonb_build_object(
        'market_id', market_id, 'payment_id', id, 'amount', amount)
    FROM decided WHERE kind = 'orphan'
) told ORDER BY number
"""
WRITTEN = (
    PAYMENTS,
    SETTLED,
    MATCHES,
    STATUSES,
    CHANGES,
    EXCEPTIONS,
    ENTRIES,
    ACCOUNTS,
    JOURNAL,
    EVENTS,
    LINES,
    MAYBE_SAME,
)
FOR_FEES = """
SELECT d.id FROM decided d JOIN collection_channels c ON c.id = d.channel_id
WHERE d.kind = 'orphan' AND EXISTS (SELECT FROM fee_invoices f WHERE f.reference = ANY(d.codes)
                                    AND f.market_id = c.market_id)
"""
NOTHING_LEFT = """
UPDATE statement_lines l SET outcome = 'matched'
WHERE l.payment_id = ANY(:payments) AND NOT EXISTS (
    SELECT FROM reconciliation_exceptions e WHERE e.payment_id = l.payment_id AND e.status = 'open')
"""
COUNTED = """
UPDATE statements s SET lines = s.lines + c.lines, matched = s.matched + c.matched, review = s.review + c.review,
                        duplicates = s.duplicates + c.duplicates
FROM (SELECT count(*) AS lines, count(*) FILTER (WHERE l.outcome = 'matched') AS matched,
             count(*) FILTER (WHERE l.outcome = 'review') AS review,
             count(*) FILTER (WHERE l.outcome = 'duplicate') AS duplicates
      FROM decided d JOIN statement_lines l ON l.id = d.id) c
WHERE s.id = :statement
"""


def settle(session: Session, *, cause: str, statement_id: UUID | None = None) -> None:
    """Write what `recognising` decided, share out parts of direct requests, and pay the fees that notes name."""
    for statement in WRITTEN:
        session.execute(sql(statement), {"cause": cause, "statement": statement_id})
    roundings.book_short(session)
    if parts := settle_parts(session, cause):
        mark_settled(session, parts)
    if payments := list_fee_candidates(session):
        settle_fee_payments(session, payments)
        session.flush()
        mark_settled(session, payments)


def list_fee_candidates(session: Session) -> list[Any]:
    """Payments of the batch whose notes name a fee invoice of the market whose account they are in; they lie in
    suspense."""
    return list(session.scalars(sql(FOR_FEES)))


def mark_settled(session: Session, payment_ids: list[Any]) -> None:
    """What was for fees, or for its request, to the last đồng needs nobody's review."""
    session.execute(sql(NOTHING_LEFT), {"payments": payment_ids})


def count_batch(session: Session, statement_id: UUID) -> None:
    session.execute(sql(COUNTED), {"statement": statement_id})
