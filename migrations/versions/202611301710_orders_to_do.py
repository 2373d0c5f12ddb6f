"""What its floor refused is work to do, too: the index of open orders holds it."""

from alembic import op
from sqlalchemy import text

revision = "202611301710"
down_revision = "202611301702"
branch_labels = None
depends_on = None

OPEN = "status IN ('new', 'confirmed', 'packed')"
TO_DO = f"{OPEN} OR floor_{OPEN} AND next_attempt_at IS NULL AND problems <> '[]'"


def upgrade() -> None:
    _index(TO_DO)


def downgrade() -> None:
    _index(OPEN)


def _index(where: str) -> None:
    op.drop_index("ix_orders_open", "orders")
    op.create_index(
        "ix_orders_open", "orders", ["seller_id", "placed_at", "id"], postgresql_where=text(where)
    )
