"""An entry stays within its market, the past cannot be emptied, signed days are a chain; tariffs of a province."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "202611291454"
down_revision = "202611291453"
branch_labels = None
depends_on = None

SIDES = ("debit_account_id", "credit_account_id")
KEPT = (
    "journal_entries",
    "journal_accounts",
    "journal_seals",
    "day_closes",
    "payment_request_changes",
    "cash_notes",
    "consents",
    "audit_entries",
    "order_changes",
    "resolutions",
)
PLACE = "CASE WHEN market_id IS NULL THEN province_code IS NOT NULL AND market_class IS NOT NULL "
PLACE += "ELSE province_code IS NULL AND market_class IS NULL END"


def upgrade() -> None:
    _keep_entries_in_their_market()
    op.add_column("journal_seals", sa.Column("version", sa.SmallInteger(), nullable=False, server_default="1"))
    op.alter_column("journal_seals", "version", server_default=None)
    op.create_check_constraint(op.f("ck_journal_seals_version_known"), "journal_seals", "version IN (1, 2)")
    _chain_days()
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_accounts "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    _let_provinces_have_tariffs()


def _keep_entries_in_their_market() -> None:
    op.create_unique_constraint(
        op.f("uq_journal_accounts_id_market_id"), "journal_accounts", ["id", "market_id"]
    )
    op.drop_constraint(op.f("fk_journal_entries_market_id"), "journal_entries")
    for side in SIDES:
        op.drop_constraint(op.f(f"fk_journal_entries_{side}"), "journal_entries")
        op.create_foreign_key(
            op.f(f"fk_journal_entries_{side}_market_id"),
            "journal_entries",
            "journal_accounts",
            [side, "market_id"],
            ["id", "market_id"],
        )


def _chain_days() -> None:
    """What was signed before is chained in the order in which it was."""
    op.add_column("day_closes", sa.Column("number", sa.BigInteger(), nullable=True))
    op.add_column("day_closes", sa.Column("hash", sa.LargeBinary(), nullable=True))
    op.execute("ALTER TABLE day_closes DISABLE TRIGGER append_only")
    connection, previous = op.get_bind(), bytes(32)
    acts = connection.execute(
        sa.text(
            "SELECT row_number() OVER (ORDER BY created_at, id), id, market_id, day, version, act, figures, note,"
            " by_user_id, to_char(timezone('UTC', created_at), 'YYYY-MM-DD HH24:MI:SS.US')"
            " FROM day_closes ORDER BY created_at, id"
        )
    ).all()
    for act in acts:
        line = json.dumps([*act], default=str, separators=(",", ":"), sort_keys=True).encode() + b"\n"
        previous = hashlib.sha256(previous + line).digest()
        connection.execute(
            sa.text("UPDATE day_closes SET number = :number, hash = :hash WHERE id = :id"),
            {"number": act[0], "hash": previous, "id": act.id},
        )
    op.execute("ALTER TABLE day_closes ENABLE TRIGGER append_only")
    for column in ("number", "hash"):
        op.alter_column("day_closes", column, nullable=False)
        op.create_unique_constraint(op.f(f"uq_day_closes_{column}"), "day_closes", [column])
    op.create_check_constraint(op.f("ck_day_closes_number_positive"), "day_closes", "number >= 1")
    op.create_check_constraint(op.f("ck_day_closes_hash_is_sha256"), "day_closes", "length(hash) = 32")


def _let_provinces_have_tariffs() -> None:
    op.alter_column("fee_tariffs", "market_id", nullable=True)
    op.add_column("fee_tariffs", sa.Column("province_code", sa.Text(), nullable=True))
    op.add_column("fee_tariffs", sa.Column("market_class", sa.SmallInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_fee_tariffs_province_code"), "fee_tariffs", "admin_units", ["province_code"], ["code"]
    )
    op.create_check_constraint(op.f("ck_fee_tariffs_market_or_class"), "fee_tariffs", PLACE)
    op.create_check_constraint(
        op.f("ck_fee_tariffs_market_class_known"), "fee_tariffs", "market_class IN (1, 2, 3)"
    )
    op.create_check_constraint(
        op.f("ck_fee_tariffs_province_not_commune"), "fee_tariffs", "province_code ~ '^[0-9]{2}$'"
    )
    op.execute(
        "ALTER TABLE fee_tariffs ADD CONSTRAINT ex_fee_tariffs_province_overlap EXCLUDE USING gist "
        "(province_code WITH =, market_class WITH =, coalesce(\"row\", '') WITH =, kind WITH =, "
        "daterange(valid_from, valid_to, '[]') WITH &&)"
    )


def downgrade() -> None:
    """Seals of version 2 stay, but what was before takes them for damaged ones."""
    op.execute("DELETE FROM fee_tariffs WHERE market_id IS NULL")
    op.drop_constraint("ex_fee_tariffs_province_overlap", "fee_tariffs")
    op.drop_constraint(op.f("ck_fee_tariffs_market_or_class"), "fee_tariffs")
    for column in ("market_class", "province_code"):
        op.drop_column("fee_tariffs", column)
    op.alter_column("fee_tariffs", "market_id", nullable=False)
    for table in KEPT:
        op.execute(f"DROP TRIGGER never_emptied ON {table}")
    op.execute("DROP TRIGGER append_only ON journal_accounts")
    for column in ("hash", "number"):
        op.drop_column("day_closes", column)
    op.drop_column("journal_seals", "version")
    for side in SIDES:
        op.drop_constraint(op.f(f"fk_journal_entries_{side}_market_id"), "journal_entries")
        op.create_foreign_key(
            op.f(f"fk_journal_entries_{side}"), "journal_entries", "journal_accounts", [side], ["id"]
        )
    op.create_foreign_key(
        op.f("fk_journal_entries_market_id"), "journal_entries", "markets", ["market_id"], ["id"]
    )
    op.drop_constraint(op.f("uq_journal_accounts_id_market_id"), "journal_accounts")
