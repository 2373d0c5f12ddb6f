"""Requests that are not reversed, but something of whose money the bank took back, are what the rest makes of them: one
that had too much, or was refunded already. (Reversed ones were put right by 202611301351.)"""

from alembic import op

revision = "202611301702"
down_revision = "202611301701"
branch_labels = None
depends_on = None

LEFT = r"""
CREATE TEMP TABLE left_over ON COMMIT DROP AS
WITH taken AS (
    SELECT e.payment_id, max(e.created_at) AS at FROM journal_entries e
    WHERE e.key LIKE 'reversal\:%' AND e.key NOT LIKE '%\:undone'
      AND NOT EXISTS (SELECT FROM journal_entries u WHERE u.key = e.key || '\:undone')
    GROUP BY e.payment_id
), concerned AS (
    SELECT * FROM payment_requests r WHERE r.status <> 'reversed' AND r.id IN (
        SELECT m.payment_request_id FROM payment_matches m JOIN taken USING (payment_id)
        UNION
        SELECT n.id FROM taken JOIN payments p ON p.id = taken.payment_id JOIN payment_requests n
            ON n.order_code = p.order_code AND n.channel_id = p.channel_id AND n.market_id = p.market_id)
), named AS (
    SELECT r.id AS request_id, p.id AS payment_id, p.amount, p.occurred_at FROM concerned r
    JOIN payments p ON p.order_code = r.order_code AND p.channel_id = r.channel_id AND p.market_id = r.market_id
    WHERE NOT EXISTS (SELECT FROM resolutions d JOIN reconciliation_exceptions x ON x.id = d.exception_id
                      WHERE x.payment_id = p.id AND x.kind = 'orphan' AND x.payment_request_id IS NULL
                        AND d.status = 'done')
      AND NOT EXISTS (SELECT FROM payment_matches o JOIN taken t ON t.payment_id = o.payment_id
                      WHERE o.payment_request_id = r.id AND t.at >= p.created_at)
), came AS (
    SELECT * FROM named
    UNION ALL
    SELECT r.id, p.id, m.amount, p.occurred_at
    FROM concerned r JOIN payment_matches m ON m.payment_request_id = r.id JOIN payments p ON p.id = m.payment_id
    WHERE NOT EXISTS (SELECT FROM named n WHERE n.request_id = r.id AND n.payment_id = p.id)
)
SELECT r.id, r.status, r.amount - r.tolerance AS least, r.amount + r.tolerance AS most,
       coalesce(sum(c.amount), 0) AS paid,
       coalesce(sum(c.amount) FILTER (WHERE c.occurred_at <= r.expires_at), 0) AS in_time
FROM concerned r LEFT JOIN came c ON c.request_id = r.id AND c.payment_id NOT IN (SELECT payment_id FROM taken)
GROUP BY r.id, r.status, r.amount, r.tolerance
"""
"""As `services/received.py` counts it."""
STATUS = """
CASE WHEN l.status <> 'overpaid' OR l.paid = 0 OR l.paid > l.most THEN l.status WHEN l.paid < l.least THEN 'partly_paid'
     WHEN l.in_time >= l.least THEN 'paid' ELSE 'paid_late' END
"""
CHANGES = f"""
INSERT INTO payment_request_changes (id, payment_request_id, from_status, to_status, cause)
SELECT gen_random_uuid(), l.id, l.status, {STATUS}, 'taken back before' FROM left_over l WHERE {STATUS} <> l.status
"""
REQUESTS = f"""
UPDATE payment_requests r SET amount_paid = l.paid, status = {STATUS} FROM left_over l WHERE l.id = r.id
"""


def upgrade() -> None:
    for statement in (LEFT, CHANGES, REQUESTS):
        op.execute(statement)


def downgrade() -> None:
    """What came before counts nowhere."""
