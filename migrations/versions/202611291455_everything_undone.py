"""Taking back what two people decided, what a debit was taken for and what was matched by itself; fees at the desk;
money that the bank took back counts as gone."""

import sqlalchemy as sa
from alembic import op

revision = "202611291455"
down_revision = "202611291454"
branch_labels = None
depends_on = None

ACTIONS = "action IN ('match', 'refund', 'write_off', 'ignore', 'undo', 'unmatch', 'restore')"
FORMER_ACTIONS = "action IN ('match', 'refund', 'write_off', 'ignore')"
MATCHED = (
    "num_nonnulls(payment_request_id, fee_invoice_id) = CASE WHEN action = 'match' THEN 1 ELSE 0 END"
)
FORMER_MATCHED = "(action = 'match') = (payment_request_id IS NOT NULL)"
KINDS = "kind IN ('orphan', 'underpaid', 'overpaid', 'duplicate', 'late', 'reversed', 'missing', 'debited')"
FORMER_KINDS = "kind IN ('orphan', 'underpaid', 'overpaid', 'duplicate', 'late', 'reversed', 'missing')"

ONLY_STATUS_MOVES = """
-- A decision stays as it was made; it may be agreed to, done, taken back.
CREATE OR REPLACE FUNCTION guard_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.id, NEW.exception_id, NEW.action, NEW.reason, NEW.amount, NEW.needs_approval, NEW.decided_by,
            NEW.created_at) <> (OLD.id, OLD.exception_id, OLD.action, OLD.reason, OLD.amount,
            OLD.needs_approval, OLD.decided_by, OLD.created_at)
        OR NEW.payment_request_id IS DISTINCT FROM OLD.payment_request_id{more}
        OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by)
        OR NOT (NEW.status = OLD.status OR OLD.status = 'proposed'
            OR (OLD.status = 'done' AND NEW.status = 'undone'))
        OR (NEW.status <> OLD.status AND NEW.status = 'proposed')
        OR (OLD.status = 'undone')
    THEN
        RAISE EXCEPTION 'resolutions is append-only' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""
MORE = """
        OR NEW.fee_invoice_id IS DISTINCT FROM OLD.fee_invoice_id
        OR NEW.undoes_id IS DISTINCT FROM OLD.undoes_id"""

NO_MORE_THAN_IS_HERE = """
-- Two people who give the same money back wait here for each other, and the second one is refused. What went back, or
-- was taken back by the bank, is no longer with the channel. What is under way may end, whatever the bank did since.
CREATE OR REPLACE FUNCTION guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    here bigint;
    under_way bigint;
BEGIN
    PERFORM FROM payments WHERE id = NEW.payment_id FOR NO KEY UPDATE;
    IF NEW.status NOT IN ('waiting', 'sent', 'done') OR (TG_OP = 'UPDATE' AND OLD.status IN ('waiting', 'sent', 'done')
        AND (NEW.amount, NEW.payment_id) = (OLD.amount, OLD.payment_id))
    THEN
        RETURN NEW;
    END IF;
    SELECT coalesce(sum(CASE WHEN d.kind = 'channel' THEN e.amount WHEN c.kind = 'channel' THEN -e.amount END), 0)
        INTO here FROM journal_entries e
        JOIN journal_accounts d ON d.id = e.debit_account_id JOIN journal_accounts c ON c.id = e.credit_account_id
        WHERE e.payment_id = NEW.payment_id;
    SELECT coalesce(sum(amount), 0) INTO under_way FROM refunds
        WHERE payment_id = NEW.payment_id AND id <> NEW.id AND status IN ('waiting', 'sent');
    IF under_way + NEW.amount > here THEN
        RAISE EXCEPTION 'more goes back than came'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_refunds_no_more_than_came';
    END IF;
    RETURN NEW;
END $$
"""
NO_MORE_THAN_CAME = """
CREATE OR REPLACE FUNCTION guard_refund() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$
"""


def upgrade() -> None:
    op.add_column("resolutions", sa.Column("fee_invoice_id", sa.Uuid(), nullable=True))
    op.add_column("resolutions", sa.Column("undoes_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_resolutions_fee_invoice_id"), "resolutions", "fee_invoices", ["fee_invoice_id"], ["id"]
    )
    op.create_foreign_key(op.f("fk_resolutions_undoes_id"), "resolutions", "resolutions", ["undoes_id"], ["id"])
    _rules(ACTIONS, MATCHED, KINDS)
    op.create_check_constraint(
        op.f("ck_resolutions_undo_of_one"), "resolutions", "(action = 'undo') = (undoes_id IS NOT NULL)"
    )
    op.create_index(
        "ix_resolutions_unmatched",
        "resolutions",
        ["exception_id"],
        postgresql_where=sa.text("action = 'unmatch' AND status = 'done'"),
    )
    op.create_index(
        "ix_payment_requests_partly_paid",
        "payment_requests",
        ["expires_at"],
        postgresql_where=sa.text("status = 'partly_paid'"),
    )
    op.execute(ONLY_STATUS_MOVES.replace("{more}", MORE))
    op.execute(NO_MORE_THAN_IS_HERE)


def downgrade() -> None:
    op.execute(NO_MORE_THAN_CAME)
    op.execute(ONLY_STATUS_MOVES.replace("{more}", ""))
    op.drop_index("ix_payment_requests_partly_paid", "payment_requests")
    op.drop_index("ix_resolutions_unmatched", "resolutions")
    op.drop_constraint(op.f("ck_resolutions_undo_of_one"), "resolutions")
    op.drop_constraint(op.f("ck_resolutions_request_where_matched"), "resolutions")
    op.drop_column("resolutions", "undoes_id")
    op.drop_column("resolutions", "fee_invoice_id")
    op.create_check_constraint(
        op.f("ck_resolutions_request_where_matched"), "resolutions", FORMER_MATCHED
    )
    _replace("resolutions", "action_known", FORMER_ACTIONS)
    _replace("reconciliation_exceptions", "kind_known", FORMER_KINDS)


def _rules(actions: str, matched: str, kinds: str) -> None:
    _replace("resolutions", "action_known", actions)
    _replace("resolutions", "request_where_matched", matched)
    _replace("reconciliation_exceptions", "kind_known", kinds)


def _replace(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)
