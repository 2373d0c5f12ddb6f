"""Debits that took nothing back yet are looked at again when the money before them is told of."""

import sqlalchemy as sa
from alembic import op

revision = "202611291813"
down_revision = "202611291809"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_statement_lines_unexplained",
        "statement_lines",
        ["account_id", "bank_day"],
        postgresql_where=sa.text("statement_id IS NOT NULL AND amount < 0 AND outcome = 'review'"),
    )


def downgrade() -> None:
    op.drop_index("ix_statement_lines_unexplained", table_name="statement_lines")
