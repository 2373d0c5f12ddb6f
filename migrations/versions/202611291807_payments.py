"""A notice that a channel's keys do not prove, while its address is being tried."""

import sqlalchemy as sa
from alembic import op

revision = "202611291807"
down_revision = "202611291456"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "collection_channels", sa.Column("webhook_forged_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("collection_channels", "webhook_forged_at")
