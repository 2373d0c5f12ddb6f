"""What the bank took back of a request counts as received no more, so that other money may pay it."""

from alembic import op

revision = "202611301351"
down_revision = "202611301350"
branch_labels = None
depends_on = None

TIED = """
UPDATE payment_requests r SET amount_paid = coalesce((
    SELECT sum(m.amount) FROM payment_matches m WHERE m.payment_request_id = r.id AND {counts}), 0)
WHERE r.status = 'reversed'
"""
STAYED = r"""
NOT EXISTS (SELECT FROM journal_entries e
            WHERE e.payment_id = m.payment_id AND e.key LIKE 'reversal\:%' AND e.key NOT LIKE '%\:undone'
              AND NOT EXISTS (SELECT FROM journal_entries u WHERE u.key = e.key || '\:undone'))
"""


def upgrade() -> None:
    op.execute(TIED.format(counts=STAYED))


def downgrade() -> None:
    op.execute(TIED.format(counts="true"))
