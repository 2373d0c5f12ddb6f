"""Many rows in one statement: they travel as one JSON value, and PostgreSQL makes rows of it. Thousands of
parameters would cost more to write down than the rows cost to store."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Text, any_, bindparam, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.sql.selectable import TableValuedAlias

from models.base import Base

Row = Mapping[str, Any]


def given_rows(table: type[Base], rows: Sequence[Row]) -> TableValuedAlias:
    """`rows` as a FROM clause, in their order, with the columns of `table` that the first of them names: all must
    name the same. For values that JSON can tell: numbers, texts, ids, times; no sealed ones."""
    columns = [column(name, table.__table__.c[name].type) for name in rows[0]]
    value = cast(bindparam(None, orjson.dumps(rows, default=str).decode(), type_=Text, unique=True), JSONB)
    return func.jsonb_to_recordset(value).table_valued(*columns).render_derived("given", with_types=True)


def insert_rows(table: type[Base], rows: Sequence[Row]) -> Insert:
    """INSERT of `rows`, which must name every column that only Python has a default for (`id`, for one)."""
    given = given_rows(table, rows)
    return insert(table).from_select(list(rows[0]), select(*given.c), include_defaults=False)


def among(column: ColumnElement[Any] | Any, values: Sequence[Any] | set[Any]) -> ColumnElement[bool]:
    """`column IN values` with one parameter, however many they are."""
    return column == any_(literal(list(values), ARRAY(column.type)))
