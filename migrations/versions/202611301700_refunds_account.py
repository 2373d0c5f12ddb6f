"""Money on its way back lies in an account of its own, that of refunds under way too."""

from alembic import op

revision = "202611301700"
down_revision = "202611301620"
branch_labels = None
depends_on = None

KNOWN = "ck_journal_accounts_kind_known"
FORMER_KINDS = "kind IN ('channel', 'seller', 'suspense', 'fees', 'cash', 'write_off', 'rounding')"
KINDS = FORMER_KINDS.replace(")", ", 'refunds')")

UNDER_WAY = r"""
SELECT f.id, f.amount, p.id AS payment_id, p.market_id, coalesce(f.seller_id, p.market_id) AS owner_id, f.seller_id,
       f.source, CASE WHEN NOT p.shared THEN p.stall_id WHEN f.source = 'seller' THEN r.stall_id END AS stall_id
FROM refunds f JOIN payments p ON p.id = f.payment_id LEFT JOIN payment_requests r ON r.id = f.payment_request_id
WHERE f.status IN ('waiting', 'sent')
  AND NOT EXISTS (SELECT FROM journal_entries e
                  WHERE e.payment_id = p.id AND e.key LIKE 'reversal\:%' AND e.key NOT LIKE '%\:undone'
                    AND NOT EXISTS (SELECT FROM journal_entries u WHERE u.key = e.key || '\:undone'))
"""
"""But for those whose money the bank took back meanwhile."""
ACCOUNTS = f"""
INSERT INTO journal_accounts (id, market_id, kind, owner_id)
SELECT gen_random_uuid(), market_id, 'refunds', owner_id
FROM (SELECT DISTINCT market_id, owner_id FROM ({UNDER_WAY}) f) wanted
ON CONFLICT DO NOTHING
"""
ENTRIES = f"""
INSERT INTO journal_entries (id, key, market_id, stall_id, payment_id, debit_account_id, credit_account_id, amount,
                             business_day)
SELECT gen_random_uuid(), 'refund\\:' || f.id || {{key}}, f.market_id, f.stall_id, f.payment_id, {{sides}}, f.amount,
       CAST(now() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date)
FROM ({UNDER_WAY}) f
JOIN journal_accounts s ON s.market_id = f.market_id AND s.kind = f.source
    AND s.owner_id IS NOT DISTINCT FROM f.seller_id
JOIN journal_accounts a ON a.market_id = f.market_id AND a.kind = 'refunds' AND a.owner_id = f.owner_id
"""
ORDERED = r"""
CASE WHEN EXISTS (SELECT FROM journal_entries e WHERE e.key = 'refund\:' || f.id || '\:ordered')
     THEN '\:aside\:' || gen_random_uuid() ELSE '\:ordered' END
"""
"""Once for ever; what had been put aside before the account was given up is put there again by another name."""
GIVEN_UP = r"'\:source\:' || gen_random_uuid()"


def upgrade() -> None:
    op.drop_constraint(op.f(KNOWN), "journal_accounts")
    op.create_check_constraint(op.f(KNOWN), "journal_accounts", KINDS)
    op.execute(ACCOUNTS)
    op.execute(ENTRIES.format(key=ORDERED, sides="s.id, a.id"))


def downgrade() -> None:
    """What lies there goes back where it was, by entries of its own: nothing is deleted. The accounts stay, empty."""
    op.execute(ENTRIES.format(key=GIVEN_UP, sides="a.id, s.id"))
    op.drop_constraint(op.f(KNOWN), "journal_accounts")
    op.create_check_constraint(op.f(KNOWN), "journal_accounts", FORMER_KINDS, postgresql_not_valid=True)
