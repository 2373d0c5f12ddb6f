"""Orders from floors and from the shop, their lines and steps, and how far each floor has been read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611251910"
down_revision = "202611251900"
branch_labels = None
depends_on = None

STATUSES = "IN ('new', 'confirmed', 'packed', 'shipped', 'delivered', 'cancelled')"


def upgrade() -> None:
    _create_orders()
    _create_lines()
    op.create_table(
        "order_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("from_status", sa.String(length=40), nullable=False),
        sa.Column("to_status", sa.String(length=40), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"from_status {STATUSES}", name=op.f("ck_order_changes_from_status_known")),
        sa.CheckConstraint(f"to_status {STATUSES}", name=op.f("ck_order_changes_to_status_known")),
        sa.ForeignKeyConstraint(["changed_by"], ["users.id"], name=op.f("fk_order_changes_changed_by")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_changes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
    )
    op.create_index(op.f("ix_order_changes_order_id"), "order_changes", ["order_id"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON order_changes "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "floor_cursors",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_floor_cursors_failures_not_negative")),
        sa.PrimaryKeyConstraint("marketplace", name=op.f("pk_floor_cursors")),
    )


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("floor_status", sa.String(length=40), nullable=True),
        sa.Column("buyer_name", sa.LargeBinary(), nullable=True),
        sa.Column("buyer_phone", sa.LargeBinary(), nullable=True),
        sa.Column("buyer_address", sa.LargeBinary(), nullable=True),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("payment_request_id", sa.Uuid(), nullable=True),
        sa.Column("problems", postgresql.JSONB(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("returned_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"status {STATUSES}", name=op.f("ck_orders_status_known")),
        sa.CheckConstraint(f"floor_status {STATUSES}", name=op.f("ck_orders_floor_status_known")),
        sa.CheckConstraint("length(btrim(external_id)) > 0", name=op.f("ck_orders_external_id_not_blank")),
        sa.CheckConstraint("length(btrim(number)) > 0", name=op.f("ck_orders_number_not_blank")),
        sa.CheckConstraint("length(btrim(cancel_reason)) > 0", name=op.f("ck_orders_cancel_reason_not_blank")),
        sa.CheckConstraint("total BETWEEN 0 AND 9999999999999", name=op.f("ck_orders_total_not_negative")),
        sa.CheckConstraint("withheld BETWEEN 0 AND total", name=op.f("ck_orders_withheld_within_total")),
        sa.CheckConstraint(
            "cancel_reason IS NULL OR status = 'cancelled'", name=op.f("ck_orders_reason_where_cancelled")
        ),
        sa.CheckConstraint(
            "tracking_number IS NULL OR status IN ('shipped', 'delivered', 'cancelled')",
            name=op.f("ck_orders_tracked_once_shipped"),
        ),
        sa.CheckConstraint(
            "(marketplace = 'shop') = (floor_status IS NULL)", name=op.f("ck_orders_floor_where_there_is_one")
        ),
        sa.CheckConstraint(
            "payment_request_id IS NULL OR marketplace = 'shop'", name=op.f("ck_orders_request_of_the_shop")
        ),
        sa.CheckConstraint(
            "payment_request_id IS NULL OR earned_on IS NULL", name=op.f("ck_orders_earned_once")
        ),
        sa.CheckConstraint(
            "returned_on IS NULL OR earned_on IS NOT NULL", name=op.f("ck_orders_returned_once_earned")
        ),
        sa.CheckConstraint(
            "(status IN ('delivered', 'cancelled')) = (closed_at IS NOT NULL)",
            name=op.f("ck_orders_closed_when_over"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"], ["payment_requests.id"], name=op.f("fk_orders_payment_request_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_orders_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint(
            "marketplace", "external_id", "seller_id", name=op.f("uq_orders_marketplace_external_id_seller_id")
        ),
        sa.UniqueConstraint("payment_request_id", name=op.f("uq_orders_payment_request_id")),
    )
    op.create_index(op.f("ix_orders_seller_id_placed_at_id"), "orders", ["seller_id", "placed_at", "id"])
    op.create_index(
        "ix_orders_open",
        "orders",
        ["seller_id", "placed_at", "id"],
        postgresql_where=sa.text("status IN ('new', 'confirmed', 'packed')"),
    )
    op.create_index(
        op.f("ix_orders_seller_id_earned_on"),
        "orders",
        ["seller_id", "earned_on"],
        postgresql_where=sa.text("earned_on IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_to_forget",
        "orders",
        ["closed_at"],
        postgresql_where=sa.text(
            "buyer_name IS NOT NULL OR buyer_phone IS NOT NULL OR buyer_address IS NOT NULL"
        ),
    )


def _create_lines() -> None:
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("short", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_quantity_positive")),
        sa.CheckConstraint("price BETWEEN 0 AND 9999999999999", name=op.f("ck_order_lines_price_not_negative")),
        sa.CheckConstraint("short >= 0 AND taken >= 0", name=op.f("ck_order_lines_counts_not_negative")),
        sa.CheckConstraint("short + taken <= quantity", name=op.f("ck_order_lines_no_more_than_ordered")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_order_lines_listing_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint(
            "order_id", "listing_id", "price", name=op.f("uq_order_lines_order_id_listing_id_price")
        ),
    )
    op.create_index(
        "ix_order_lines_short", "order_lines", ["listing_id"], postgresql_where=sa.text("short > 0")
    )


def downgrade() -> None:
    for table in ("floor_cursors", "order_changes", "order_lines", "orders"):
        op.drop_table(table)
