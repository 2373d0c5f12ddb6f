"""A match is told by its payment and its request: it needs no id of its own."""

import sqlalchemy as sa
from alembic import op

revision = "202611291450"
down_revision = "202611252000"
branch_labels = None
depends_on = None

TWO = ["payment_id", "payment_request_id"]


def upgrade() -> None:
    op.drop_constraint("pk_payment_matches", "payment_matches")
    op.drop_constraint("uq_payment_matches_payment_id_payment_request_id", "payment_matches")
    op.drop_column("payment_matches", "id")
    op.create_primary_key("pk_payment_matches", "payment_matches", TWO)


def downgrade() -> None:
    op.add_column("payment_matches", sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))
    op.alter_column("payment_matches", "id", nullable=False, server_default=None)
    op.drop_constraint("pk_payment_matches", "payment_matches")
    op.create_primary_key("pk_payment_matches", "payment_matches", ["id"])
    op.create_unique_constraint(
        "uq_payment_matches_payment_id_payment_request_id", "payment_matches", TWO
    )
