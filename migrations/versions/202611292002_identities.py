"""More words than before say that a line has no reference, and a line keeps the balance after it."""

import sqlalchemy as sa
from alembic import op

revision = "202611292002"
down_revision = "202611291814"
branch_labels = None
depends_on = None

LINES = "statement_lines"
INDEX = "ix_statement_lines_unreferenced"
PLACEHOLDER = (
    r"^(no[nt]?e?[ _-]?ref(erence)?|not?[ _-]?(provided|available|applicable)|"
    r"none|null|nil|unknown|n/?a|(0|\W|_)*)$"
)
FORMER_PLACEHOLDER = r"^(nonref|n/?a|(0|\W|_)*)$"


def upgrade() -> None:
    op.add_column(LINES, sa.Column("balance", sa.BigInteger(), nullable=True))
    _index(PLACEHOLDER)


def downgrade() -> None:
    _index(FORMER_PLACEHOLDER)
    op.drop_column(LINES, "balance")


def _index(placeholder: str) -> None:
    op.drop_index(INDEX, LINES)
    op.create_index(
        INDEX,
        LINES,
        ["account_id", "amount", "bank_day"],
        postgresql_where=sa.text(f"statement_id IS NOT NULL AND amount > 0 AND bank_reference ~* '{placeholder}'"),
    )
