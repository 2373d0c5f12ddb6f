"""Orders of floors that are nobody's here, and whose goods a line is where no SKU says so; a floor may say itself
that there is news."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611291807"
down_revision = "202611291806"
branch_labels = None
depends_on = None

STATUSES = "'new', 'confirmed', 'packed', 'shipped', 'delivered', 'cancelled'"


def upgrade() -> None:
    for column in ("begun_at", "hinted_at"):
        op.add_column("floor_cursors", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_publications_numbered",
        "publications",
        ["marketplace", "external_id"],
        postgresql_where=sa.text("external_id IS NOT NULL"),
    )
    op.create_table(
        "stray_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=False),
        sa.Column("skus", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("external_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("buyer_name", sa.LargeBinary(), nullable=True),
        sa.Column("buyer_phone", sa.LargeBinary(), nullable=True),
        sa.Column("buyer_address", sa.LargeBinary(), nullable=True),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("set_aside_because", sa.Text(), nullable=True),
        sa.Column("set_aside_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("ck_stray_orders_status_known")),
        sa.CheckConstraint(
            "reason IN ('foreign', 'late', 'unreadable')", name=op.f("ck_stray_orders_reason_known")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'cancelled', 'set_aside')", name=op.f("ck_stray_orders_state_known")
        ),
        sa.CheckConstraint(
            "length(btrim(external_id)) > 0", name=op.f("ck_stray_orders_external_id_not_blank")
        ),
        sa.CheckConstraint(
            "length(btrim(set_aside_because)) > 0", name=op.f("ck_stray_orders_set_aside_because_not_blank")
        ),
        sa.CheckConstraint(
            "total BETWEEN 0 AND 9999999999999", name=op.f("ck_stray_orders_total_within_reason")
        ),
        sa.CheckConstraint(
            "withheld BETWEEN 0 AND 9999999999999", name=op.f("ck_stray_orders_withheld_within_reason")
        ),
        sa.CheckConstraint("jsonb_typeof(lines) = 'array'", name=op.f("ck_stray_orders_lines_listed")),
        sa.CheckConstraint(
            "placed_at IS NOT NULL OR reason = 'unreadable'", name=op.f("ck_stray_orders_placed_where_readable")
        ),
        sa.CheckConstraint(
            "(state = 'set_aside') = (set_aside_because IS NOT NULL)"
            " AND (state = 'set_aside') = (set_aside_by IS NOT NULL)",
            name=op.f("ck_stray_orders_set_aside_with_reason"),
        ),
        sa.CheckConstraint(
            "state = 'waiting' OR num_nonnulls(buyer_name, buyer_phone, buyer_address) = 0",
            name=op.f("ck_stray_orders_buyer_while_waiting"),
        ),
        sa.ForeignKeyConstraint(["set_aside_by"], ["users.id"], name=op.f("fk_stray_orders_set_aside_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stray_orders")),
        sa.UniqueConstraint("marketplace", "external_id", name=op.f("uq_stray_orders_marketplace_external_id")),
    )
    op.create_index(
        "ix_stray_orders_waiting",
        "stray_orders",
        ["created_at", "id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_stray_orders_to_find",
        "stray_orders",
        ["marketplace", "id"],
        postgresql_where=sa.text("state = 'waiting' AND reason = 'foreign'"),
    )
    op.create_table(
        "order_ties",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("goods", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("tied_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(btrim(goods)) > 0", name=op.f("ck_order_ties_goods_not_blank")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_order_ties_listing_id")),
        sa.ForeignKeyConstraint(["tied_by"], ["users.id"], name=op.f("fk_order_ties_tied_by")),
        sa.PrimaryKeyConstraint("marketplace", "external_id", "goods", name=op.f("pk_order_ties")),
    )
    op.create_index(op.f("ix_order_ties_listing_id"), "order_ties", ["listing_id"])


def downgrade() -> None:
    """What was nobody's is only logged again."""
    op.drop_table("order_ties")
    op.drop_table("stray_orders")
    op.drop_index("ix_publications_numbered", "publications")
    for column in ("hinted_at", "begun_at"):
        op.drop_column("floor_cursors", column)
