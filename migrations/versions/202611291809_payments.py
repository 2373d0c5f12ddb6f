"""A notice that a channel's keys do not prove, while its address is being tried; how far a statement has been read;
open orphans, which are looked for in every batch."""

import sqlalchemy as sa
from alembic import op

revision = "202611291809"
down_revision = "202611291808"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "collection_channels", sa.Column("webhook_forged_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "statements", sa.Column("percent_read", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_statements_percent_read_is_one"), "statements", "percent_read BETWEEN 0 AND 100"
    )
    op.create_index(
        "ix_reconciliation_exceptions_unclaimed",
        "reconciliation_exceptions",
        ["payment_id"],
        postgresql_where=sa.text("kind = 'orphan' AND status = 'open' AND payment_request_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_reconciliation_exceptions_unclaimed", table_name="reconciliation_exceptions")
    op.drop_column("statements", "percent_read")
    op.drop_column("collection_channels", "webhook_forged_at")
