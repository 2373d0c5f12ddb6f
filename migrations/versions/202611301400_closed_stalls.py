"""A stall can be closed, and its number given to the next."""

import sqlalchemy as sa
from alembic import op

revision = "202611301400"
down_revision = "202611301351"
branch_labels = None
depends_on = None

FORMER_NUMBER, NUMBER = "uq_stalls_market_id_number", "uq_stalls_open_number"
BY_MARKET = "ix_stalls_market_id_closed_on"
AFTER_OPENED = "closed_on >= ((created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)"
ASIDE = """
UPDATE stalls s SET number = s.code
WHERE s.closed_on IS NOT NULL AND EXISTS (
    SELECT FROM stalls o WHERE o.market_id = s.market_id AND o.number = s.number AND o.id <> s.id)
"""
"""Before, a number was given once only: a closed stall whose number others have had too is called by its code."""


def upgrade() -> None:
    op.add_column("stalls", sa.Column("closed_on", sa.Date(), nullable=True))
    op.create_check_constraint(op.f("ck_stalls_closed_after_opened"), "stalls", AFTER_OPENED)
    op.drop_constraint(op.f(FORMER_NUMBER), "stalls")
    op.create_index(
        NUMBER,
        "stalls",
        ["market_id", "number"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index(BY_MARKET, "stalls", ["market_id", "closed_on"])


def downgrade() -> None:
    op.execute(ASIDE)
    op.drop_index(BY_MARKET, "stalls")
    op.drop_index(NUMBER, "stalls")
    op.create_unique_constraint(op.f(FORMER_NUMBER), "stalls", ["market_id", "number"])
    op.drop_constraint(op.f("ck_stalls_closed_after_opened"), "stalls")
    op.drop_column("stalls", "closed_on")
