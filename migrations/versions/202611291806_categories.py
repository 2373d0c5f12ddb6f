"""The floors' categories and what they want to know, which is chosen for each kind of goods, and what is said there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.text import PLAIN, VIETNAMESE

revision = "202611291806"
down_revision = "202611291805"
branch_labels = None
depends_on = None

GOODS = "'fruit', 'vegetable', 'grain', 'tea', 'honey', 'spice', 'meat', 'fish', 'drink', 'craft', 'other'"
FOLDED_PATH = f"lower(translate(normalize(path), '{VIETNAMESE}', '{PLAIN}'))"


def upgrade() -> None:
    op.create_table(
        "floor_categories",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("folded_path", sa.Text(), sa.Computed(FOLDED_PATH), nullable=False),
        sa.Column("is_leaf", sa.Boolean(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attributes_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(
            "length(btrim(external_id)) > 0", name=op.f("ck_floor_categories_external_id_not_blank")
        ),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_floor_categories_name_not_blank")),
        sa.PrimaryKeyConstraint("marketplace", "external_id", name=op.f("pk_floor_categories")),
    )
    op.create_table(
        "floor_category_attributes",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("attribute_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("free_text", sa.Boolean(), nullable=False),
        sa.Column("given", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "length(btrim(attribute_id)) > 0",
            name=op.f("ck_floor_category_attributes_attribute_id_not_blank"),
        ),
        sa.ForeignKeyConstraint(
            ["marketplace", "category_id"],
            ["floor_categories.marketplace", "floor_categories.external_id"],
            name=op.f("fk_floor_category_attributes_marketplace_category_id"),
        ),
        sa.PrimaryKeyConstraint(
            "marketplace", "category_id", "attribute_id", name=op.f("pk_floor_category_attributes")
        ),
    )
    op.create_table(
        "category_choices",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("goods", sa.String(40), nullable=False),
        sa.Column("category_id", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint(f"goods IN ({GOODS})", name=op.f("ck_category_choices_goods_known")),
        sa.ForeignKeyConstraint(
            ["marketplace", "category_id"],
            ["floor_categories.marketplace", "floor_categories.external_id"],
            name=op.f("fk_category_choices_marketplace_category_id"),
        ),
        sa.PrimaryKeyConstraint("marketplace", "goods", name=op.f("pk_category_choices")),
    )
    op.create_table(
        "attribute_templates",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("goods", sa.String(40), nullable=False),
        sa.Column("attribute_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(value, words) = 1", name=op.f("ck_attribute_templates_value_or_words")
        ),
        sa.CheckConstraint("length(btrim(value)) > 0", name=op.f("ck_attribute_templates_value_not_blank")),
        sa.CheckConstraint("length(btrim(words)) > 0", name=op.f("ck_attribute_templates_words_not_blank")),
        sa.ForeignKeyConstraint(
            ["marketplace", "goods"],
            ["category_choices.marketplace", "category_choices.goods"],
            name=op.f("fk_attribute_templates_marketplace_goods"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "marketplace", "goods", "attribute_id", name=op.f("pk_attribute_templates")
        ),
    )
    _poll_subjects("'orders', 'settlements', 'categories'")


def downgrade() -> None:
    op.execute("DELETE FROM floor_cursors WHERE subject = 'categories'")
    _poll_subjects("'orders', 'settlements'")
    for table in (
        "attribute_templates",
        "category_choices",
        "floor_category_attributes",
        "floor_categories",
    ):
        op.drop_table(table)


def _poll_subjects(subjects: str) -> None:
    name = op.f("ck_floor_cursors_subject_known")
    op.drop_constraint(name, "floor_cursors")
    op.create_check_constraint(name, "floor_cursors", f"subject IN ({subjects})")
