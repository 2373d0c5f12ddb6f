"""When sellers were told of an order by SMS."""

import sqlalchemy as sa
from alembic import op

revision = "202611300010"
down_revision = "202611292043"
branch_labels = None
depends_on = None

ALERTED = "ix_orders_seller_id_alerted_at"


def upgrade() -> None:
    op.add_column("orders", sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        ALERTED,
        "orders",
        ["seller_id", "alerted_at"],
        postgresql_where=sa.text("alerted_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(ALERTED, "orders")
    op.drop_column("orders", "alerted_at")
