"""Fees that were called off because their stall was closed are asked for again once it is open again."""

import sqlalchemy as sa
from alembic import op

revision = "202611301701"
down_revision = "202611301700"
branch_labels = None
depends_on = None

RULE = "ck_fee_invoices_called_off_if_cancelled"
CALLED_OFF = """
UPDATE fee_invoices SET called_off = true
WHERE status = 'cancelled' AND cancel_reason = 'Quầy đã đóng' AND stall_id IS NOT NULL
"""


def upgrade() -> None:
    op.add_column(
        "fee_invoices", sa.Column("called_off", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.execute(CALLED_OFF)
    op.create_check_constraint(op.f(RULE), "fee_invoices", "NOT called_off OR status = 'cancelled'")


def downgrade() -> None:
    op.drop_constraint(op.f(RULE), "fee_invoices")
    op.drop_column("fee_invoices", "called_off")
