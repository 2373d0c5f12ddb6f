"""Notices of a bank's movements: who sends a direct channel's, what they told, what of it was ignored."""

import sqlalchemy as sa
from alembic import op

revision = "202611251400"
down_revision = "202611251350"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection_channels", sa.Column("notices_by", sa.Text(), nullable=True))
    op.drop_constraint(
        op.f("ck_collection_channels_credentials_where_needed"), "collection_channels", type_="check"
    )
    for name, rule in (
        (
            "credentials_where_needed",
            "(kind = 'payos' OR notices_by IS NOT NULL) = (credentials IS NOT NULL)",
        ),
        ("notices_where_direct", "notices_by IS NULL OR kind = 'direct'"),
        ("notices_by_well_formed", "notices_by ~ '^[a-z]+$'"),
    ):
        op.create_check_constraint(op.f(f"ck_collection_channels_{name}"), "collection_channels", rule)

    op.add_column("inbox_messages", sa.Column("ignored", sa.String(length=40), nullable=True))
    op.create_check_constraint(
        op.f("ck_inbox_messages_ignored_known"), "inbox_messages", "ignored IN ('outgoing', 'other_account')"
    )
    op.create_index(
        "ix_inbox_messages_of_accounts",
        "inbox_messages",
        ["channel_id", "received_at"],
        postgresql_where=sa.text("source <> 'payos'"),
    )

    op.alter_column("statement_lines", "statement_id", nullable=True)
    op.add_column("statement_lines", sa.Column("inbox_message_id", sa.Uuid(), nullable=True))
    op.add_column("statement_lines", sa.Column("same_as_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_statement_lines_inbox_message_id"),
        "statement_lines",
        "inbox_messages",
        ["inbox_message_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_statement_lines_same_as_id"), "statement_lines", "statement_lines", ["same_as_id"], ["id"]
    )
    for column in ("inbox_message_id", "same_as_id"):
        op.create_index(
            f"uq_statement_lines_{column}",
            "statement_lines",
            [column],
            unique=True,
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    for name, rule in (
        ("one_teller", "(statement_id IS NULL) <> (inbox_message_id IS NULL)"),
        ("notice_is_credit", "inbox_message_id IS NULL OR amount > 0"),
        (
            "same_is_duplicate",
            "same_as_id IS NULL OR (outcome = 'duplicate' AND NOT repeated AND payment_id IS NULL)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_statement_lines_{name}"), "statement_lines", rule)
    for name, lines in (
        ("noticed", "statement_id IS NULL"),
        ("booked", "statement_id IS NOT NULL AND amount > 0"),
    ):
        op.create_index(
            f"ix_statement_lines_{name}",
            "statement_lines",
            ["account_id", "amount", "bank_day"],
            postgresql_where=sa.text(lines),
        )


def downgrade() -> None:
    op.execute(
        "DELETE FROM statement_lines WHERE same_as_id IN "
        "(SELECT id FROM statement_lines WHERE statement_id IS NULL)"
    )
    op.execute("DELETE FROM statement_lines WHERE statement_id IS NULL")
    for name in ("booked", "noticed"):
        op.drop_index(f"ix_statement_lines_{name}", table_name="statement_lines")
    op.drop_column("statement_lines", "same_as_id")
    op.drop_column("statement_lines", "inbox_message_id")
    op.alter_column("statement_lines", "statement_id", nullable=False)
    op.drop_index("ix_inbox_messages_of_accounts", table_name="inbox_messages")
    op.drop_column("inbox_messages", "ignored")
    op.execute("UPDATE collection_channels SET credentials = NULL WHERE notices_by IS NOT NULL")
    for name in ("notices_by_well_formed", "notices_where_direct", "credentials_where_needed"):
        op.drop_constraint(op.f(f"ck_collection_channels_{name}"), "collection_channels", type_="check")
    op.drop_column("collection_channels", "notices_by")
    op.create_check_constraint(
        op.f("ck_collection_channels_credentials_where_needed"),
        "collection_channels",
        "(kind = 'payos') = (credentials IS NOT NULL)",
    )
