"""One direct channel a seller, stall numbers that can be read, money that went back told by notices too, from how many
reversals on a market's managers are told."""

import sqlalchemy as sa
from alembic import op

revision = "202611291453"
down_revision = "202611291452"
branch_labels = None
depends_on = None

NUMBER_RULE = (
    "length(number) <= 20 AND number ~ '^[^[:cntrl:][:space:]a-z]+( [^[:cntrl:][:space:]a-z]+)*$'"
    " AND number ~ '[0-9A-Z]|[^ -~]'"
)
FIRST = """
WITH first AS (
    SELECT DISTINCT ON (seller_id) id, seller_id FROM collection_channels
    WHERE kind = 'direct' AND status = 'active' AND seller_id IS NOT NULL ORDER BY seller_id, created_at, id
), later AS (
    SELECT c.id, f.id AS first_id FROM collection_channels c JOIN first f ON f.seller_id = c.seller_id AND f.id <> c.id
    WHERE c.kind = 'direct' AND c.status = 'active'
)
"""


def upgrade() -> None:
    # Two that were opened at once: the stalls go to the first; what the second has taken stays to be read.
    op.execute(FIRST + "UPDATE stalls s SET channel_id = l.first_id FROM later l WHERE s.channel_id = l.id")
    op.execute(
        FIRST + "UPDATE collection_channels c SET status = 'suspended' FROM later l WHERE c.id = l.id"
    )
    op.create_index(
        "uq_collection_channels_direct",
        "collection_channels",
        ["seller_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'direct' AND status = 'active'"),
    )
    op.execute(f"UPDATE stalls SET number = code WHERE NOT ({NUMBER_RULE})")
    op.create_check_constraint(op.f("ck_stalls_number_well_formed"), "stalls", NUMBER_RULE)
    op.drop_constraint(op.f("ck_statement_lines_notice_is_credit"), "statement_lines", type_="check")
    for name, count in (("alert_reversals", "3"), ("alert_late_reversals", "2")):
        column = sa.Column(name, sa.SmallInteger(), server_default=count, nullable=False)
        op.add_column("markets", column)
    op.create_check_constraint(
        op.f("ck_markets_alert_reversals_countable"),
        "markets",
        "least(alert_reversals, alert_late_reversals) >= 1"
        " AND greatest(alert_reversals, alert_late_reversals) <= 100",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_markets_alert_reversals_countable"), "markets", type_="check")
    op.drop_column("markets", "alert_late_reversals")
    op.drop_column("markets", "alert_reversals")
    op.create_check_constraint(
        op.f("ck_statement_lines_notice_is_credit"),
        "statement_lines",
        "inbox_message_id IS NULL OR amount > 0",
        postgresql_not_valid=True,
    )
    op.drop_constraint(op.f("ck_stalls_number_well_formed"), "stalls", type_="check")
    op.drop_index("uq_collection_channels_direct", table_name="collection_channels")
