"""What waits for a person is looked up by its payment and by its request, each time a channel tells of money."""

from alembic import op

revision = "202611251350"
down_revision = "202611251340"
branch_labels = None
depends_on = None

TABLE = "reconciliation_exceptions"
COLUMNS = ("payment_id", "payment_request_id")


def upgrade() -> None:
    for column in COLUMNS:
        op.create_index(f"ix_{TABLE}_{column}", TABLE, [column])


def downgrade() -> None:
    for column in COLUMNS:
        op.drop_index(f"ix_{TABLE}_{column}", TABLE)
