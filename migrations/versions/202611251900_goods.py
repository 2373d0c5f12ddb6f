"""What floors need to know of goods: photos, season, grade, papers, packages; prices by floor; floor accounts."""

import sqlalchemy as sa
from alembic import op

revision = "202611251900"
down_revision = "202611251400"
branch_labels = None
depends_on = None

GOODS = "'fruit', 'vegetable', 'grain', 'tea', 'honey', 'spice', 'meat', 'fish', 'drink', 'craft', 'other'"
PRODUCT_CHECKS = {
    "season_in_year": "season_from BETWEEN 1 AND 12 AND season_to BETWEEN 1 AND 12",
    "season_whole": "(season_from IS NULL) = (season_to IS NULL)",
    "ocop_stars_known": "ocop_stars BETWEEN 3 AND 5",
    "package_positive": "least(package_length, package_width, package_height) > 0",
    "package_whole": "num_nulls(package_length, package_width, package_height) IN (0, 3)",
    "goods_known": f"goods IN ({GOODS})",
}
PRODUCT_NUMBERS = (
    "season_from",
    "season_to",
    "ocop_stars",
    "package_length",
    "package_width",
    "package_height",
)


def upgrade() -> None:
    op.add_column("products", sa.Column("goods", sa.String(length=40), nullable=False, server_default="other"))
    op.alter_column("products", "goods", server_default=None)
    for name in ("grade", "planting_area_code", "storage"):
        op.add_column("products", sa.Column(name, sa.Text(), nullable=True))
    for name in PRODUCT_NUMBERS:
        op.add_column("products", sa.Column(name, sa.BigInteger(), nullable=True))
    for name, rule in PRODUCT_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_products_{name}"), "products", rule)
    op.create_table(
        "certificates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_certificates_name_not_blank")),
        sa.CheckConstraint("length(btrim(number)) > 0", name=op.f("ck_certificates_number_not_blank")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_certificates_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint(
            "product_id", "name", "number", name=op.f("uq_certificates_product_id_name_number")
        ),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 9", name=op.f("ck_photos_position_in_range")),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_photos_sha256_whole")),
        sa.CheckConstraint(
            "(status = 'refused') = (problem IS NOT NULL)", name=op.f("ck_photos_problem_where_refused")
        ),
        sa.CheckConstraint("status IN ('waiting', 'ready', 'refused')", name=op.f("ck_photos_status_known")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_photos_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("product_id", "sha256", name=op.f("uq_photos_product_id_sha256")),
        sa.UniqueConstraint(
            "product_id",
            "position",
            name=op.f("uq_photos_product_id_position"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_table(
        "photo_files",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "size IN ('original', 'large', 'medium', 'small')", name=op.f("ck_photo_files_size_known")
        ),
        sa.CheckConstraint("octet_length(content) > 0", name=op.f("ck_photo_files_content_not_empty")),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_photo_files_photo_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", "size", name=op.f("pk_photo_files")),
    )
    # They are JPEGs: packing them again costs time and gains nothing.
    op.execute("ALTER TABLE photo_files ALTER COLUMN content SET STORAGE EXTERNAL")
    op.add_column("listings", sa.Column("variant", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_listings_variant_not_blank"), "listings", "length(btrim(variant)) > 0")
    op.create_table(
        "listing_prices",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price BETWEEN 1 AND 9999999999999", name=op.f("ck_listing_prices_price_positive")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_listing_prices_listing_id")),
        sa.PrimaryKeyConstraint("listing_id", "marketplace", name=op.f("pk_listing_prices")),
    )
    op.create_table(
        "floor_accounts",
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "num_nulls(access_token, refresh_token, expires_at) IN (0, 3)",
            name=op.f("ck_floor_accounts_tokens_whole"),
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_floor_accounts_failures_not_negative")),
        sa.PrimaryKeyConstraint("marketplace", name=op.f("pk_floor_accounts")),
    )
    op.add_column("publications", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("strayed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("publications", "strayed_at")
    op.drop_column("publications", "read_at")
    op.drop_table("floor_accounts")
    op.drop_table("listing_prices")
    op.drop_constraint(op.f("ck_listings_variant_not_blank"), "listings")
    op.drop_column("listings", "variant")
    for table in ("photo_files", "photos", "certificates"):
        op.drop_table(table)
    for name in PRODUCT_CHECKS:
        op.drop_constraint(op.f(f"ck_products_{name}"), "products")
    for name in (*PRODUCT_NUMBERS, "storage", "planting_area_code", "grade", "goods"):
        op.drop_column("products", name)
