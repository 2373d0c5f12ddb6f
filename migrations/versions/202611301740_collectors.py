"""A channel that is not direct has a collector, whoever that is: the tables know none by name."""

from alembic import op
from sqlalchemy import text

revision = "202611301740"
down_revision = "202611301721"
branch_labels = None
depends_on = None

TABLE = "collection_channels"
INDEX = "ix_inbox_messages_of_accounts"
BY_NAME = (
    ("kind_known", "kind IN ('payos', 'direct')"),
    ("credentials_where_needed", "(kind = 'payos' OR notices_by IS NOT NULL) = (credentials IS NOT NULL)"),
    ("client_where_payos", "(kind = 'payos') = (client_index IS NOT NULL)"),
)
BY_WAY = (
    ("kind_well_formed", "kind ~ '^[a-z]+$'"),
    ("credentials_where_needed", "(kind <> 'direct' OR notices_by IS NOT NULL) = (credentials IS NOT NULL)"),
    ("client_where_collector", "(kind <> 'direct') = (client_index IS NOT NULL)"),
)


def upgrade() -> None:
    _constrain(BY_NAME, BY_WAY)
    _index("body ? 'accounts'")


def downgrade() -> None:
    """Refused while there are channels of other collectors."""
    _constrain(BY_WAY, BY_NAME)
    _index("source <> 'payos'")


def _constrain(before: tuple[tuple[str, str], ...], after: tuple[tuple[str, str], ...]) -> None:
    for name, _ in before:
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, type_="check")
    for name, rule in after:
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, rule)


def _index(where: str) -> None:
    op.drop_index(INDEX, "inbox_messages")
    op.create_index(INDEX, "inbox_messages", ["channel_id", "received_at"], postgresql_where=text(where))
