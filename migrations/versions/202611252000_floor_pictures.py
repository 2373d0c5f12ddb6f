"""What floors call those of our photos that they have taken."""

import sqlalchemy as sa
from alembic import op

revision = "202611252000"
down_revision = "202611251945"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "floor_pictures",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_floor_pictures_sha256_hex")),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_floor_pictures_name_not_blank")),
        sa.PrimaryKeyConstraint("marketplace", "sha256", name=op.f("pk_floor_pictures")),
    )


def downgrade() -> None:
    op.drop_table("floor_pictures")
