"""What was approved of listings is kept, and searched. What is approved today is kept as it is told today, so that no
floor shows anything else for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "202611291805"
down_revision = "202611291802"
branch_labels = None
depends_on = None

TABLE = "listing_approvals"
LETTERS = (
    "àáãảạăằắẵẳặâầấẫẩậèéẽẻẹêềếễểệìíĩỉịòóõỏọôồốỗổộơờớỡởợùúũủụưừứữửựỳýỹỷỵÀÁ"
    "ÃẢẠĂẰẮẴẲẶÂẦẤẪẨẬÈÉẼẺẸÊỀẾỄỂỆÌÍĨỈỊÒÓÕỎỌÔỒỐỖỔỘƠỜỚỠỞỢÙÚŨỦỤƯỪỨỮỬỰỲÝỸỶỴđĐ"
)
PLAIN = (
    "aaaaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyyaa"
    "aaaaaaaaaaaaaaaeeeeeeeeeeeiiiiiooooooooooooooooouuuuuuuuuuuyyyyydd"
)
FOLDED = "lower(translate(normalize({}), '" + LETTERS + "', '" + PLAIN + "'))"
KEEP = """
    INSERT INTO listing_approvals (id, listing_id, version, way, approved_by, facts, photo_ids)
    SELECT gen_random_uuid(), listings.id, listings.version, 'before', noted.user_id,
        jsonb_build_object(
            'name', p.name, 'unit', p.unit, 'description', p.description, 'goods', p.goods, 'grade', p.grade,
            'season_from', p.season_from, 'season_to', p.season_to, 'weight_grams', p.weight_grams,
            'package_length', p.package_length, 'package_width', p.package_width,
            'package_height', p.package_height, 'shelf_life_days', p.shelf_life_days, 'storage', p.storage,
            'ocop_stars', p.ocop_stars, 'planting_area_code', p.planting_area_code, 'gtin', p.gtin,
            'certificates', p.certificates, 'attributes', p.attributes, 'variant', listings.variant,
            'origin', CASE WHEN commune.code IS NOT NULL THEN jsonb_build_object(
                'code', commune.code,
                'commune', btrim(regexp_replace(commune.name, '^' || commune.kind, '')),
                'province', btrim(regexp_replace(province.name, '^' || province.kind, ''))
            ) END,
            'papers', coalesce(papers.told, '[]')
        ),
        coalesce(photos.ids, '{}')
    FROM listings
    JOIN products p ON p.id = listings.product_id
    LEFT JOIN admin_units commune ON commune.code = p.origin_commune
    LEFT JOIN admin_units province ON province.code = commune.province_code
    LEFT JOIN LATERAL (
        SELECT jsonb_agg(
            jsonb_build_object('id', id, 'name', name, 'number', number, 'expires_on', expires_on)
            ORDER BY name COLLATE "C", number COLLATE "C"
        ) AS told
        FROM certificates WHERE product_id = p.id
    ) papers ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(id ORDER BY position) AS ids
        FROM photos WHERE product_id = p.id AND status <> 'refused'
    ) photos ON true
    LEFT JOIN LATERAL (
        SELECT user_id FROM audit_entries
        WHERE subject_id = listings.id AND action = 'listing.approved' ORDER BY created_at DESC LIMIT 1
    ) noted ON true
    WHERE listings.status = 'approved'
"""


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("way", sa.String(length=40), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("folded_name", sa.Text(), sa.Computed(FOLDED.format("facts ->> 'name'")), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f(f"ck_{TABLE}_version_positive")),
        sa.CheckConstraint("way IN ('own_phone', 'with_clerk', 'before')", name=op.f(f"ck_{TABLE}_way_known")),
        sa.CheckConstraint(
            "way = 'before' OR approved_by IS NOT NULL", name=op.f(f"ck_{TABLE}_by_somebody")
        ),
        sa.CheckConstraint(
            "coalesce(btrim(facts ->> 'name'), '') <> '' AND coalesce(btrim(facts ->> 'unit'), '') <> ''",
            name=op.f(f"ck_{TABLE}_facts_named"),
        ),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f(f"fk_{TABLE}_listing_id")),
        sa.ForeignKeyConstraint(["approved_by"], ["users.id"], name=op.f(f"fk_{TABLE}_approved_by")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("listing_id", "version", name=op.f(f"uq_{TABLE}_listing_id_version")),
    )
    op.drop_column("products", "folded_name")
    op.add_column("listings", sa.Column("approved_version", sa.BigInteger(), nullable=True))
    op.execute(KEEP)
    op.execute("UPDATE listings SET approved_version = version WHERE status = 'approved'")
    op.create_check_constraint(
        op.f("ck_listings_approved_as_kept"),
        "listings",
        "status <> 'approved' OR approved_version IS NOT NULL",
    )
    op.create_foreign_key(
        op.f("fk_listings_id_approved_version"),
        "listings",
        TABLE,
        ["id", "approved_version"],
        ["listing_id", "version"],
    )
    for name, when, each in (
        ("append_only", "UPDATE OR DELETE", "ROW"),
        ("never_emptied", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {TABLE} FOR EACH {each} EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """What waited for an approval is told everywhere at the next publication."""
    op.drop_constraint(op.f("fk_listings_id_approved_version"), "listings")
    op.drop_constraint(op.f("ck_listings_approved_as_kept"), "listings")
    op.drop_column("listings", "approved_version")
    op.drop_table(TABLE)
    folded = sa.Computed(FOLDED.format("name"))
    op.add_column("products", sa.Column("folded_name", sa.Text(), folded, nullable=False))
