"""Databases at any of the migrations, and what stands in them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
from alembic.config import Config
from psycopg import sql

from web.cli import MIGRATIONS

ALEMBIC = Config()
ALEMBIC.set_main_option("script_location", str(MIGRATIONS))

Make = Callable[[str], str]

PLACE = """
    insert into admin_units (code, level, name, kind, folded_name, province_code)
      values ('15', 'province', 'Lào Cai', 'tỉnh', 'lao cai', '15'),
             ('02839', 'commune', 'Bắc Hà', 'xã', 'bac ha', '15');
    insert into markets (id, code, name, commune_code, weekdays)
      values ('00000000-0000-4000-8000-000000000001', 'CH1', 'Chợ', '02839', '{}')
"""


def rows(url: str, query: str) -> set[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return set(connection.execute(query).fetchall())


def put(connection: psycopg.Connection, table: str, **facts: Any) -> UUID:
    """One row, by plain SQL; its id."""
    facts = {"id": uuid4()} | facts
    names = sql.SQL(", ").join(map(sql.Identifier, facts))
    values = sql.SQL(", ").join(map(sql.Placeholder, facts))
    query = sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier(table), names, values)
    connection.execute(query, facts)
    return facts["id"]
