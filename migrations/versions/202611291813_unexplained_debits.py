"""Debits that took nothing back yet are looked at again when the money before them is told of; a debit that is a refund
of ours knows it."""

import sqlalchemy as sa
from alembic import op

revision = "202611291813"
down_revision = "202611291811"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_statement_lines_unexplained",
        "statement_lines",
        ["account_id", "bank_day"],
        postgresql_where=sa.text("statement_id IS NOT NULL AND amount < 0 AND outcome = 'review'"),
    )
    op.add_column("statement_lines", sa.Column("refund_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_statement_lines_refund_id"), "statement_lines", "refunds", ["refund_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_statement_lines_refund_is_known_debit"),
        "statement_lines",
        "refund_id IS NULL OR (outcome = 'duplicate' AND amount < 0)",
    )
    op.create_index(
        "ix_statement_lines_refund_id",
        "statement_lines",
        ["refund_id"],
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_statement_lines_refund_id", table_name="statement_lines")
    op.drop_constraint(op.f("ck_statement_lines_refund_is_known_debit"), "statement_lines")
    op.drop_constraint(op.f("fk_statement_lines_refund_id"), "statement_lines")
    op.drop_column("statement_lines", "refund_id")
    op.drop_index("ix_statement_lines_unexplained", table_name="statement_lines")
