"""Papers that have run out are told to floors once; lots can be corrected and withdrawn, their labels stay."""

import sqlalchemy as sa
from alembic import op

revision = "202611291452"
down_revision = "202611291451"
branch_labels = None
depends_on = None

LOT_CHECKS = {
    "withdrawn_whole": "(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)",
    "withdrawn_reason_not_blank": "length(btrim(withdrawn_reason)) > 0",
}


def upgrade() -> None:
    op.add_column("certificates", sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_certificates_named",
        "certificates",
        ["expires_on"],
        unique=False,
        postgresql_where=sa.text("lapsed_at IS NULL"),
    )
    op.add_column("lots", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lots", sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lots", sa.Column("withdrawn_reason", sa.Text(), nullable=True))
    for name, rule in LOT_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_lots_{name}"), "lots", rule)


def downgrade() -> None:
    for name in LOT_CHECKS:
        op.drop_constraint(op.f(f"ck_lots_{name}"), "lots")
    for name in ("withdrawn_reason", "withdrawn_at", "corrected_at"):
        op.drop_column("lots", name)
    op.drop_index("ix_certificates_named", table_name="certificates")
    op.drop_column("certificates", "lapsed_at")
