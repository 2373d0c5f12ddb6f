"""A product is offered in one size once. Of those that stand twice already the first one counts; the others are marked,
and stay until somebody decides."""

import sqlalchemy as sa
from alembic import op

revision = "202611301620"
down_revision = "202611301600"
branch_labels = None
depends_on = None

ONCE = "uq_listings_offered_once"
MARK = """
UPDATE listings l SET doubled = true
WHERE l.status <> 'withdrawn' AND EXISTS (
    SELECT FROM listings o
    WHERE o.product_id = l.product_id AND o.status <> 'withdrawn'
      AND lower(o.variant) IS NOT DISTINCT FROM lower(l.variant)
      AND (o.created_at, o.id) < (l.created_at, l.id))
"""


def upgrade() -> None:
    op.add_column("listings", sa.Column("doubled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("listings", "doubled", server_default=None)
    op.execute(MARK)
    op.create_index(
        ONCE,
        "listings",
        ["product_id", sa.text("lower(variant)")],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status <> 'withdrawn' AND NOT doubled"),
    )


def downgrade() -> None:
    op.drop_index(ONCE, "listings")
    op.drop_column("listings", "doubled")
