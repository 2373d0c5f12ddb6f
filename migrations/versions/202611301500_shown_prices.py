"""At which price a floor is surely selling a listing, also while it refuses a newer version."""

import sqlalchemy as sa
from alembic import op

revision = "202611301500"
down_revision = "202611301400"
branch_labels = None
depends_on = None

POSITIVE = "ck_publications_shown_price_positive"


def upgrade() -> None:
    op.add_column("publications", sa.Column("shown_price", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f(POSITIVE), "publications", "shown_price > 0")


def downgrade() -> None:
    op.drop_constraint(op.f(POSITIVE), "publications")
    op.drop_column("publications", "shown_price")
