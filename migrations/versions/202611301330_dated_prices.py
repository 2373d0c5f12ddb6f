"""Prices that hold from one business day to another."""

import sqlalchemy as sa
from alembic import op

revision = "202611301330"
down_revision = "202611300010"
branch_labels = None
depends_on = None

DONG = 9_999_999_999_999
STANDS = "turns_on IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "dated_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=True),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("turns_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(f"price BETWEEN 1 AND {DONG}", name=op.f("ck_dated_prices_price_positive")),
        sa.CheckConstraint("length(btrim(unit)) > 0", name=op.f("ck_dated_prices_unit_not_blank")),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_dated_prices_name_not_blank")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_dated_prices_last_day_not_before")),
        sa.CheckConstraint(
            "turns_on IN (first_day, last_day + 1)", name=op.f("ck_dated_prices_turns_at_an_end")
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_dated_prices_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dated_prices")),
    )
    op.execute(
        "ALTER TABLE dated_prices ADD CONSTRAINT ex_dated_prices_overlap EXCLUDE USING gist "
        "(listing_id WITH =, coalesce(marketplace, '') WITH =, unit WITH =, "
        f"daterange(first_day, last_day, '[]') WITH &&) WHERE ({STANDS})"
    )
    for name, column in (("standing", "listing_id"), ("turning", "turns_on")):
        op.create_index(f"ix_dated_prices_{name}", "dated_prices", [column], postgresql_where=sa.text(STANDS))


def downgrade() -> None:
    op.drop_table("dated_prices")
