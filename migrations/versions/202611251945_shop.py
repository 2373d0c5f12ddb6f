"""Lots with their labels; products found without accents, numbered for labels; what stands in the shop, quickly found."""

import sqlalchemy as sa
from alembic import op

revision = "202611251945"
down_revision = "202611251910"
branch_labels = None
depends_on = None

LETTERS = (
    "àáãảạăằắẵẳặâầấẫẩậèéẽẻẹêềếễểệìíĩỉịòóõỏọôồốỗổộơờớỡởợùúũủụưừứữửựỳýỹỷỵÀÁ"
    "ÃẢẠĂẰẮẴẲẶÂẦẤẪẨẬÈÉẼẺẸÊỀẾỄỂỆÌÍĨỈỊÒÓÕỎỌÔỒỐỖỔỘƠỜỚỠỞỢÙÚŨỦỤƯỪỨỮỬỰỲÝỸỶỴđĐ"
)
PLAIN = (
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyaa"
    "aaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyydd"
)
FOLDED_NAME = f"lower(translate(normalize(name), '{LETTERS}', '{PLAIN}'))"


def upgrade() -> None:
    op.add_column("products", sa.Column("gtin", sa.Text(), nullable=True))
    op.add_column(
        "products", sa.Column("item_number", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.add_column("products", sa.Column("folded_name", sa.Text(), sa.Computed(FOLDED_NAME), nullable=False))
    op.create_check_constraint(op.f("ck_products_gtin_of_fourteen"), "products", "gtin ~ '^[0-9]{14}$'")
    op.create_check_constraint(
        op.f("ck_products_item_number_fits_a_gtin"), "products", "item_number BETWEEN 1 AND 9999999999"
    )
    op.create_unique_constraint(op.f("uq_products_item_number"), "products", ["item_number"])
    op.create_index(
        "ix_publications_shop",
        "publications",
        ["listing_id"],
        unique=False,
        postgresql_where=sa.text("marketplace = 'shop' AND status = 'listed'"),
    )
    op.create_table(
        "lots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("scans", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'", name=op.f("ck_lots_code_well_formed")),
        sa.CheckConstraint("gtin ~ '^[0-9]{14}$'", name=op.f("ck_lots_gtin_of_fourteen")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 1000000000", name=op.f("ck_lots_quantity_positive")),
        sa.CheckConstraint("scans >= 0", name=op.f("ck_lots_scans_not_negative")),
        sa.CheckConstraint("length(btrim(note)) > 0", name=op.f("ck_lots_note_not_blank")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lots_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("gtin", "code", name=op.f("uq_lots_gtin_code")),
        sa.UniqueConstraint("product_id", "code", name=op.f("uq_lots_product_id_code")),
    )
    op.create_index(
        op.f("ix_lots_product_id_created_at_id"), "lots", ["product_id", "created_at", "id"], unique=False
    )
    # Labels are printed: what leads to a lot leads there for ever.
    op.execute(
        "CREATE TRIGGER label_stays BEFORE UPDATE OF product_id, gtin, code ON lots "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("lots")
    op.drop_index("ix_publications_shop", table_name="publications")
    op.drop_constraint(op.f("uq_products_item_number"), "products")
    op.drop_constraint(op.f("ck_products_item_number_fits_a_gtin"), "products")
    op.drop_constraint(op.f("ck_products_gtin_of_fourteen"), "products")
    for name in ("folded_name", "item_number", "gtin"):
        op.drop_column("products", name)
