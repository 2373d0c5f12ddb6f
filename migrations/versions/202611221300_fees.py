"""Stall fees: tariffs, invoices, their payments and reminders; requests that belong to no stall."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611221300"
down_revision = "0001"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash')"
FORMER_KINDS = "kind IN ('channel', 'seller', 'suspense')"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "fee_tariffs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("area_month", "stall_month", "day", name="feekind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("market_id"), "="),
            (sa.text("coalesce(row, '')"), "="),
            (sa.column("kind"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            name="ex_fee_tariffs_overlap",
        ),
        sa.CheckConstraint(
            "kind IN ('area_month', 'stall_month', 'day')", name=op.f("ck_fee_tariffs_kind_known")
        ),
        sa.CheckConstraint("kind <> 'day' OR \"row\" IS NULL", name=op.f("ck_fee_tariffs_day_in_no_row")),
        sa.CheckConstraint("rate BETWEEN 1 AND 9999999999999", name=op.f("ck_fee_tariffs_rate_positive")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_fee_tariffs_valid_to_not_before")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_fee_tariffs_created_by")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_fee_tariffs_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_tariffs")),
    )
    op.create_table(
        "fee_accounts",
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("account_number", sa.LargeBinary(), nullable=False),
        sa.Column("account_number_index", sa.LargeBinary(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "length(btrim(holder_name)) > 0", name=op.f("ck_fee_accounts_holder_name_not_blank")
        ),
        sa.CheckConstraint(
            "octet_length(account_number_index) = 32", name=op.f("ck_fee_accounts_account_number_indexed")
        ),
        sa.ForeignKeyConstraint(["bin"], ["banks.bin"], name=op.f("fk_fee_accounts_bin")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_fee_accounts_channel_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_fee_accounts_market_id")),
        sa.PrimaryKeyConstraint("market_id", name=op.f("pk_fee_accounts")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_fee_accounts_channel_id")),
    )
    op.create_table(
        "fee_invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("basis", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "status",
            sa.Enum("issued", "overdue", "paid", "cancelled", name="feestatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=False),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancel_reason IS NOT NULL)",
            name=op.f("ck_fee_invoices_cancelled_for_a_reason"),
        ),
        sa.CheckConstraint(
            "period ~ CASE WHEN stall_id IS NULL THEN '^\\d{4}-\\d\\d-\\d\\d$' ELSE '^\\d{4}-\\d\\d$' END",
            name=op.f("ck_fee_invoices_period_written"),
        ),
        sa.CheckConstraint(
            "status IN ('issued', 'overdue', 'paid', 'cancelled')", name=op.f("ck_fee_invoices_status_known")
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_fee_invoices_amount_positive")
        ),
        sa.CheckConstraint("amount_paid >= 0", name=op.f("ck_fee_invoices_amount_paid_not_negative")),
        sa.ForeignKeyConstraint(["issued_by"], ["users.id"], name=op.f("fk_fee_invoices_issued_by")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_fee_invoices_market_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_fee_invoices_seller_id")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_fee_invoices_stall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_invoices")),
        sa.UniqueConstraint("reference", name=op.f("uq_fee_invoices_reference")),
    )
    op.create_index(
        op.f("ix_fee_invoices_market_id_created_at_id"),
        "fee_invoices",
        ["market_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_fee_invoices_owed",
        "fee_invoices",
        ["market_id", "due_on"],
        unique=False,
        postgresql_where=sa.text("status IN ('issued', 'overdue')"),
    )
    op.create_index(op.f("ix_fee_invoices_seller_id"), "fee_invoices", ["seller_id"], unique=False)
    op.create_index(
        "uq_fee_invoices_stall_period",
        "fee_invoices",
        ["stall_id", "period"],
        unique=True,
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.create_index(
        "uq_fee_invoices_ticket",
        "fee_invoices",
        ["market_id", "seller_id", "period"],
        unique=True,
        postgresql_where=sa.text("stall_id IS NULL AND status <> 'cancelled'"),
    )
    op.create_table(
        "fee_invoice_requests",
        sa.Column("payment_request_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["fee_invoices.id"], name=op.f("fk_fee_invoice_requests_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_fee_invoice_requests_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("payment_request_id", name=op.f("pk_fee_invoice_requests")),
    )
    op.create_index(
        op.f("ix_fee_invoice_requests_invoice_id"), "fee_invoice_requests", ["invoice_id"], unique=False
    )
    op.create_table(
        "fee_payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("noted_by", sa.Uuid(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(payment_id IS NULL) = (noted_by IS NOT NULL)", name=op.f("ck_fee_payments_noted_where_cash")
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_fee_payments_amount_positive")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["fee_invoices.id"], name=op.f("fk_fee_payments_invoice_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["users.id"], name=op.f("fk_fee_payments_noted_by")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_fee_payments_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_payments")),
        sa.UniqueConstraint("payment_id", "invoice_id", name=op.f("uq_fee_payments_payment_id_invoice_id")),
    )
    op.create_index(op.f("ix_fee_payments_invoice_id"), "fee_payments", ["invoice_id"], unique=False)
    op.create_table(
        "fee_reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting", "sent", "skipped", "failed", name="reminderstatus", native_enum=False, length=40
            ),
            nullable=False,
        ),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'sent', 'skipped', 'failed')", name=op.f("ck_fee_reminders_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["fee_invoices.id"], name=op.f("fk_fee_reminders_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_reminders")),
        sa.UniqueConstraint("invoice_id", "occasion", name=op.f("uq_fee_reminders_invoice_id_occasion")),
    )
    op.alter_column("payment_requests", "stall_id", existing_type=sa.UUID(), nullable=True)
    op.drop_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts")
    op.create_check_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts", ACCOUNT_KINDS)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts")
    op.create_check_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts", FORMER_KINDS)
    op.alter_column("payment_requests", "stall_id", existing_type=sa.UUID(), nullable=False)
    op.drop_table("fee_reminders")
    op.drop_index(op.f("ix_fee_payments_invoice_id"), table_name="fee_payments")
    op.drop_table("fee_payments")
    op.drop_index(op.f("ix_fee_invoice_requests_invoice_id"), table_name="fee_invoice_requests")
    op.drop_table("fee_invoice_requests")
    op.drop_index(
        "uq_fee_invoices_ticket",
        table_name="fee_invoices",
        postgresql_where=sa.text("stall_id IS NULL AND status <> 'cancelled'"),
    )
    op.drop_index(
        "uq_fee_invoices_stall_period",
        table_name="fee_invoices",
        postgresql_where=sa.text("status <> 'cancelled'"),
    )
    op.drop_index(op.f("ix_fee_invoices_seller_id"), table_name="fee_invoices")
    op.drop_index(
        "ix_fee_invoices_owed",
        table_name="fee_invoices",
        postgresql_where=sa.text("status IN ('issued', 'overdue')"),
    )
    op.drop_index(op.f("ix_fee_invoices_market_id_created_at_id"), table_name="fee_invoices")
    op.drop_table("fee_invoices")
    op.drop_table("fee_accounts")
    op.drop_table("fee_tariffs")
    op.execute("DROP EXTENSION btree_gist")
