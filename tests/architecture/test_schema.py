"""The migrations and the models say the same, there is a way back, and refusals name what exists."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.crypto import blind_index, seal, unseal
from models import ApprovalWay, Base, Listing, ListingApproval, ListingStatus
from models.base import make_engine
from services.approvals import waiting_changes
from services.said import said_of
from services.storing import REFUSALS
from tests.architecture.databases import ALEMBIC, PLACE, Make, rows

FUNCTIONS = (
    "create function new_order_code() returns bigint language sql as 'select 1::bigint'",
    "create function different_places(smallint[], text[]) returns boolean immutable language sql as 'select true'",
)
COLUMNS = """
    select table_name, column_name, data_type, is_nullable, is_identity, column_default
    from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'
"""
CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0
      and conrelid::regclass::text <> 'alembic_version' and contype <> 'n'
"""
INDEXES = "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'"
LEFT_OVER = """
    select relname from pg_class where relnamespace = 'public'::regnamespace and relname !~ '^alembic_version'
    union all select proname from pg_proc where pronamespace = 'public'::regnamespace
"""


def test_migrations_lead_to_exactly_the_models(migrated: str, make_database: Make) -> None:
    modelled = make_database("modelled")
    with psycopg.connect(modelled) as connection:
        for function in FUNCTIONS:
            connection.execute(function)
    engine = make_engine(modelled.replace("postgresql://", "postgresql+psycopg://"))
    Base.metadata.create_all(engine)
    engine.dispose()
    for query in (COLUMNS, CONSTRAINTS):
        assert rows(migrated, query) == rows(modelled, query)
    indexes = {row for row in rows(migrated, INDEXES) if row[0] != "alembic_version"}
    assert indexes == rows(modelled, INDEXES)


def test_schema_can_be_taken_back_and_brought_again(migrated: str) -> None:
    before = rows(migrated, COLUMNS) | rows(migrated, CONSTRAINTS)
    command.downgrade(ALEMBIC, "base")
    assert rows(migrated, LEFT_OVER) == set()
    command.upgrade(ALEMBIC, "head")
    assert rows(migrated, COLUMNS) | rows(migrated, CONSTRAINTS) == before


CHANNEL = """
    insert into collection_channels (id, kind, name, market_id, credentials, status, old_keys_until)
    values (%s, 'payos', 'payOS', '00000000-0000-4000-8000-000000000001', %s, 'active', %s)
"""


def test_keys_that_stood_in_one_list_each_become_a_row_with_their_end(migrated: str) -> None:
    command.downgrade(ALEMBIC, "202611291455")
    until = now() + timedelta(days=3)
    with psycopg.connect(migrated) as connection:
        connection.execute(PLACE)
        for client, keys, end in (("one", ["newest", "former"], until), ("two", ["only"], None)):
            credentials = {"client_id": client, "api_key": "a", "checksum_keys": keys}
            connection.execute(CHANNEL, (uuid4(), seal(json.dumps(credentials)), end))
    command.upgrade(ALEMBIC, "head")
    channels = rows(migrated, "select credentials, client_index from collection_channels")
    found = {json.loads(unseal(sealed))["client_id"]: (sealed, index) for sealed, index in channels}  # type: ignore[arg-type]
    newest = {client: json.loads(unseal(sealed))["checksum_keys"] for client, (sealed, _) in found.items()}  # type: ignore[arg-type]
    assert newest == {"one": ["newest"], "two": ["only"]}
    assert found["one"][1] == blind_index("payos_client", "one")
    ((sealed, end),) = rows(migrated, "select credentials, taken_until from former_keys")
    assert (json.loads(unseal(sealed))["checksum_keys"], end) == (["former"], until)  # type: ignore[arg-type]


SELLER = """
    insert into users (id, phone, name, password_hash, password_version, active)
      values (gen_random_uuid(), '+84900000001', 'Chị Thu', 'x', 1, true);
    insert into sellers (id, code, kind, name, folded_name, phone, commune_code, created_by)
      select gen_random_uuid(), 'NB1', 'trader', 'Chị Mẩy', 'chi may', '+84912345678', '02839', id from users
"""
OFFERED = """
    insert into products (id, seller_id, name, unit, goods, certificates, attributes)
      select gen_random_uuid(), id, 'Mận', 'kg', 'fruit', '{}', '{}' from sellers;
    insert into listings (id, product_id, sku, price, stock, status, marketplaces, version)
      select gen_random_uuid(), products.id, sku, 1000, 1, status, '{postmart}', 2
      from products, (values ('SHOWN', 'approved'), ('GONE', 'withdrawn'), ('STANDS', 'withdrawn')) as of (sku, status);
    insert into publications (id, listing_id, marketplace, status, desired_version, published_version, problems,
        attempts)
      select gen_random_uuid(), id, 'postmart', 'waiting', 2, case when sku = 'STANDS' then 1 end, '[]', 0
      from listings
"""


def test_what_no_sheet_had_carried_before_it_was_withdrawn_is_settled(migrated: str) -> None:
    command.downgrade(ALEMBIC, "202611291456")
    with psycopg.connect(migrated) as connection:
        connection.execute(PLACE)
        connection.execute(SELLER)
        connection.execute(OFFERED)
    command.upgrade(ALEMBIC, "head")
    query = "select sku, p.status from publications p join listings l on l.id = p.listing_id"
    assert rows(migrated, query) == {("SHOWN", "waiting"), ("GONE", "withdrawn"), ("STANDS", "waiting")}


GOODS = """
    update admin_units set name = kind || ' ' || name;
    insert into users (id, phone, name, password_hash, password_version, active)
      values ('00000000-0000-4000-8000-000000000010', '+84989999999', 'Bưu', '-', 1, true);
    insert into sellers (id, code, kind, name, folded_name, phone, commune_code, created_by)
      values ('00000000-0000-4000-8000-000000000011', 'NB-1', 'trader', 'Mỷ', 'my', '+84989999998', '02839',
              '00000000-0000-4000-8000-000000000010');
    insert into products (id, seller_id, name, unit, origin_commune, goods, season_from, season_to, certificates,
                          attributes)
      values ('00000000-0000-4000-8000-000000000012', '00000000-0000-4000-8000-000000000011', 'Mận', 'kg', '02839',
              'fruit', 6, 7, '{OCOP}', '{"Giống": "tam hoa"}');
    insert into certificates (id, product_id, name, number, expires_on)
      select gen_random_uuid(), '00000000-0000-4000-8000-000000000012', name, '1', '2027-01-31'
      from unnest(array['VietGAP', 'hữu cơ', 'Hữu cơ']) name;
    insert into photos (id, product_id, position, sha256, status, problem)
      select gen_random_uuid(), '00000000-0000-4000-8000-000000000012', place, sha256(place::text::bytea), status,
             case status when 'refused' then 'mờ' end
      from unnest(array['ready', 'refused', 'waiting']) with ordinality told (status, place);
    insert into listings (id, product_id, sku, price, stock, status, marketplaces, version, variant)
      select gen_random_uuid(), '00000000-0000-4000-8000-000000000012', 'SP-' || status, 35000, 4, lower(status),
             '{shop}', 3, 'Túi 1 kg'
      from unnest(array['APPROVED', 'DRAFT', 'WITHDRAWN']) status;
    insert into audit_entries (id, user_id, action, subject_id, facts)
      select gen_random_uuid(), '00000000-0000-4000-8000-000000000010', 'listing.approved', id, '{}' from listings
"""


def test_what_was_approved_before_is_kept_as_it_is_told(migrated: str) -> None:
    command.downgrade(ALEMBIC, "202611291456")
    with psycopg.connect(migrated) as connection:
        connection.execute(PLACE)
        connection.execute(GOODS)
    command.upgrade(ALEMBIC, "head")
    engine = make_engine(migrated.replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine) as session:
        (approval,) = session.scalars(select(ListingApproval))
        listing = session.scalars(select(Listing).where(Listing.status == ListingStatus.APPROVED)).one()
        assert waiting_changes(listing) == []
        said = said_of(listing)
        assert (said.origin, said.goods, len(said.papers), len(said.photo_ids or ())) == (
            ("02839", "Bắc Hà", "Lào Cai"),
            "fruit",
            3,
            2,
        )
        assert (approval.way, approval.version, approval.approved_by) == (
            ApprovalWay.BEFORE,
            3,
            UUID("00000000-0000-4000-8000-000000000010"),
        )
    engine.dispose()


GIVEN_UP = """
    set session_replication_role = replica;
    insert into publications (id, listing_id, marketplace, status, desired_version, problems, attempts)
      values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000003', 'shopee', 'failed', 1,
              '[]', 12);
    insert into outbox_events (type, payload) values
      ('publication.requested.v1', '{"publication_id": "00000000-0000-4000-8000-000000000002"}');
    insert into event_deliveries (event_id, job, status, attempts, due_at, error)
      select id, 'publish_listing', 'dead', 12, now(), %s from outbox_events
"""


@pytest.mark.parametrize(
    ("error", "after"),
    [("GatewayUnavailable: HTTP 500", {("waiting", "queued")}), ("KeyError", {("failed", "dead")})],
)
def test_what_was_given_up_while_a_floor_was_down_is_asked_again(
    migrated: str, error: str, after: set[tuple[str, str]]
) -> None:
    command.downgrade(ALEMBIC, "202611291456")
    with psycopg.connect(migrated) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(GIVEN_UP, (error,))
    command.upgrade(ALEMBIC, "head")
    assert rows(migrated, "select p.status, d.status from publications p, event_deliveries d") == after


STALLS = """
    insert into banks (bin, code, short_name, name, kind, verified) values ('970422', 'MB', 'MB', 'MB', 'bank', true);
    insert into payout_accounts (id, seller_id, bin, account_number, account_number_index, holder_name)
      select gen_random_uuid(), id, '970422', 'sealed', sha256('x'), 'MAY' from sellers;
    insert into collection_channels (id, kind, name, seller_id, status)
      select gen_random_uuid(), 'direct', 'VietQR', id, 'active' from sellers;
    insert into stalls (id, code, reference, market_id, number, seller_id, payout_account_id, channel_id, closed_on)
      select gen_random_uuid(), v.code, v.code, '00000000-0000-4000-8000-000000000001', number, p.seller_id, p.id, c.id,
             closed_on::date
      from payout_accounts p, collection_channels c, (values ('QU-AAAAAA', 'A1', '2099-01-01'),
        ('QU-BBBBBB', 'A1', '2099-01-02'), ('QU-CCCCCC', 'A1', null), ('QU-DDDDDD', 'A2', '2099-01-01')
      ) v (code, number, closed_on)
"""


def test_closed_stalls_keep_the_way_back_open(migrated: str) -> None:
    with psycopg.connect(migrated) as connection, psycopg.ClientCursor(connection) as cursor:
        cursor.execute(PLACE)
        cursor.execute(SELLER)
        cursor.execute(STALLS)
    command.downgrade(ALEMBIC, "202611300010")
    assert rows(migrated, "select code, number from stalls") == {
        ("QU-AAAAAA", "QU-AAAAAA"),
        ("QU-BBBBBB", "QU-BBBBBB"),
        ("QU-CCCCCC", "A1"),
        ("QU-DDDDDD", "A2"),
    }
    command.upgrade(ALEMBIC, "head")


TWICE = """
    insert into products (id, seller_id, name, unit, goods, certificates, attributes)
      select gen_random_uuid(), id, 'Lê', 'kg', 'fruit', '{}', '{}' from sellers;
    insert into listings (id, product_id, sku, price, stock, status, marketplaces, version, variant, created_at)
      select gen_random_uuid(), products.id, sku, 1000, 1, status, '{}', 2, variant, '2026-11-01'::timestamptz + late
      from products, (values
        ('FIRST', 'draft', null, interval '1 h'), ('SECOND', 'draft', null, interval '2 h'),
        ('THIRD', 'draft', null, interval '3 h'), ('GONE', 'withdrawn', null, interval '0'),
        ('BAG', 'draft', 'Túi', interval '0'), ('BAG-TOO', 'draft', 'túi', interval '1 h'),
        ('BOX', 'draft', 'Thùng', interval '0')) as of (sku, status, variant, late)
"""


def test_what_was_offered_twice_already_stays_and_is_marked(migrated: str) -> None:
    command.downgrade(ALEMBIC, "202611301500")
    with psycopg.connect(migrated) as connection:
        connection.execute(PLACE)
        connection.execute(SELLER)
        connection.execute(TWICE)
    command.upgrade(ALEMBIC, "head")
    doubled = {sku for sku, marked in rows(migrated, "select sku, doubled from listings") if marked}
    assert doubled == {"SECOND", "THIRD", "BAG-TOO"}


@pytest.mark.parametrize("constraint", REFUSALS)
def test_constraint_that_has_words_for_people_exists(constraint: str) -> None:
    tables = Base.metadata.tables.values()
    known = {constraint.name for table in tables for constraint in table.constraints}
    assert constraint in known | {index.name for table in tables for index in table.indexes if index.unique}
