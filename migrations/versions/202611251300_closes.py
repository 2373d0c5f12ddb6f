"""Seals over the journal, and the days that a manager has signed off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611251300"
down_revision = "202611251230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "journal_entries", sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.create_unique_constraint("uq_journal_entries_number", "journal_entries", ["number"])
    op.create_table(
        "journal_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_entry", sa.BigInteger(), nullable=False),
        sa.Column("last_entry", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_journal_seals_number_positive")),
        sa.CheckConstraint("entries >= 1", name=op.f("ck_journal_seals_entries_positive")),
        sa.CheckConstraint("first_entry <= last_entry", name=op.f("ck_journal_seals_entries_in_order")),
        sa.CheckConstraint(
            "length(hash) = 32 AND length(previous_hash) = 32", name=op.f("ck_journal_seals_hashes_are_sha256")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_journal_seals")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_journal_seals_{column}"))
            for column in ("first_entry", "last_entry", "previous_hash", "hash")
        ),
    )
    op.create_table(
        "day_closes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column(
            "act", sa.Enum("signed", "reopened", name="closeact", native_enum=False, length=40), nullable=False
        ),
        sa.Column("figures", postgresql.JSONB(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("by_user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("act IN ('signed', 'reopened')", name=op.f("ck_day_closes_act_known")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_day_closes_version_positive")),
        sa.CheckConstraint(
            "(act = 'signed') = (figures IS NOT NULL)", name=op.f("ck_day_closes_figures_where_signed")
        ),
        sa.CheckConstraint(
            "act = 'signed' OR note IS NOT NULL", name=op.f("ck_day_closes_reopened_for_a_reason")
        ),
        sa.CheckConstraint("length(btrim(note)) > 0", name=op.f("ck_day_closes_note_not_blank")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_day_closes_market_id")),
        sa.ForeignKeyConstraint(["by_user_id"], ["users.id"], name=op.f("fk_day_closes_by_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_closes")),
        sa.UniqueConstraint("market_id", "day", "version", name=op.f("uq_day_closes_market_id_day_version")),
    )
    for table in ("journal_seals", "day_closes"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_table("day_closes")
    op.drop_table("journal_seals")
    op.drop_column("journal_entries", "number")
