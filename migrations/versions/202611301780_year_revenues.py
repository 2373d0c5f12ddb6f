"""Every seller's revenue of a year, and whom a message told of a threshold."""

import sqlalchemy as sa
from alembic import op

revision = "202611301780"
down_revision = "202611301740"
branch_labels = None
depends_on = None

DONG = 9_999_999_999_999


def upgrade() -> None:
    op.create_table(
        "year_revenues",
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("booked", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ordered", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revenue", sa.BigInteger(), sa.Computed("booked + ordered", persisted=True), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_year_revenues_seller_id")),
        sa.PrimaryKeyConstraint("seller_id", "year", name=op.f("pk_year_revenues")),
    )
    op.create_index(op.f("ix_year_revenues_year_revenue"), "year_revenues", ["year", "revenue"])
    op.create_table(
        "revenue_marks",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("counted_to", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_revenue_marks_only_one")),
        sa.CheckConstraint("counted_to >= 0", name=op.f("ck_revenue_marks_counted_to_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revenue_marks")),
    )
    op.create_table(
        "threshold_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "code IN ('exempt_revenue', 'einvoice_revenue')", name=op.f("ck_threshold_notices_code_known")
        ),
        sa.CheckConstraint(f"amount BETWEEN 1 AND {DONG}", name=op.f("ck_threshold_notices_amount_positive")),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'skipped', 'failed')",
            name=op.f("ck_threshold_notices_status_known"),
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_threshold_notices_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold_notices")),
        sa.UniqueConstraint("seller_id", "year", "code", name=op.f("uq_threshold_notices_seller_id_year_code")),
    )


def downgrade() -> None:
    op.drop_table("threshold_notices")
    op.drop_table("revenue_marks")
    op.drop_table("year_revenues")
