"""A number of pieces that somebody says there are counts once. What a floor without an interface never had is not
waiting to be taken down there."""

import sqlalchemy as sa
from alembic import op

revision = "202611291801"
down_revision = "202611291456"
branch_labels = None
depends_on = None

SETTLE = """
    UPDATE publications SET status = 'withdrawn', desired_version = listings.version
    FROM listings
    WHERE publications.listing_id = listings.id
      AND publications.marketplace IN ('postmart', 'voso')
      AND publications.status = 'waiting'
      AND publications.published_version IS NULL
      AND NOT (listings.status = 'approved' AND publications.marketplace = ANY (listings.marketplaces))
"""


def upgrade() -> None:
    op.create_table(
        "stock_counts",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version_seen", sa.BigInteger(), nullable=False),
        sa.Column("stock_seen", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("least(stock_seen, stock) >= 0", name=op.f("ck_stock_counts_stock_not_negative")),
        sa.CheckConstraint("stock <> stock_seen", name=op.f("ck_stock_counts_says_something")),
        sa.CheckConstraint(
            "version_seen BETWEEN 1 AND version - 1", name=op.f("ck_stock_counts_seen_before")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_stock_counts_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "version_seen", name=op.f("pk_stock_counts")),
    )
    op.execute(SETTLE)


def downgrade() -> None:
    """What was settled stays so: its floor never had it."""
    op.drop_table("stock_counts")
