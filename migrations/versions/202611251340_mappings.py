"""Mappings of statements whose layout nobody knows; a market's tolerance."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611251340"
down_revision = "202611251330"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash', 'write_off', 'rounding')"
FORMER_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash', 'write_off')"
STATUSES = "status IN ('unmapped', 'waiting', 'running', 'done', 'failed')"
FORMER_STATUSES = "status IN ('waiting', 'running', 'done', 'failed')"
PLACES = (
    "date_at",
    "memo_at",
    "amount_at",
    "credit_at",
    "debit_at",
    "reference_at",
    "balance_at",
    "payer_account_at",
    "payer_name_at",
)
DIFFERENT_PLACES = """
-- Each place that is given is a column of the header, and none is given twice.
CREATE FUNCTION different_places(places smallint[], header text[]) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT count(place) = count(DISTINCT place) AND coalesce(bool_and(place BETWEEN 0 AND cardinality(header) - 1), true)
    FROM unnest(places) AS place
$$
"""


def _swap(table: str, name: str, rule: str) -> None:
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, rule)


def upgrade() -> None:
    op.add_column("markets", sa.Column("tolerance", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_markets_tolerance_small"), "markets", "tolerance BETWEEN 0 AND 5000")
    op.add_column(
        "payment_requests", sa.Column("tolerance", sa.BigInteger(), server_default="0", nullable=False)
    )
    for name, rule in (
        ("small", "tolerance BETWEEN 0 AND 5000"),
        ("within_tenth", "tolerance * 10 <= amount"),
        ("at_a_stall", "tolerance = 0 OR stall_id IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_payment_requests_tolerance_{name}"), "payment_requests", rule)
    _swap("journal_accounts", op.f("ck_journal_accounts_kind_known"), ACCOUNT_KINDS)
    _swap("statements", op.f("ck_statements_status_known"), STATUSES)
    op.add_column("statement_files", sa.Column("head", sa.LargeBinary(), nullable=True))
    op.execute(DIFFERENT_PLACES)
    op.create_table(
        "statement_mappings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("header", postgresql.ARRAY(sa.Text()), nullable=False),
        *(sa.Column(place, sa.SmallInteger(), nullable=place not in PLACES[:2]) for place in PLACES),
        sa.Column("date_format", sa.String(40), nullable=False),
        sa.Column("decimal", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "date_format IN ('day_first', 'month_first', 'year_first')",
            name=op.f("ck_statement_mappings_date_format_known"),
        ),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_statement_mappings_name_not_blank")),
        sa.CheckConstraint(
            "octet_length(fingerprint) = 32", name=op.f("ck_statement_mappings_fingerprint_whole")
        ),
        sa.CheckConstraint("decimal IN ('.', ',')", name=op.f("ck_statement_mappings_decimal_known")),
        sa.CheckConstraint(
            "num_nonnulls(amount_at, credit_at) = 1", name=op.f("ck_statement_mappings_one_kind_of_amount")
        ),
        sa.CheckConstraint(
            "debit_at IS NULL OR credit_at IS NOT NULL",
            name=op.f("ck_statement_mappings_debit_beside_credit"),
        ),
        sa.CheckConstraint(
            f"different_places(ARRAY[{', '.join(PLACES)}], header)",
            name=op.f("ck_statement_mappings_own_column_each"),
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_statement_mappings_created_by")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_statement_mappings_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_mappings")),
        sa.UniqueConstraint(
            "market_id", "fingerprint", name=op.f("uq_statement_mappings_market_id_fingerprint")
        ),
    )


def downgrade() -> None:
    op.drop_table("statement_mappings")
    op.execute("DROP FUNCTION different_places(smallint[], text[])")
    op.drop_column("statement_files", "head")
    op.execute("UPDATE statements SET status = 'failed', problem = 'unmapped' WHERE status = 'unmapped'")
    _swap("statements", op.f("ck_statements_status_known"), FORMER_STATUSES)
    _swap("journal_accounts", op.f("ck_journal_accounts_kind_known"), FORMER_KINDS)
    op.drop_column("payment_requests", "tolerance")
    op.drop_column("markets", "tolerance")
