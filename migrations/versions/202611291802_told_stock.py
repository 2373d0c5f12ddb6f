"""What a floor was last told of the stock, and what it holds under our SKU that may be somebody else's."""

import sqlalchemy as sa
from alembic import op

revision = "202611291802"
down_revision = "202611291801"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("told_stock", sa.BigInteger(), nullable=True))
    op.add_column("publications", sa.Column("held_external_id", sa.Text(), nullable=True))
    op.execute(
        "UPDATE publications SET told_stock = listings.stock FROM listings"
        " WHERE listings.id = publications.listing_id AND publications.status = 'listed'"
        " AND publications.published_version = publications.desired_version"
        " AND publications.desired_version = listings.version"
    )
    op.create_check_constraint(op.f("ck_publications_told_stock_not_negative"), "publications", "told_stock >= 0")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_publications_told_stock_not_negative"), "publications")
    op.drop_column("publications", "held_external_id")
    op.drop_column("publications", "told_stock")
