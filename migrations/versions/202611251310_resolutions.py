"""The exceptions desk: decisions, a second person above a market's limit, refunds by payout, written-off money."""

import sqlalchemy as sa
from alembic import op

revision = "202611251310"
down_revision = "202611251300"
branch_labels = None
depends_on = None

ACCOUNT_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash', 'write_off')"
FORMER_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash')"

ONLY_STATUS_MOVES = """
-- A decision stays as it was made; it may be agreed to, done, taken back.
CREATE FUNCTION guard_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.id, NEW.exception_id, NEW.action, NEW.reason, NEW.amount, NEW.needs_approval, NEW.decided_by,
            NEW.created_at) <> (OLD.id, OLD.exception_id, OLD.action, OLD.reason, OLD.amount,
            OLD.needs_approval, OLD.decided_by, OLD.created_at)
        OR NEW.payment_request_id IS DISTINCT FROM OLD.payment_request_id
        OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by)
        OR NOT (NEW.status = OLD.status OR OLD.status = 'proposed'
            OR (OLD.status = 'done' AND NEW.status = 'undone'))
        OR (NEW.status <> OLD.status AND NEW.status = 'proposed')
        OR (OLD.status = 'undone')
    THEN
        RAISE EXCEPTION 'resolutions is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON resolutions
    FOR EACH ROW EXECUTE FUNCTION guard_resolution();
"""

NO_MORE_THAN_CAME = """
-- Two people who give the same money back wait here for each other, and the second one is refused.
CREATE FUNCTION guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    came bigint;
    returned bigint;
BEGIN
    SELECT amount INTO came FROM payments WHERE id = NEW.payment_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount), 0) INTO returned FROM refunds
        WHERE payment_id = NEW.payment_id AND id <> NEW.id AND status IN ('waiting', 'sent', 'done');
    IF NEW.status IN ('waiting', 'sent', 'done') AND returned + NEW.amount > came THEN
        RAISE EXCEPTION 'more goes back than came'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_refunds_no_more_than_came';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_more_than_came BEFORE INSERT OR UPDATE OF amount, status, payment_id ON refunds
    FOR EACH ROW EXECUTE FUNCTION guard_refund();
"""


def upgrade() -> None:
    op.add_column(
        "markets",
        sa.Column("second_person_limit", sa.BigInteger(), server_default="2000000", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_markets_second_person_limit_not_negative"), "markets", "second_person_limit >= 0"
    )
    op.create_table(
        "resolutions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exception_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("payment_request_id", sa.Uuid(), nullable=True),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
        sa.Column("undo_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "action IN ('match', 'refund', 'write_off', 'ignore')", name=op.f("ck_resolutions_action_known")
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'done', 'undone')", name=op.f("ck_resolutions_status_known")
        ),
        sa.CheckConstraint("length(btrim(reason)) > 0", name=op.f("ck_resolutions_reason_not_blank")),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_resolutions_amount_positive")
        ),
        sa.CheckConstraint(
            "(action = 'match') = (payment_request_id IS NOT NULL)",
            name=op.f("ck_resolutions_request_where_matched"),
        ),
        sa.CheckConstraint("approved_by <> decided_by", name=op.f("ck_resolutions_approved_by_another")),
        sa.CheckConstraint(
            "NOT needs_approval OR status <> 'done' OR approved_by IS NOT NULL",
            name=op.f("ck_resolutions_done_once_approved"),
        ),
        sa.CheckConstraint(
            "(status = 'undone') = (undo_reason IS NOT NULL)", name=op.f("ck_resolutions_undone_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["reconciliation_exceptions.id"], name=op.f("fk_resolutions_exception_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"], ["payment_requests.id"], name=op.f("fk_resolutions_payment_request_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_resolutions_decided_by")),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f("fk_resolutions_approved_by")),
        sa.ForeignKeyConstraint(["undone_by"], ["users.id"], name=op.f("fk_resolutions_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolutions")),
    )
    op.create_index(
        "uq_resolutions_proposed",
        "resolutions",
        ["exception_id"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        op.f("ix_resolutions_exception_id_created_at"), "resolutions", ["exception_id", "created_at"]
    )
    op.create_table(
        "refunds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resolution_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payment_request_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("account_number", sa.LargeBinary(), nullable=False),
        sa.Column("holder_name", sa.LargeBinary(), nullable=False),
        sa.Column("payout_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source IN ('suspense', 'seller')", name=op.f("ck_refunds_source_known")),
        sa.CheckConstraint(
            "status IN ('proposed', 'waiting', 'sent', 'done', 'rejected')",
            name=op.f("ck_refunds_status_known"),
        ),
        sa.CheckConstraint("amount BETWEEN 1 AND 9999999999999", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint(
            "(source = 'seller') = (seller_id IS NOT NULL)", name=op.f("ck_refunds_seller_where_theirs")
        ),
        sa.CheckConstraint(
            "status <> 'done' OR payout_id IS NOT NULL", name=op.f("ck_refunds_done_by_a_payout")
        ),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolutions.id"], name=op.f("fk_refunds_resolution_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id")),
        sa.ForeignKeyConstraint(
            ["payment_request_id"], ["payment_requests.id"], name=op.f("fk_refunds_payment_request_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_refunds_seller_id")),
        sa.ForeignKeyConstraint(["bin"], ["banks.bin"], name=op.f("fk_refunds_bin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("resolution_id", name=op.f("uq_refunds_resolution_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_refunds_idempotency_key")),
    )
    op.create_index(op.f("ix_refunds_payment_id"), "refunds", ["payment_id"])
    op.create_index(op.f("ix_refunds_payment_request_id"), "refunds", ["payment_request_id"])
    op.create_index(
        "ix_refunds_to_ask",
        "refunds",
        ["next_look_at"],
        postgresql_where=sa.text("next_look_at IS NOT NULL"),
    )
    op.execute(ONLY_STATUS_MOVES)
    op.execute(NO_MORE_THAN_CAME)
    op.drop_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts")
    op.create_check_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts", ACCOUNT_KINDS)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts")
    op.create_check_constraint(op.f("ck_journal_accounts_kind_known"), "journal_accounts", FORMER_KINDS)
    op.drop_table("refunds")
    op.drop_table("resolutions")
    op.execute("DROP FUNCTION guard_resolution, guard_refund")
    op.drop_constraint(op.f("ck_markets_second_person_limit_not_negative"), "markets")
    op.drop_column("markets", "second_person_limit")
