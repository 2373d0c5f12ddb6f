"""A payment that several stalls share is none's alone: each has what its matches say."""

import sqlalchemy as sa
from alembic import op

revision = "202611301350"
down_revision = "202611301330"
branch_labels = None
depends_on = None

SHARED = "ix_payments_shared"
AS_MATCHED = """
UPDATE payments p SET shared = m.stalls > 1, stall_id = CASE WHEN m.stalls = 1 THEN m.stall_id END
FROM (SELECT m.payment_id, count(DISTINCT r.stall_id) AS stalls, (array_agg(r.stall_id))[1] AS stall_id
      FROM payment_matches m JOIN payment_requests r ON r.id = m.payment_request_id
      WHERE r.stall_id IS NOT NULL GROUP BY m.payment_id) m
WHERE p.id = m.payment_id AND (m.stalls > 1 OR p.stall_id IS DISTINCT FROM m.stall_id)
"""


def upgrade() -> None:
    op.add_column("payments", sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(AS_MATCHED)
    op.create_check_constraint(
        op.f("ck_payments_shared_or_of_one_stall"), "payments", "NOT (shared AND stall_id IS NOT NULL)"
    )
    op.create_index(
        SHARED, "payments", ["market_id", "business_day"], postgresql_where=sa.text("shared")
    )


def downgrade() -> None:
    op.drop_index(SHARED, "payments")
    op.drop_constraint(op.f("ck_payments_shared_or_of_one_stall"), "payments", type_="check")
    op.drop_column("payments", "shared")
