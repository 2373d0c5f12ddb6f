"""Buyers may ask a floor that their order be cancelled: it waits for the seller's answer."""

import sqlalchemy as sa
from alembic import op

revision = "202611292043"
down_revision = "202611292041"
branch_labels = None
depends_on = None

TABLES = ("orders", "stray_orders")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("cancel_asked", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "cancel_asked")
