"""A notice that a channel's keys do not prove, while its address is being tried. How far a statement has been read."""

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


def downgrade() -> None:
    op.drop_column("statements", "percent_read")
    op.drop_column("collection_channels", "webhook_forged_at")
