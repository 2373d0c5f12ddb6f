"""Lines of orders keep which approval their buyers were told; of those before, the last one until they ordered. Prices of
a unit that waits to be approved wait beside it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611291811"
down_revision = "202611291809"
branch_labels = None
depends_on = None

KEEP = """
    UPDATE order_lines SET approved_version = coalesce(
        (
            SELECT max(a.version) FROM listing_approvals a
            WHERE a.listing_id = order_lines.listing_id AND a.created_at <= orders.placed_at
        ),
        (SELECT min(a.version) FROM listing_approvals a WHERE a.listing_id = order_lines.listing_id)
    )
    FROM orders WHERE orders.id = order_lines.order_id
"""


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("approved_version", sa.BigInteger(), nullable=True))
    op.execute(KEEP)
    op.create_foreign_key(
        op.f("fk_order_lines_listing_id_approved_version"),
        "order_lines",
        "listing_approvals",
        ["listing_id", "approved_version"],
        ["listing_id", "version"],
    )
    op.add_column("listings", sa.Column("held_prices", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_listings_held_price_positive"), "listings", "(held_prices ->> 'price')::bigint > 0"
    )
    op.create_check_constraint(
        op.f("ck_listings_held_beside_approved"),
        "listings",
        "held_prices IS NULL OR approved_version IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_column("listings", "held_prices")
    op.drop_column("order_lines", "approved_version")
