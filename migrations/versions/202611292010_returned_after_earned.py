"""An order leaves the revenue book on the day on which it came into it, or later."""

from alembic import op

revision = "202611292010"
down_revision = "202611292007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE orders SET returned_on = earned_on WHERE returned_on < earned_on")
    op.create_check_constraint(
        op.f("ck_orders_returned_after_earned"), "orders", "returned_on >= earned_on"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_orders_returned_after_earned"), "orders", type_="check")
