"""What floors pay out for orders, and how far that has been read; what all goods of a floor's order cost."""

import sqlalchemy as sa
from alembic import op

revision = "202611291451"
down_revision = "202611291450"
branch_labels = None
depends_on = None

ADDS_UP = "gross - fees - withheld = net"
TAXES = "(vat IS NULL) = (pit IS NULL) AND (vat IS NULL OR vat + pit = withheld)"
DONG = 9_999_999_999_999


def upgrade() -> None:
    op.add_column("orders", sa.Column("floor_total", sa.BigInteger()))
    op.execute(
        """
        UPDATE orders SET floor_total = whole.total FROM (
            SELECT marketplace, external_id, sum(total) AS total FROM orders GROUP BY 1, 2
        ) AS whole
        WHERE orders.marketplace = whole.marketplace AND orders.external_id = whole.external_id
        """
    )
    op.alter_column("orders", "floor_total", nullable=False)
    op.create_check_constraint(op.f("ck_orders_total_within_floors"), "orders", "floor_total >= total")
    _subjects()
    _settlements()
    _shares()


def _subjects() -> None:
    """Until now everything that was read was orders."""
    op.add_column("floor_cursors", sa.Column("subject", sa.String(40), server_default="orders"))
    op.alter_column("floor_cursors", "subject", nullable=False, server_default=None)
    op.drop_constraint(op.f("pk_floor_cursors"), "floor_cursors", type_="primary")
    op.create_primary_key(op.f("pk_floor_cursors"), "floor_cursors", ["marketplace", "subject"])
    op.create_check_constraint(
        op.f("ck_floor_cursors_subject_known"), "floor_cursors", "subject IN ('orders', 'settlements')"
    )


def _settlements() -> None:
    op.create_table(
        "floor_settlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text()),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("gross", sa.BigInteger()),
        sa.Column("fees", sa.BigInteger()),
        sa.Column("withheld", sa.BigInteger()),
        sa.Column("net", sa.BigInteger()),
        sa.Column("vat", sa.BigInteger()),
        sa.Column("pit", sa.BigInteger()),
        sa.Column("problem", sa.String(40)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            f"problem IS NOT NULL OR (currency = 'VND' AND net IS NOT NULL AND {ADDS_UP})",
            name=op.f("ck_floor_settlements_adds_up"),
        ),
        sa.CheckConstraint(TAXES, name=op.f("ck_floor_settlements_taxes_are_withheld")),
        sa.CheckConstraint(
            f"greatest(abs(gross), abs(fees), abs(withheld), abs(net)) <= {DONG}",
            name=op.f("ck_floor_settlements_within_reason"),
        ),
        sa.CheckConstraint(
            "num_nulls(gross, fees, withheld, net) IN (0, 4)",
            name=op.f("ck_floor_settlements_amounts_together"),
        ),
        sa.CheckConstraint("kind IN ('order', 'adjustment')", name=op.f("ck_floor_settlements_kind_known")),
        sa.CheckConstraint(
            "problem IN ('foreign_currency', 'not_whole', 'sums')",
            name=op.f("ck_floor_settlements_problem_known"),
        ),
        sa.CheckConstraint(
            "length(btrim(external_id)) > 0", name=op.f("ck_floor_settlements_external_id_not_blank")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_floor_settlements")),
        sa.UniqueConstraint(
            "marketplace", "external_id", name=op.f("uq_floor_settlements_marketplace_external_id")
        ),
    )
    op.create_index(
        op.f("ix_floor_settlements_marketplace_order_number"),
        "floor_settlements",
        ["marketplace", "order_number"],
    )
    op.create_index(op.f("ix_floor_settlements_settled_at"), "floor_settlements", ["settled_at"])
    op.create_index(
        "ix_floor_settlements_aside",
        "floor_settlements",
        ["settled_at"],
        postgresql_where=sa.text("problem IS NOT NULL"),
    )


def _shares() -> None:
    op.create_table(
        "settlement_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.BigInteger()),
        sa.Column("pit", sa.BigInteger()),
        sa.CheckConstraint(ADDS_UP, name=op.f("ck_settlement_shares_adds_up")),
        sa.CheckConstraint(TAXES, name=op.f("ck_settlement_shares_taxes_are_withheld")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_settlement_shares_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["floor_settlements.id"], name=op.f("fk_settlement_shares_settlement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_shares")),
        sa.UniqueConstraint(
            "settlement_id", "order_id", name=op.f("uq_settlement_shares_settlement_id_order_id")
        ),
    )
    op.create_index(op.f("ix_settlement_shares_order_id"), "settlement_shares", ["order_id"])
    op.create_index(op.f("ix_settlement_shares_settled_at_id"), "settlement_shares", ["settled_at", "id"])


def downgrade() -> None:
    op.drop_table("settlement_shares")
    op.drop_table("floor_settlements")
    op.execute("DELETE FROM floor_cursors WHERE subject <> 'orders'")
    op.drop_constraint(op.f("pk_floor_cursors"), "floor_cursors", type_="primary")
    op.create_primary_key(op.f("pk_floor_cursors"), "floor_cursors", ["marketplace"])
    op.drop_column("floor_cursors", "subject")
    op.drop_constraint(op.f("ck_orders_total_within_floors"), "orders", type_="check")
    op.drop_column("orders", "floor_total")
