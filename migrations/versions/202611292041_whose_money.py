"""A fee is paid only with money that came to its market's own account; what a person decided today is added up."""

from alembic import op

revision = "202611292041"
down_revision = "202611292010"
branch_labels = None
depends_on = None

IN_THE_MARKETS_ACCOUNT = """
-- What lies in a seller's account, the market has not got. Cash has no payment.
CREATE FUNCTION guard_fee_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payment_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM fee_invoices f
        JOIN collection_channels c ON c.market_id = f.market_id
        JOIN payments p ON p.channel_id = c.id
        WHERE f.id = NEW.invoice_id AND p.id = NEW.payment_id)
    THEN
        RAISE EXCEPTION 'this money is not in the account of the market'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_fee_payments_in_the_markets_account';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_the_markets_account BEFORE INSERT OR UPDATE OF invoice_id, payment_id ON fee_payments
    FOR EACH ROW EXECUTE FUNCTION guard_fee_payment();
"""


def upgrade() -> None:
    op.execute(IN_THE_MARKETS_ACCOUNT)
    op.create_index(op.f("ix_resolutions_decided_by_created_at"), "resolutions", ["decided_by", "created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_resolutions_decided_by_created_at"), "resolutions")
    op.execute("DROP TRIGGER in_the_markets_account ON fee_payments")
    op.execute("DROP FUNCTION guard_fee_payment")
