"""By when a floor wants an order on its way, and the labels that it prints for its parcels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611301600"
down_revision = "202611301500"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("ship_by", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("labels_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "orders",
        sa.Column("label_problems", postgresql.JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    op.create_check_constraint(
        op.f("ck_orders_labels_of_a_floor"), "orders", "labels_asked_at IS NULL OR floor_status IS NOT NULL"
    )
    op.create_table(
        "order_labels",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("parcel", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("parcel >= 1", name=op.f("ck_order_labels_parcel_counted")),
        sa.CheckConstraint(
            "length(btrim(tracking_number)) > 0", name=op.f("ck_order_labels_tracking_number_not_blank")
        ),
        sa.CheckConstraint("octet_length(content) > 0", name=op.f("ck_order_labels_content_not_empty")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_labels_order_id")),
        sa.PrimaryKeyConstraint("order_id", "parcel", name=op.f("pk_order_labels")),
    )


def downgrade() -> None:
    op.drop_table("order_labels")
    op.drop_constraint(op.f("ck_orders_labels_of_a_floor"), "orders")
    op.drop_column("orders", "label_problems")
    op.drop_column("orders", "labels_asked_at")
    op.drop_column("orders", "ship_by")
