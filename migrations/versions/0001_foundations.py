"""The first tables: people, places, markets, payments, journal, listings, events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ORDER_CODES = """
CREATE SEQUENCE order_code_tail;
-- Unique for ever, in other databases too: milliseconds since 2025 and a running number, below 2^53 until 2164.
CREATE FUNCTION new_order_code() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT (floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - 1735689600000) * 2048
        + nextval('order_code_tail') % 2048
$$;
"""

OUTBOX_WAKES_RELAY = """
CREATE FUNCTION wake_relay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('outbox', '');
    RETURN NULL;
END $$;
CREATE TRIGGER wake_relay AFTER INSERT ON outbox_events FOR EACH STATEMENT EXECUTE FUNCTION wake_relay();
"""

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON journal_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment_request_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON consents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(ORDER_CODES)
    op.create_table(
        "admin_units",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("province", "commune", name="adminunitlevel", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.CheckConstraint("level IN ('province', 'commune')", name=op.f("ck_admin_units_level_known")),
        sa.ForeignKeyConstraint(
            ["province_code"],
            ["admin_units.code"],
            name=op.f("fk_admin_units_province_code"),
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_admin_units")),
    )
    op.create_index(
        op.f("ix_admin_units_province_code_level"), "admin_units", ["province_code", "level"], unique=False
    )
    op.create_table(
        "banks",
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("short_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("bin", name=op.f("pk_banks")),
    )
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=True),
        sa.Column("stall_id", sa.Uuid(), nullable=True),
        sa.Column("relayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
    )
    op.create_index(
        "ix_outbox_events_not_relayed",
        "outbox_events",
        ["id"],
        unique=False,
        postgresql_where=sa.text("relayed_at IS NULL"),
    )
    op.create_index(
        "ix_outbox_events_stall",
        "outbox_events",
        ["stall_id", "id"],
        unique=False,
        postgresql_where=sa.text("stall_id IS NOT NULL"),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_version", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("phone ~ '^\\+[0-9]{8,15}$'", name=op.f("ck_users_phone_e164")),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_users_name_not_blank")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("phone", name=op.f("uq_users_phone")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(
        op.f("ix_audit_entries_subject_id_created_at"),
        "audit_entries",
        ["subject_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "event_deliveries",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("queued", "done", "dead", name="deliverystatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('queued', 'done', 'dead')", name=op.f("ck_event_deliveries_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_events.id"], name=op.f("fk_event_deliveries_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "job", name=op.f("pk_event_deliveries")),
    )
    op.create_index(
        "ix_event_deliveries_dead",
        "event_deliveries",
        ["event_id"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
    )
    op.create_index(
        "ix_event_deliveries_due",
        "event_deliveries",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_table(
        "former_communes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("old_code", sa.Text(), nullable=False),
        sa.Column("old_name", sa.Text(), nullable=False),
        sa.Column("old_district", sa.Text(), nullable=False),
        sa.Column("old_province", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("successor_code", sa.Text(), nullable=False),
        sa.Column("split", sa.Boolean(), nullable=False),
        sa.Column("likeliest", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["successor_code"], ["admin_units.code"], name=op.f("fk_former_communes_successor_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_communes")),
    )
    op.create_index(
        op.f("ix_former_communes_successor_code"), "former_communes", ["successor_code"], unique=False
    )
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("head_name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("national_id", sa.LargeBinary(), nullable=False),
        sa.Column("national_id_index", sa.LargeBinary(), nullable=False),
        sa.Column("national_id_tail", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=False),
        sa.Column("hamlet", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("products", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "registered",
                "verified",
                "merged",
                name="householdstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_households_merged_into_one")
        ),
        sa.CheckConstraint("commune_code ~ '^[0-9]{5}$'", name=op.f("ck_households_commune_not_province")),
        sa.CheckConstraint(
            "national_id_tail ~ '^[0-9]{3}$'", name=op.f("ck_households_national_id_tail_digits")
        ),
        sa.CheckConstraint("phone ~ '^\\+84[0-9]{9,10}$'", name=op.f("ck_households_phone_vietnamese")),
        sa.CheckConstraint(
            "status IN ('draft', 'registered', 'verified', 'merged')", name=op.f("ck_households_status_known")
        ),
        sa.CheckConstraint("length(btrim(head_name)) > 0", name=op.f("ck_households_head_name_not_blank")),
        sa.CheckConstraint(
            "octet_length(national_id_index) = 32", name=op.f("ck_households_national_id_indexed")
        ),
        sa.ForeignKeyConstraint(
            ["commune_code"], ["admin_units.code"], name=op.f("fk_households_commune_code")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_households_created_by")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["households.id"], name=op.f("fk_households_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("code", name=op.f("uq_households_code")),
    )
    op.create_index(
        op.f("ix_households_commune_code_created_at_id"),
        "households",
        ["commune_code", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_households_national_id_index"), "households", ["national_id_index"], unique=False
    )
    op.create_index(op.f("ix_households_phone"), "households", ["phone"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "markets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("commune_code", sa.Text(), nullable=False),
        sa.Column("weekdays", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("commune_code ~ '^[0-9]{5}$'", name=op.f("ck_markets_commune_not_province")),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_markets_name_not_blank")),
        sa.CheckConstraint(
            "weekdays <@ ARRAY[0,1,2,3,4,5,6]::smallint[]", name=op.f("ck_markets_weekdays_known")
        ),
        sa.ForeignKeyConstraint(["commune_code"], ["admin_units.code"], name=op.f("fk_markets_commune_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets")),
        sa.UniqueConstraint("code", name=op.f("uq_markets_code")),
        sa.UniqueConstraint("commune_code", "name", name=op.f("uq_markets_commune_code_name")),
    )
    op.create_index(op.f("ix_markets_commune_code"), "markets", ["commune_code"], unique=False)
    op.create_table(
        "role_grants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "clerk",
                "stallholder",
                "manager",
                "officer",
                "administrator",
                name="role",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "place_kind",
            sa.Enum(
                "country",
                "province",
                "commune",
                "market",
                "stall",
                name="placekind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("place_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(role = 'clerk' AND place_kind = 'commune') OR (role = 'stallholder' AND place_kind = 'stall') OR (role = 'manager' AND place_kind = 'market') OR (role = 'officer' AND place_kind = 'province') OR (role = 'administrator' AND place_kind = 'country')",
            name=op.f("ck_role_grants_place_fits_role"),
        ),
        sa.CheckConstraint(
            "role IN ('clerk', 'stallholder', 'manager', 'officer', 'administrator')",
            name=op.f("ck_role_grants_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_role_grants_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grants")),
        sa.UniqueConstraint(
            "user_id", "role", "place_key", name=op.f("uq_role_grants_user_id_role_place_key")
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "registration",
                "publication",
                "data_sharing",
                "messages",
                name="consentpurpose",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("wording_version", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "purpose IN ('registration', 'publication', 'data_sharing', 'messages')",
            name=op.f("ck_consents_purpose_known"),
        ),
        sa.CheckConstraint(
            "length(btrim(wording_version)) > 0", name=op.f("ck_consents_wording_version_not_blank")
        ),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_consents_household_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["users.id"], name=op.f("fk_consents_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(
        op.f("ix_consents_household_id_purpose_given_at"),
        "consents",
        ["household_id", "purpose", "given_at"],
        unique=False,
    )
    op.create_table(
        "journal_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("channel", "seller", "suspense", name="accountkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'suspense') = (owner_id IS NULL)", name=op.f("ck_journal_accounts_owner_where_needed")
        ),
        sa.CheckConstraint(
            "kind IN ('channel', 'seller', 'suspense')", name=op.f("ck_journal_accounts_kind_known")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_journal_accounts_market_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_accounts")),
        sa.UniqueConstraint(
            "market_id",
            "kind",
            "owner_id",
            name=op.f("uq_journal_accounts_market_id_kind_owner_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "sellers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("household", "trader", "cooperative", name="sellerkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded_name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("commune_code", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("commune_code ~ '^[0-9]{5}$'", name=op.f("ck_sellers_commune_not_province")),
        sa.CheckConstraint(
            "household_id IS NULL OR kind = 'household'", name=op.f("ck_sellers_household_kind")
        ),
        sa.CheckConstraint(
            "kind IN ('household', 'trader', 'cooperative')", name=op.f("ck_sellers_kind_known")
        ),
        sa.CheckConstraint("phone ~ '^\\+84[0-9]{9,10}$'", name=op.f("ck_sellers_phone_vietnamese")),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_sellers_name_not_blank")),
        sa.ForeignKeyConstraint(["commune_code"], ["admin_units.code"], name=op.f("fk_sellers_commune_code")),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_sellers_created_by")),
        sa.ForeignKeyConstraint(["household_id"], ["households.id"], name=op.f("fk_sellers_household_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sellers")),
        sa.UniqueConstraint("code", name=op.f("uq_sellers_code")),
        sa.UniqueConstraint("household_id", name=op.f("uq_sellers_household_id")),
    )
    op.create_index(
        op.f("ix_sellers_commune_code_created_at_id"),
        "sellers",
        ["commune_code", "created_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_sellers_phone"), "sellers", ["phone"], unique=False)
    op.create_table(
        "collection_channels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("payos", "direct", name="channelkind", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=True),
        sa.Column("credentials", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.Enum("active", "suspended", name="channelstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("webhook_url", sa.Text(), nullable=True),
        sa.Column("webhook_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'payos') = (credentials IS NOT NULL)",
            name=op.f("ck_collection_channels_credentials_where_needed"),
        ),
        sa.CheckConstraint("kind IN ('payos', 'direct')", name=op.f("ck_collection_channels_kind_known")),
        sa.CheckConstraint(
            "status IN ('active', 'suspended')", name=op.f("ck_collection_channels_status_known")
        ),
        sa.CheckConstraint(
            "(market_id IS NULL) <> (seller_id IS NULL)", name=op.f("ck_collection_channels_one_owner")
        ),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_collection_channels_name_not_blank")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_collection_channels_market_id")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_collection_channels_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_channels")),
    )
    op.create_index(
        op.f("ix_collection_channels_market_id"), "collection_channels", ["market_id"], unique=False
    )
    op.create_index(
        op.f("ix_collection_channels_seller_id"), "collection_channels", ["seller_id"], unique=False
    )
    op.create_table(
        "payout_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("bin", sa.Text(), nullable=False),
        sa.Column("account_number", sa.LargeBinary(), nullable=False),
        sa.Column("account_number_index", sa.LargeBinary(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "length(btrim(holder_name)) > 0", name=op.f("ck_payout_accounts_holder_name_not_blank")
        ),
        sa.CheckConstraint(
            "octet_length(account_number_index) = 32", name=op.f("ck_payout_accounts_account_number_indexed")
        ),
        sa.ForeignKeyConstraint(["bin"], ["banks.bin"], name=op.f("fk_payout_accounts_bin")),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_payout_accounts_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint(
            "seller_id",
            "bin",
            "account_number_index",
            name=op.f("uq_payout_accounts_seller_id_bin_account_number_index"),
        ),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("origin_commune", sa.Text(), nullable=True),
        sa.Column("weight_grams", sa.BigInteger(), nullable=True),
        sa.Column("shelf_life_days", sa.BigInteger(), nullable=True),
        sa.Column("certificates", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(btrim(name)) > 0", name=op.f("ck_products_name_not_blank")),
        sa.CheckConstraint("length(btrim(unit)) > 0", name=op.f("ck_products_unit_not_blank")),
        sa.CheckConstraint("shelf_life_days > 0", name=op.f("ck_products_shelf_life_positive")),
        sa.CheckConstraint("weight_grams > 0", name=op.f("ck_products_weight_positive")),
        sa.ForeignKeyConstraint(
            ["origin_commune"], ["admin_units.code"], name=op.f("fk_products_origin_commune")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_products_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
    )
    op.create_index(
        op.f("ix_products_seller_id_created_at"), "products", ["seller_id", "created_at"], unique=False
    )
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_inbox_messages_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_messages")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_inbox_messages_source_key")),
    )
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("draft", "approved", "withdrawn", name="listingstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("marketplaces", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("sku ~ '^[A-Z0-9][A-Z0-9-]{2,39}$'", name=op.f("ck_listings_sku_well_formed")),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'withdrawn')", name=op.f("ck_listings_status_known")
        ),
        sa.CheckConstraint("price BETWEEN 1 AND 9999999999999", name=op.f("ck_listings_price_positive")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_listings_stock_not_negative")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_listings_version_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_listings_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
        sa.UniqueConstraint("sku", name=op.f("uq_listings_sku")),
    )
    op.create_index(op.f("ix_listings_product_id"), "listings", ["product_id"], unique=False)
    op.create_table(
        "stalls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=True),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("area_m2", sa.Numeric(precision=8, scale=2, asdecimal=False), nullable=True),
        sa.Column("payout_account_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_stalls_area_positive")),
        sa.CheckConstraint("length(btrim(number)) > 0", name=op.f("ck_stalls_number_not_blank")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_stalls_channel_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_stalls_market_id")),
        sa.ForeignKeyConstraint(
            ["payout_account_id"], ["payout_accounts.id"], name=op.f("fk_stalls_payout_account_id")
        ),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name=op.f("fk_stalls_seller_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stalls")),
        sa.UniqueConstraint("code", name=op.f("uq_stalls_code")),
        sa.UniqueConstraint("market_id", "number", name=op.f("uq_stalls_market_id_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_stalls_reference")),
    )
    op.create_index(op.f("ix_stalls_seller_id"), "stalls", ["seller_id"], unique=False)
    op.create_table(
        "payment_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("order_code", sa.BigInteger(), server_default=sa.text("new_order_code()"), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "created",
                "awaiting_payment",
                "partly_paid",
                "paid",
                "overpaid",
                "paid_late",
                "expired",
                "cancelled",
                "refund_due",
                "refunded",
                "reversed",
                name="paymentstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_paid", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("qr_payload", sa.Text(), nullable=True),
        sa.Column("checkout_url", sa.Text(), nullable=True),
        sa.Column("payment_link_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("next_poll_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('created', 'awaiting_payment', 'partly_paid', 'paid', 'overpaid', 'paid_late', 'expired', 'cancelled', 'refund_due', 'refunded', 'reversed')",
            name=op.f("ck_payment_requests_status_known"),
        ),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_payment_requests_amount_positive")
        ),
        sa.CheckConstraint("amount_paid >= 0", name=op.f("ck_payment_requests_amount_paid_not_negative")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_payment_requests_expires_later")),
        sa.CheckConstraint(
            "order_code BETWEEN 1 AND 9007199254740991", name=op.f("ck_payment_requests_order_code_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_payment_requests_channel_id")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_payment_requests_created_by")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_payment_requests_market_id")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_payment_requests_stall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
        sa.UniqueConstraint("order_code", name=op.f("uq_payment_requests_order_code")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_requests_reference")),
    )
    op.create_index(
        op.f("ix_payment_requests_market_id_created_at_id"),
        "payment_requests",
        ["market_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_requests_stall_id_created_at_id"),
        "payment_requests",
        ["stall_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_requests_to_poll",
        "payment_requests",
        ["next_poll_at"],
        unique=False,
        postgresql_where=sa.text("next_poll_at IS NOT NULL"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=True),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("order_code", sa.BigInteger(), nullable=False),
        sa.Column("account_number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("bank_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount BETWEEN 1 AND 9999999999999", name=op.f("ck_payments_amount_positive")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["collection_channels.id"], name=op.f("fk_payments_channel_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_payments_market_id")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_payments_stall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "channel_id",
            "account_number",
            "reference",
            "order_code",
            name=op.f("uq_payments_channel_id_account_number_reference_order_code"),
        ),
    )
    op.create_index(
        op.f("ix_payments_channel_id_order_code"), "payments", ["channel_id", "order_code"], unique=False
    )
    op.create_index(
        "ix_payments_report",
        "payments",
        ["market_id", "business_day", "stall_id"],
        unique=False,
        postgresql_include=["amount", "channel_id"],
    )
    op.create_index(
        op.f("ix_payments_market_id_occurred_at_id"),
        "payments",
        ["market_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payments_stall_id_occurred_at_id"),
        "payments",
        ["stall_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_table(
        "publications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("marketplace", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "publishing",
                "listed",
                "rejected",
                "failed",
                "withdrawn",
                name="publicationstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("desired_version", sa.BigInteger(), nullable=False),
        sa.Column("published_version", sa.BigInteger(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("external_url", sa.Text(), nullable=True),
        sa.Column("problems", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'publishing', 'listed', 'rejected', 'failed', 'withdrawn')",
            name=op.f("ck_publications_status_known"),
        ),
        sa.CheckConstraint("published_version <= desired_version", name=op.f("ck_publications_never_ahead")),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name=op.f("fk_publications_listing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("listing_id", "marketplace", name=op.f("uq_publications_listing_id_marketplace")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column("stall_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_journal_entries_amount_positive")
        ),
        sa.CheckConstraint(
            "debit_account_id <> credit_account_id", name=op.f("ck_journal_entries_two_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["credit_account_id"], ["journal_accounts.id"], name=op.f("fk_journal_entries_credit_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id"], ["journal_accounts.id"], name=op.f("fk_journal_entries_debit_account_id")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_journal_entries_market_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_journal_entries_payment_id")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_journal_entries_stall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("key", name=op.f("uq_journal_entries_key")),
    )
    op.create_index(
        op.f("ix_journal_entries_credit_account_id"), "journal_entries", ["credit_account_id"], unique=False
    )
    op.create_index(
        op.f("ix_journal_entries_debit_account_id"), "journal_entries", ["debit_account_id"], unique=False
    )
    op.create_index(
        op.f("ix_journal_entries_market_id_business_day"),
        "journal_entries",
        ["market_id", "business_day"],
        unique=False,
    )
    op.create_index(op.f("ix_journal_entries_payment_id"), "journal_entries", ["payment_id"], unique=False)
    op.create_table(
        "payment_matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payment_request_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "amount BETWEEN 1 AND 9999999999999", name=op.f("ck_payment_matches_amount_positive")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_matches_payment_id")),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_payment_matches_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_matches")),
        sa.UniqueConstraint(
            "payment_id", "payment_request_id", name=op.f("uq_payment_matches_payment_id_payment_request_id")
        ),
    )
    op.create_index(
        op.f("ix_payment_matches_payment_request_id"), "payment_matches", ["payment_request_id"], unique=False
    )
    op.create_table(
        "payment_request_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_request_id", sa.Uuid(), nullable=False),
        sa.Column(
            "from_status",
            sa.Enum(
                "created",
                "awaiting_payment",
                "partly_paid",
                "paid",
                "overpaid",
                "paid_late",
                "expired",
                "cancelled",
                "refund_due",
                "refunded",
                "reversed",
                name="paymentstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "to_status",
            sa.Enum(
                "created",
                "awaiting_payment",
                "partly_paid",
                "paid",
                "overpaid",
                "paid_late",
                "expired",
                "cancelled",
                "refund_due",
                "refunded",
                "reversed",
                name="paymentstatus",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "from_status IN ('created', 'awaiting_payment', 'partly_paid', 'paid', 'overpaid', 'paid_late', 'expired', 'cancelled', 'refund_due', 'refunded', 'reversed')",
            name=op.f("ck_payment_request_changes_from_status_known"),
        ),
        sa.CheckConstraint(
            "to_status IN ('created', 'awaiting_payment', 'partly_paid', 'paid', 'overpaid', 'paid_late', 'expired', 'cancelled', 'refund_due', 'refunded', 'reversed')",
            name=op.f("ck_payment_request_changes_to_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_payment_request_changes_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_request_changes")),
    )
    op.create_index(
        op.f("ix_payment_request_changes_payment_request_id"),
        "payment_request_changes",
        ["payment_request_id"],
        unique=False,
    )
    op.create_table(
        "reconciliation_exceptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("market_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "orphan",
                "underpaid",
                "overpaid",
                "duplicate",
                "late",
                "reversed",
                "missing",
                name="exceptionkind",
                native_enum=False,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum("open", "resolved", name="exceptionstatus", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("payment_request_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('orphan', 'underpaid', 'overpaid', 'duplicate', 'late', 'reversed', 'missing')",
            name=op.f("ck_reconciliation_exceptions_kind_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'resolved')", name=op.f("ck_reconciliation_exceptions_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["market_id"], ["markets.id"], name=op.f("fk_reconciliation_exceptions_market_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_reconciliation_exceptions_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["payment_request_id"],
            ["payment_requests.id"],
            name=op.f("fk_reconciliation_exceptions_payment_request_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation_exceptions")),
        sa.UniqueConstraint(
            "kind",
            "payment_id",
            "payment_request_id",
            name=op.f("uq_reconciliation_exceptions_kind_payment_id_payment_request_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        op.f("ix_reconciliation_exceptions_market_id_status_created_at"),
        "reconciliation_exceptions",
        ["market_id", "status", "created_at"],
        unique=False,
    )
    op.execute(OUTBOX_WAKES_RELAY)
    op.execute(APPEND_ONLY)


def downgrade() -> None:
    op.drop_index(
        op.f("ix_reconciliation_exceptions_market_id_status_created_at"),
        table_name="reconciliation_exceptions",
    )
    op.drop_table("reconciliation_exceptions")
    op.drop_index(op.f("ix_payment_request_changes_payment_request_id"), table_name="payment_request_changes")
    op.drop_table("payment_request_changes")
    op.drop_index(op.f("ix_payment_matches_payment_request_id"), table_name="payment_matches")
    op.drop_table("payment_matches")
    op.drop_index(op.f("ix_journal_entries_payment_id"), table_name="journal_entries")
    op.drop_index(op.f("ix_journal_entries_market_id_business_day"), table_name="journal_entries")
    op.drop_index(op.f("ix_journal_entries_debit_account_id"), table_name="journal_entries")
    op.drop_index(op.f("ix_journal_entries_credit_account_id"), table_name="journal_entries")
    op.drop_table("journal_entries")
    op.drop_table("publications")
    op.drop_index(op.f("ix_payments_stall_id_occurred_at_id"), table_name="payments")
    op.drop_index(op.f("ix_payments_market_id_occurred_at_id"), table_name="payments")
    op.drop_index("ix_payments_report", table_name="payments", postgresql_include=["amount", "channel_id"])
    op.drop_index(op.f("ix_payments_channel_id_order_code"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(
        "ix_payment_requests_to_poll",
        table_name="payment_requests",
        postgresql_where=sa.text("next_poll_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_payment_requests_stall_id_created_at_id"), table_name="payment_requests")
    op.drop_index(op.f("ix_payment_requests_market_id_created_at_id"), table_name="payment_requests")
    op.drop_table("payment_requests")
    op.drop_index(op.f("ix_stalls_seller_id"), table_name="stalls")
    op.drop_table("stalls")
    op.drop_index(op.f("ix_listings_product_id"), table_name="listings")
    op.drop_table("listings")
    op.drop_table("inbox_messages")
    op.drop_index(op.f("ix_products_seller_id_created_at"), table_name="products")
    op.drop_table("products")
    op.drop_table("payout_accounts")
    op.drop_index(op.f("ix_collection_channels_seller_id"), table_name="collection_channels")
    op.drop_index(op.f("ix_collection_channels_market_id"), table_name="collection_channels")
    op.drop_table("collection_channels")
    op.drop_index(op.f("ix_sellers_phone"), table_name="sellers")
    op.drop_index(op.f("ix_sellers_commune_code_created_at_id"), table_name="sellers")
    op.drop_table("sellers")
    op.drop_table("journal_accounts")
    op.drop_index(op.f("ix_consents_household_id_purpose_given_at"), table_name="consents")
    op.drop_table("consents")
    op.drop_table("role_grants")
    op.drop_index(op.f("ix_markets_commune_code"), table_name="markets")
    op.drop_table("markets")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_households_phone"), table_name="households")
    op.drop_index(op.f("ix_households_national_id_index"), table_name="households")
    op.drop_index(op.f("ix_households_commune_code_created_at_id"), table_name="households")
    op.drop_table("households")
    op.drop_index(op.f("ix_former_communes_successor_code"), table_name="former_communes")
    op.drop_table("former_communes")
    op.drop_index(
        "ix_event_deliveries_due",
        table_name="event_deliveries",
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.drop_index(
        "ix_event_deliveries_dead", table_name="event_deliveries", postgresql_where=sa.text("status = 'dead'")
    )
    op.drop_table("event_deliveries")
    op.drop_index(op.f("ix_audit_entries_subject_id_created_at"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("users")
    op.drop_index(
        "ix_outbox_events_stall", table_name="outbox_events", postgresql_where=sa.text("stall_id IS NOT NULL")
    )
    op.drop_index(
        "ix_outbox_events_not_relayed",
        table_name="outbox_events",
        postgresql_where=sa.text("relayed_at IS NULL"),
    )
    op.drop_table("outbox_events")
    op.drop_table("banks")
    op.drop_index(op.f("ix_admin_units_province_code_level"), table_name="admin_units")
    op.drop_table("admin_units")
    op.execute("DROP FUNCTION new_order_code, wake_relay, refuse_change")
    op.execute("DROP SEQUENCE order_code_tail")
