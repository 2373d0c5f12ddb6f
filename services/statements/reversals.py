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
from services.refunds import BY_HAND
from services.statements import taking_back
from services.statements.scope import Place, Scope
from services.statements.staging import is_reference

MOST_AT_ONCE = 10_000
_TOKEN = re.compile(r"[A-Z0-9]{8,64}")
"""What may be the reference of the transfer that is taken back."""

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
WHERE p.order_code IS NOT NULL
      OR EXISTS (SELECT FROM statement_lines l WHERE l.payment_id = p.id AND l.outcome <> 'reversal')
"""
"""What a line made and then let go of, since it was told twice, cannot be taken back."""
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
SELECT c.line_id, c.number, c.payment_id, p.market_id, p.stall_id, p.shared, p.channel_id, p.amount,
       CAST(c.line_id AS text) AS told_as,
       coalesce((l.booked_at AT TIME ZONE :zone)::date, l.bank_day) AS business_day
FROM counted c JOIN payments p ON p.id = c.payment_id JOIN statement_lines l ON l.id = c.line_id
WHERE c.choices = 1 AND c.place = 1
"""
SAME = """
UPDATE statement_lines l SET outcome = 'duplicate', same_as_id = t.other_id FROM told_again t
WHERE l.id = t.line_id AND t.is_same
"""
COUNTED_SAME = """
UPDATE statements s SET review = review - c.same, duplicates = duplicates + c.same
FROM (SELECT l.statement_id, count(*) AS same FROM told_again t JOIN statement_lines l ON l.id = t.line_id
      WHERE t.is_same GROUP BY l.statement_id) c
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
TABLES = ("debits", "our_refunds", "candidates", "told_again")


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
    values: dict[str, Any] = {"zone": str(VIETNAM), "by_hand": BY_HAND}
    session.execute(sql("ANALYZE debits"))
    for statement in (OUR_REFUNDS, KNOWN_REFUNDS, COUNTED_REFUNDS, NO_REVERSALS):
        session.execute(sql(statement), values)
    for statement in (CANDIDATES, TOLD_AGAIN, UNDONE):
        session.execute(sql(statement), values)
    taking_back.take_back(session, cause)
    for statement in (SAME, COUNTED_SAME, DEBITED):
        session.execute(sql(statement))
