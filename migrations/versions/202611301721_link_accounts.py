"""By which a payment link's account is known, of links that are opened from now on."""

import sqlalchemy as sa
from alembic import op

revision = "202611301721"
down_revision = "202611301720"
branch_labels = None
depends_on = None

INDEX = "ix_payment_requests_link_account_index"


def upgrade() -> None:
    op.add_column("payment_requests", sa.Column("link_account_index", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_payment_requests_link_account_indexed"),
        "payment_requests",
        "octet_length(link_account_index) = 32",
    )
    op.create_index(
        INDEX,
        "payment_requests",
        ["link_account_index"],
        postgresql_where=sa.text("link_account_index IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(INDEX, "payment_requests")
    op.drop_column("payment_requests", "link_account_index")
