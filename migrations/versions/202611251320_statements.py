"""Bank statements: files, lines, rows that could not be read; payments that only a statement tells of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611251320"
down_revision = "202611251310"
branch_labels = None
depends_on = None

KEY = "uq_payments_channel_id_reference_account_number_order_code"
FORMER_KEY = "uq_payments_channel_id_account_number_reference_order_code"


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("payout_account_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting", "running", "done", "failed", name="statementstatus", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("matched", sa.BigInteger(), nullable=False),
        sa.Column("review", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("reversals", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'failed') = (problem IS NOT NULL)", name=op.f("ck_statements_problem_where_failed")
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_statements_status_known")
        ),
        sa.CheckConstraint(
            "least(matched, review, duplicates, reversals) >= 0 AND lines = matched + review + duplicates + reversals",
            name=op.f("ck_statements_counts_add_up"),
        ),
        sa.CheckConstraint(
            "least(taken, lines, rejected) >= 0", name=op.f("ck_statements_counts_not_negative")
        ),
        sa.CheckConstraint("length(btrim(file_name)) > 0", name=op.f("ck_statements_file_name_not_blank")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_statements_sha256_whole")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_statements_channel_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_statements_market_id")),
        sa.ForeignKeyConstraint(
            ["payout_account_id"], ["payout_accounts.id"], name=op.f("fk_statements_payout_account_id")
        ),
        sa.ForeignKeyConstraint(["uploaded_by"], ["users.id"], name=op.f("fk_statements_uploaded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
    )
    op.create_index(
        op.f("ix_statements_market_id_created_at_id"),
        "statements",
        ["market_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "statement_files",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["statements.id"],
            name=op.f("fk_statement_files_statement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement_files")),
    )
    op.create_table(
        "statement_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("bank_day", sa.Date(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "matched", "review", "duplicate", "reversal", name="lineoutcome", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "NOT repeated OR outcome = 'duplicate'", name=op.f("ck_statement_lines_repeated_is_duplicate")
        ),
        sa.CheckConstraint(
            "outcome <> 'reversal' OR amount < 0", name=op.f("ck_statement_lines_reversal_is_debit")
        ),
        sa.CheckConstraint(
            "outcome IN ('matched', 'review', 'duplicate', 'reversal')",
            name=op.f("ck_statement_lines_outcome_known"),
        ),
        sa.CheckConstraint(
            "abs(amount) BETWEEN 1 AND 9999999999999", name=op.f("ck_statement_lines_amount_not_zero")
        ),
        sa.CheckConstraint("octet_length(identity) = 32", name=op.f("ck_statement_lines_identity_whole")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_statement_lines_payment_id")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
    )
    op.create_index(
        op.f("ix_statement_lines_statement_id_number_id"),
        "statement_lines",
        ["statement_id", "number", "id"],
        unique=False,
    )
    op.create_index(
        "uq_statement_lines_identity",
        "statement_lines",
        ["account_id", "identity"],
        unique=True,
        postgresql_where=sa.text("NOT repeated"),
    )
    op.create_index(
        "uq_statement_lines_payment",
        "statement_lines",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("outcome <> 'reversal'"),
    )
    op.create_index(
        "uq_statement_lines_reversal",
        "statement_lines",
        ["payment_id"],
        unique=True,
        postgresql_where=sa.text("outcome = 'reversal'"),
    )
    op.create_table(
        "statement_lines_broken",
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_broken_statement_id")
        ),
        sa.PrimaryKeyConstraint("statement_id", "number", name=op.f("pk_statement_lines_broken")),
    )

    op.alter_column("payments", "order_code", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("payments", sa.Column("statement_identity", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_payments_told_by_somebody"),
        "payments",
        "order_code IS NOT NULL OR statement_identity IS NOT NULL",
    )
    op.create_check_constraint(
        op.f("ck_payments_statement_identity_whole"), "payments", "octet_length(statement_identity) = 32"
    )
    op.create_index(
        "uq_payments_statement_identity",
        "payments",
        ["channel_id", "account_number", "statement_identity"],
        unique=True,
        postgresql_where=sa.text("statement_identity IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f(KEY), "payments", ["channel_id", "reference", "account_number", "order_code"]
    )
    op.drop_constraint(op.f(FORMER_KEY), "payments")


def downgrade() -> None:
    op.create_unique_constraint(
        op.f(FORMER_KEY), "payments", ["channel_id", "account_number", "reference", "order_code"]
    )
    op.drop_constraint(op.f(KEY), "payments")
    op.drop_index("uq_payments_statement_identity", table_name="payments")
    op.drop_constraint(op.f("ck_payments_statement_identity_whole"), "payments")
    op.drop_constraint(op.f("ck_payments_told_by_somebody"), "payments")
    op.drop_column("payments", "statement_identity")
    op.alter_column("payments", "order_code", existing_type=sa.BigInteger(), nullable=False)
    op.drop_table("statement_lines_broken")
    op.drop_table("statement_lines")
    op.drop_table("statement_files")
    op.drop_table("statements")
