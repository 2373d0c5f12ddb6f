"""Numbers that banks gave out beside sellers' accounts, each of one stall, and what came by them."""

import sqlalchemy as sa
from alembic import op

revision = "202611301720"
down_revision = "202611301710"
branch_labels = None
depends_on = None

OF_NOTICE = "virtual_account_of_noticed_credit"


def upgrade() -> None:
    op.create_table(
        "virtual_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_virtual_accounts")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_virtual_accounts_channel_id")
        ),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_virtual_accounts_stall_id")),
        sa.CheckConstraint("number ~ '^[0-9A-Z]{1,19}$'", name=op.f("ck_virtual_accounts_number_well_formed")),
        sa.CheckConstraint("ended_at >= created_at", name=op.f("ck_virtual_accounts_ended_after_noted")),
    )
    in_force = sa.text("ended_at IS NULL")
    for name, columns in (("number", ["channel_id", "number"]), ("stall", ["stall_id"])):
        op.create_index(
            f"uq_virtual_accounts_{name}", "virtual_accounts", columns, unique=True, postgresql_where=in_force
        )
    op.add_column("statement_lines", sa.Column("virtual_account_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_statement_lines_virtual_account_id"),
        "statement_lines",
        "virtual_accounts",
        ["virtual_account_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f(f"ck_statement_lines_{OF_NOTICE}"),
        "statement_lines",
        "virtual_account_id IS NULL OR (inbox_message_id IS NOT NULL AND amount > 0)",
    )
    op.create_index(
        "ix_statement_lines_virtual_account_id",
        "statement_lines",
        ["virtual_account_id"],
        postgresql_where=sa.text("virtual_account_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_statement_lines_virtual_account_id", "statement_lines")
    op.drop_constraint(op.f(f"ck_statement_lines_{OF_NOTICE}"), "statement_lines")
    op.drop_column("statement_lines", "virtual_account_id")
    op.drop_table("virtual_accounts")
