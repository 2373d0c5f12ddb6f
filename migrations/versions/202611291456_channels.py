"""Channels that people open: what became of their webhook, which client is theirs, each former key with its own
end. Banks that left the list are closed."""

import json

import sqlalchemy as sa
from alembic import op

from core.clock import now
from core.crypto import blind_index, seal, unseal
from core.ids import new_id

revision = "202611291456"
down_revision = "202611291455"
branch_labels = None
depends_on = None

TABLE = "collection_channels"
CHANNELS = sa.table(
    TABLE,
    sa.column("id", sa.Uuid()),
    sa.column("kind"),
    sa.column("credentials", sa.LargeBinary()),
    sa.column("client_index", sa.LargeBinary()),
    sa.column("old_keys_until", sa.DateTime(timezone=True)),
)
FORMER = sa.table(
    "former_keys",
    sa.column("id", sa.Uuid()),
    sa.column("channel_id", sa.Uuid()),
    sa.column("credentials", sa.LargeBinary()),
    sa.column("retired_at", sa.DateTime(timezone=True)),
    sa.column("taken_until", sa.DateTime(timezone=True)),
    sa.column("knows_orders", sa.Boolean()),
)


def upgrade() -> None:
    op.add_column("banks", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "former_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("knows_orders", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "taken_until IS NOT NULL OR knows_orders", name=op.f("ck_former_keys_kept_for_something")
        ),
        sa.CheckConstraint("taken_until > retired_at", name=op.f("ck_former_keys_taken_afterwards")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_former_keys_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_keys")),
    )
    op.create_index(op.f("ix_former_keys_channel_id"), "former_keys", ["channel_id"])
    op.add_column(TABLE, sa.Column("client_index", sa.LargeBinary(), nullable=True))
    op.add_column(TABLE, sa.Column("webhook_problem", sa.Text(), nullable=True))
    op.add_column(TABLE, sa.Column("webhook_refused_at", sa.DateTime(timezone=True), nullable=True))
    _take_keys_apart()
    op.drop_column(TABLE, "old_keys_until")
    op.create_unique_constraint(op.f("uq_collection_channels_client_index"), TABLE, ["client_index"])
    for name, rule in (
        ("client_where_payos", "(kind = 'payos') = (client_index IS NOT NULL)"),
        ("client_indexed", "octet_length(client_index) = 32"),
        (
            "webhook_refused_with_reason",
            "webhook_refused_at IS NULL OR (webhook_confirmed_at IS NULL AND webhook_problem IS NOT NULL)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE, rule)


def _take_keys_apart() -> None:
    """Keys before the newest stood behind it in the same list, all with one end."""
    connection = op.get_bind()
    found = sa.select(CHANNELS.c.id, CHANNELS.c.kind, CHANNELS.c.credentials, CHANNELS.c.old_keys_until)
    for id, kind, sealed, until in connection.execute(found.where(CHANNELS.c.credentials.is_not(None))).all():
        credentials = json.loads(unseal(sealed))
        newest, *former = credentials["checksum_keys"]
        changes = {"credentials": seal(json.dumps({**credentials, "checksum_keys": [newest]}))}
        if kind == "payos":
            changes["client_index"] = blind_index("payos_client", credentials["client_id"])
        connection.execute(sa.update(CHANNELS).where(CHANNELS.c.id == id).values(changes))
        for key in former if until and until > now() else ():
            row = {
                "id": new_id(),
                "channel_id": id,
                "credentials": seal(json.dumps({**credentials, "checksum_keys": [key]})),
                "retired_at": now(),
                "taken_until": until,
                "knows_orders": False,
            }
            connection.execute(sa.insert(FORMER).values(row))


def downgrade() -> None:
    """Former keys are forgotten: their list has room for one end only."""
    for name in ("client_where_payos", "client_indexed", "webhook_refused_with_reason"):
        op.drop_constraint(op.f(f"ck_{TABLE}_{name}"), TABLE)
    op.drop_constraint(op.f("uq_collection_channels_client_index"), TABLE)
    for column in ("client_index", "webhook_problem", "webhook_refused_at"):
        op.drop_column(TABLE, column)
    op.add_column(TABLE, sa.Column("old_keys_until", sa.DateTime(timezone=True), nullable=True))
    op.drop_table("former_keys")
    op.drop_column("banks", "closed_at")
