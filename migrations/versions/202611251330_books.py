"""Cash noted at stalls, the state's rules with their dates, keys of channels that end."""

import sqlalchemy as sa
from alembic import op

revision = "202611251330"
down_revision = "202611251320"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cash_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("voids_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount BETWEEN 1 AND 9999999999999", name=op.f("ck_cash_notes_amount_positive")),
        sa.CheckConstraint("length(btrim(note)) > 0", name=op.f("ck_cash_notes_note_not_blank")),
        sa.CheckConstraint("voids_id <> id", name=op.f("ck_cash_notes_voids_another")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_cash_notes_market_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name=op.f("fk_cash_notes_noted_by")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_cash_notes_seller_id")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_cash_notes_stall_id")),
        sa.ForeignKeyConstraint(["voids_id"], ["cash_notes.id"], name=op.f("fk_cash_notes_voids_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_notes")),
        sa.UniqueConstraint("voids_id", name=op.f("uq_cash_notes_voids_id")),
    )
    op.create_index(
        "ix_cash_notes_report",
        "cash_notes",
        ["market_id", "business_day", "stall_id"],
        unique=False,
        postgresql_include=["amount", "voids_id", "occurred_at"],
    )
    op.create_index(op.f("ix_cash_notes_seller_id"), "cash_notes", ["seller_id"], unique=False)
    op.create_index(
        op.f("ix_cash_notes_stall_id_occurred_at_id"),
        "cash_notes",
        ["stall_id", "occurred_at", "id"],
        unique=False,
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON cash_notes "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "tax_rules",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "unit IN ('dong', 'basis_points', 'years', 'form')", name=op.f("ck_tax_rules_unit_known")
        ),
        sa.CheckConstraint(
            "(unit = 'form') = (name IS NOT NULL)", name=op.f("ck_tax_rules_name_of_a_form")
        ),
        sa.CheckConstraint(
            "(unit = 'form') = (number IS NULL)", name=op.f("ck_tax_rules_number_of_the_others")
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_tax_rules_number_not_negative")),
        sa.CheckConstraint(
            "unit <> 'basis_points' OR number <= 10000", name=op.f("ck_tax_rules_rate_within_whole")
        ),
        sa.CheckConstraint("length(btrim(source)) > 0", name=op.f("ck_tax_rules_source_not_blank")),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("pk_tax_rules")),
    )
    op.add_column(
        "collection_channels", sa.Column("old_keys_until", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("collection_channels", "old_keys_until")
    op.drop_table("tax_rules")
    op.drop_table("cash_notes")
