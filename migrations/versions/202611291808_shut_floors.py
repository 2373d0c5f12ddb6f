"""A floor account that must be connected again says so, and listings wait for it. What was given up while a floor was
down is asked again."""

import sqlalchemy as sa
from alembic import op

revision = "202611291808"
down_revision = "202611291807"
branch_labels = None
depends_on = None

TABLE = "floor_accounts"


def upgrade() -> None:
    for column in ("shut_at", "connected_at"):
        op.add_column(TABLE, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    op.add_column(TABLE, sa.Column("shut_because", sa.Text(), nullable=True))
    for name, rule in (
        ("shut_with_reason", "(shut_at IS NULL) = (shut_because IS NULL)"),
        ("shut_because_not_blank", "length(btrim(shut_because)) > 0"),
    ):
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, rule)
    _ask_again_what_was_given_up()


def _ask_again_what_was_given_up() -> None:
    op.execute(
        "WITH revived AS (UPDATE event_deliveries SET status = 'queued', attempts = 0, due_at = now()"
        " WHERE status = 'dead' AND job IN ('publish_listing', 'tell_floor_order')"
        " AND (error LIKE 'GatewayUnavailable%' OR error LIKE 'GatewayThrottled%') RETURNING event_id, job)"
        " UPDATE publications SET status = 'waiting', next_attempt_at = now() FROM revived, outbox_events"
        " WHERE outbox_events.id = revived.event_id AND revived.job = 'publish_listing'"
        " AND publications.id = (outbox_events.payload->>'publication_id')::uuid"
        " AND publications.status = 'failed'"
    )


def downgrade() -> None:
    for name in ("shut_with_reason", "shut_because_not_blank"):
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE)
    for column in ("shut_at", "shut_because", "connected_at"):
        op.drop_column(TABLE, column)
