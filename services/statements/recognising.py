"""What came of each credit of a staged batch: the rules of the single path, asked of the whole batch at once.

A line settles only what it names by its code and to the đồng (one request also within its tolerance); nothing is
guessed. What names no request is a stall's own where it names the stall, by its code or by having come to its virtual
account. Who names one stall by its code and another by its virtual account contradicts himself: a person decides.

Each line is staged with its own account, the channel and market that its money belongs to and, on a seller's account,
the seller: a statement's are all the same, notices of the moment come of many. The tables made here live until the
commit: `named` (line and request that its note names), `told` (line and payment that a channel told of before),
`decided` (one row a line). What the lines themselves tell is written by `settling`.
"""

from typing import Any

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from models import PaymentRequest
from models.payment_states import TAKES_MONEY
from services.answering import answers
from services.matching import CLOSED
from services.payments import settle_unclaimed
from services.statements.staging import SAME_WITHIN_DAYS

PAYABLE = sorted(TAKES_MONEY)

LOCK_STALLS = """
SELECT id FROM stalls WHERE id IN (
    SELECT r.stall_id FROM payment_requests r WHERE r.reference IN (SELECT unnest(codes) FROM staged WHERE NOT known)
    UNION SELECT s.id FROM stalls s WHERE s.reference IN (SELECT unnest(codes) FROM staged WHERE NOT known)
    UNION SELECT v.stall_id FROM virtual_accounts v JOIN staged ON virtual_account_id = v.id WHERE NOT known
) ORDER BY id FOR NO KEY UPDATE
"""
LOCK_REQUESTS = """
SELECT id FROM payment_requests WHERE reference IN (SELECT unnest(codes) FROM staged WHERE NOT known)
ORDER BY id FOR NO KEY UPDATE
"""
NAMED_BY_LINES = PaymentRequest.reference.in_(sql("(SELECT unnest(codes) FROM staged WHERE NOT known)"))

NAMED = f"""
CREATE TEMP TABLE named ON COMMIT DROP AS
SELECT s.id AS line_id, s.number, s.amount AS came, s.bank_day, r.id AS request_id, r.market_id, r.stall_id,
       r.channel_id, r.order_code, r.reference, r.status, r.amount AS asked, r.amount_paid, r.created_at, r.expires_at,
       st.seller_id, r.amount - r.amount_paid AS remaining, r.tolerance, r.status = ANY(:payable) AS payable,
       r.status = ANY(:closed) AS closed,
       {answers("s.owner_id", "s.kept_in", "r.market_id", "st.seller_id")}
           AND coalesce(v.stall_id = r.stall_id, v.id IS NULL) AS in_scope
FROM staged s
CROSS JOIN LATERAL unnest(s.codes) AS named_by (word)
JOIN payment_requests r ON r.reference = word
LEFT JOIN stalls st ON st.id = r.stall_id
LEFT JOIN virtual_accounts v ON v.id = s.virtual_account_id
WHERE s.amount > 0 AND NOT s.known
"""

TOLD = "CREATE TEMP TABLE told (line_id uuid PRIMARY KEY, payment_id uuid UNIQUE) ON COMMIT DROP"
UNCLAIMED = """
NOT EXISTS (SELECT FROM statement_lines l WHERE l.payment_id = p.id AND l.outcome <> 'reversal')
"""
TOLD_BY_REFERENCE = f"""
INSERT INTO told SELECT line_id, payment_id FROM (
    SELECT s.id AS line_id, p.id AS payment_id,
           row_number() OVER (PARTITION BY s.id ORDER BY p.id) AS choice,
           row_number() OVER (PARTITION BY p.id ORDER BY s.number) AS place
    FROM staged s
    JOIN payments p ON p.channel_id = s.channel_id AND p.reference = s.bank_reference AND p.amount = s.amount
    WHERE s.amount > 0 AND NOT s.known AND s.bank_reference <> '' AND p.order_code IS NOT NULL AND {UNCLAIMED}
      AND s.bank_day BETWEEN p.business_day - {SAME_WITHIN_DAYS} AND p.bank_day + {SAME_WITHIN_DAYS}
) pairs WHERE choice = 1 AND place = 1
"""
FORM = "regexp_replace(regexp_replace(upper({}), '[A-Z]+', 'A', 'g'), '[0-9]+', '9', 'g')"
SAME_TRANSFER = f"""
CASE WHEN upper(s.bank_reference) = upper(p.reference) THEN s.bank_reference <> ''
     ELSE abs(extract(epoch FROM s.booked_at - p.occurred_at)) < 60
          AND (s.bank_reference = '' OR {FORM.format("s.bank_reference")} <> {FORM.format("p.reference")}) END
"""
"""Whether a line of a seller's own account tells of what a channel told of (`told` asks the same the other way
round); a line without a time of day and with a reference of another form does not say so."""
AFTER_REVERSAL = f"""
(upper(s.bank_reference) <> upper(p.reference) AND {FORM.format("s.bank_reference")} = {FORM.format("p.reference")}
 AND EXISTS (SELECT FROM statement_lines l WHERE l.payment_id = p.id AND l.outcome = 'reversal'))
"""
"""Whether a line is not what a channel told of and the bank took back, but what came then (`told` asks the same)."""
TAKEN_APART = """
(n.channel_id, n.order_code) IN (
    SELECT p.channel_id, p.order_code FROM resolutions d JOIN reconciliation_exceptions e ON e.id = d.exception_id
    JOIN payments p ON p.id = e.payment_id
    WHERE d.action = 'unmatch' AND d.status = 'done' AND p.order_code IS NOT NULL)
"""
"""Whether a person took money apart that a channel told of for this request: the request has not got it any more."""
TOLD_BY_REQUEST = f"""
INSERT INTO told
WITH candidates AS (
    SELECT n.line_id, n.number, n.request_id, n.came, p.id AS payment_id, p.occurred_at
    FROM named n JOIN staged s ON s.id = n.line_id
    JOIN payments p ON p.channel_id = n.channel_id AND p.order_code = n.order_code AND p.amount = n.came
    WHERE (s.channel_id = n.channel_id OR {SAME_TRANSFER})
      AND n.in_scope AND (n.amount_paid > 0 OR n.status = 'reversed' OR {TAKEN_APART}) AND NOT {AFTER_REVERSAL}
      AND n.bank_day BETWEEN p.business_day - 1 AND p.bank_day + 1
      AND n.line_id NOT IN (SELECT line_id FROM told) AND p.id NOT IN (SELECT payment_id FROM told) AND {UNCLAIMED}
), placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY request_id, came ORDER BY number, line_id) AS line_place,
           dense_rank() OVER (PARTITION BY request_id, came ORDER BY occurred_at, payment_id) AS payment_place
    FROM candidates
)
SELECT line_id, payment_id FROM placed WHERE line_place = payment_place ON CONFLICT DO NOTHING
"""

DECIDED = f"""
CREATE TEMP TABLE decided ON COMMIT DROP AS
WITH summed AS (
    SELECT line_id, count(*) AS requests, bool_and(in_scope) AS in_scope, bool_and(payable) AS payable,
           bool_or(closed) AS closed, sum(remaining) AS remaining, min(asked) AS asked,
           CASE WHEN count(*) = 1 THEN min(tolerance) ELSE 0 END AS tolerance,
           (array_agg(request_id))[1] AS request_id, (array_agg(market_id))[1] AS market_id,
           CASE WHEN count(DISTINCT stall_id) = 1 THEN (array_agg(stall_id))[1] END AS stall_id,
           count(DISTINCT stall_id) > 1 AS shared,
           max(created_at) AS created_at, min(expires_at) AS expires_at,
           count(DISTINCT market_id) AS markets
    FROM named GROUP BY line_id
), exact AS (
    SELECT s.id AS line_id FROM staged s JOIN summed m ON m.line_id = s.id
    WHERE m.requests <= 2 AND m.markets = 1 AND m.in_scope AND m.payable AND abs(m.remaining - s.amount) <= m.tolerance
      AND s.id NOT IN (SELECT line_id FROM told)
), first AS (
    SELECT line_id, bool_and(place = 1) AS first FROM (
        SELECT n.line_id, row_number() OVER (PARTITION BY n.request_id ORDER BY n.number, n.line_id) AS place
        FROM named n JOIN exact USING (line_id)) placed
    GROUP BY line_id
), stalls_named AS (
    SELECT s.id AS line_id, st.id AS stall_id
    FROM staged s CROSS JOIN LATERAL unnest(s.codes) AS named_by (word) JOIN stalls st ON st.reference = word
    UNION
    SELECT s.id, v.stall_id FROM staged s JOIN virtual_accounts v ON v.id = s.virtual_account_id
), stalled AS (
    SELECT s.id AS line_id, count(*) AS stalls, (array_agg(st.id))[1] AS stall_id,
           (array_agg(st.market_id))[1] AS market_id, (array_agg(st.seller_id))[1] AS seller_id,
           bool_and({answers("s.owner_id", "s.kept_in", "st.market_id", "st.seller_id")}) AS in_scope
    FROM staged s JOIN stalls_named n ON n.line_id = s.id JOIN stalls st ON st.id = n.stall_id
    WHERE s.amount > 0 AND NOT s.known GROUP BY s.id
), seen AS (
    SELECT s.*, m.requests, m.request_id, m.in_scope, m.closed, m.remaining, m.asked, m.market_id AS asked_in,
           m.stall_id AS asked_at, m.shared, t.payment_id AS told_payment_id, coalesce(f.first, false) AS settles,
           coalesce(m.line_id IS NULL AND c.stalls = 1 AND c.in_scope, false) AS by_stall, c.stall_id,
           c.market_id AS stall_in, c.seller_id,
           coalesce(s.booked_at, CASE WHEN s.bank_day BETWEEN (m.created_at AT TIME ZONE :zone)::date
               AND (m.expires_at AT TIME ZONE :zone + interval '2 hours')::date THEN m.created_at END,
               (s.bank_day + time '12:00') AT TIME ZONE :zone) AS occurred_at
    FROM staged s LEFT JOIN summed m ON m.line_id = s.id LEFT JOIN first f ON f.line_id = s.id
    LEFT JOIN told t ON t.line_id = s.id LEFT JOIN stalled c ON c.line_id = s.id
)
SELECT id, number, bank_reference, amount, memo, bank_day, booked_at, balance, identity, codes, repeated, same_as_id,
       looks_like_id, inbox_message_id, virtual_account_id, account_id, channel_id, occurred_at,
       (occurred_at AT TIME ZONE :zone)::date AS business_day, requests, told_payment_id,
       CASE WHEN looks_like_id IS NOT NULL THEN 'review'
            WHEN known OR told_payment_id IS NOT NULL THEN 'duplicate'
            WHEN amount > 0 AND (settles OR by_stall) THEN 'matched' ELSE 'review' END AS outcome,
       amount > 0 AND NOT known AND told_payment_id IS NULL AS is_payment,
       CASE WHEN known OR amount < 0 OR told_payment_id IS NOT NULL OR settles OR by_stall THEN NULL
            WHEN requests = 1 AND in_scope THEN CASE
                WHEN closed THEN 'late' WHEN amount < remaining THEN 'underpaid'
                WHEN amount = asked THEN 'duplicate' ELSE 'overpaid' END
            ELSE 'orphan' END AS kind,
       CASE WHEN requests = 1 AND in_scope THEN request_id END AS request_id,
       CASE WHEN settles THEN asked_at WHEN by_stall THEN stall_id END AS stall_id,
       settles AND shared AS shared,
       CASE WHEN settles OR (requests = 1 AND in_scope) THEN asked_in WHEN by_stall THEN stall_in
            ELSE kept_in END AS market_id,
       by_stall, CASE WHEN by_stall THEN seller_id END AS seller_id
FROM seen
"""


def recognise(session: Session, cause: str) -> None:
    """Decide on every line of `staged`; the stalls and requests that they name stay locked until the commit, and have
    got what had come for them before they were there."""
    values: dict[str, Any] = {"payable": list(PAYABLE), "closed": sorted(CLOSED), "zone": "Asia/Ho_Chi_Minh"}
    session.execute(sql(LOCK_STALLS))
    session.execute(sql(LOCK_REQUESTS))
    settle_unclaimed(session, NAMED_BY_LINES, cause=cause)
    session.execute(sql(NAMED), values)
    session.execute(sql("ANALYZE named"))
    for statement in (TOLD, TOLD_BY_REFERENCE, TOLD_BY_REQUEST, DECIDED):
        session.execute(sql(statement), values)
    session.execute(sql("ANALYZE decided"))
