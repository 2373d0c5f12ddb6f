"""Lines that may tell again of what another statement told wait for a person."""

import sqlalchemy as sa
from alembic import op

revision = "202611291814"
down_revision = "202611291809"
branch_labels = None
depends_on = None

EXCEPTIONS = "reconciliation_exceptions"
LINES = "statement_lines"
ACTIONS = (
    "action IN ('match', 'refund', 'write_off', 'ignore', 'undo', 'unmatch', 'restore', 'same', 'another')"
)
FORMER_ACTIONS = "action IN ('match', 'refund', 'write_off', 'ignore', 'undo', 'unmatch', 'restore')"
KINDS = (
    "kind IN ('orphan', 'underpaid', 'overpaid', 'duplicate', 'late', 'reversed', 'missing', 'debited',"
    " 'maybe_same')"
)
FORMER_KINDS = (
    "kind IN ('orphan', 'underpaid', 'overpaid', 'duplicate', 'late', 'reversed', 'missing', 'debited')"
)
UNREFERENCED = r"bank_reference ~* '^(nonref|n/?a|(0|\W|_)*)$'"
KEY = ("kind", "payment_id", "payment_request_id")
FORMER_ONCE = "uq_reconciliation_exceptions_kind_payment_id_payment_request_id"
ONCE = "uq_reconciliation_exceptions_once"


def upgrade() -> None:
    op.add_column(LINES, sa.Column("looks_like_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_statement_lines_looks_like_id"), LINES, LINES, ["looks_like_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_statement_lines_credit_looks_like"),
        LINES,
        "looks_like_id IS NULL OR (statement_id IS NOT NULL AND amount > 0 AND NOT repeated)",
    )
    op.create_index(
        "ix_statement_lines_unreferenced",
        LINES,
        ["account_id", "amount", "bank_day"],
        postgresql_where=sa.text(f"statement_id IS NOT NULL AND amount > 0 AND {UNREFERENCED}"),
    )
    op.create_index(
        "ix_statement_lines_looks_like_id",
        LINES,
        ["looks_like_id"],
        postgresql_where=sa.text("looks_like_id IS NOT NULL"),
    )
    op.add_column(EXCEPTIONS, sa.Column("statement_line_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reconciliation_exceptions_statement_line_id"), EXCEPTIONS, LINES, ["statement_line_id"], ["id"]
    )
    _replace(EXCEPTIONS, "kind_known", KINDS)
    op.create_check_constraint(
        op.f("ck_reconciliation_exceptions_line_where_maybe_same"),
        EXCEPTIONS,
        "(kind = 'maybe_same') = (statement_line_id IS NOT NULL)",
    )
    _once(FORMER_ONCE, ONCE, *KEY, "statement_line_id")
    _replace("resolutions", "action_known", ACTIONS)


def downgrade() -> None:
    _replace("resolutions", "action_known", FORMER_ACTIONS)
    op.drop_constraint(op.f("ck_reconciliation_exceptions_line_where_maybe_same"), EXCEPTIONS)
    _replace(EXCEPTIONS, "kind_known", FORMER_KINDS)
    _once(ONCE, FORMER_ONCE, *KEY)
    op.drop_column(EXCEPTIONS, "statement_line_id")
    op.drop_index("ix_statement_lines_looks_like_id", LINES)
    op.drop_index("ix_statement_lines_unreferenced", LINES)
    op.drop_constraint(op.f("ck_statement_lines_credit_looks_like"), LINES)
    op.drop_column(LINES, "looks_like_id")


def _replace(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)


def _once(former: str, name: str, *columns: str) -> None:
    op.drop_constraint(op.f(former), EXCEPTIONS)
    op.create_unique_constraint(op.f(name), EXCEPTIONS, list(columns), postgresql_nulls_not_distinct=True)
