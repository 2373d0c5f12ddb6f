"""Many rows in one statement: they travel as one JSON value, and PostgreSQL makes rows of it. Thousands of
parameters would cost more to write down than the rows cost to store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import orjson
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Table,
    Text,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.sql.selectable import TableValuedAlias

from models.base import Base

Row = Mapping[str, Any]


def given_rows(table: type[Base], rows: Sequence[Row]) -> TableValuedAlias:
    """`rows` as a FROM clause, in their order, with the columns of `table` that the first of them names: all must
    name the same. For values that JSON can tell: numbers, texts, ids, times; no sealed ones."""
    return _given(table, rows[0], bindparam(None, as_json(rows), type_=Text, unique=True))


def insert_rows(table: type[Base], rows: Sequence[Row]) -> Insert:
    """INSERT of `rows`, which must name every column that only Python has a default for (`id`, for one)."""
    return _insert(table, list(rows[0]), given_rows(table, rows))


def insert_given(table: type[Base], names: Sequence[str]) -> Insert:
    """The same of rows that come as parameter `rows` (`as_json`) and name these columns: put together once, where a
    row at a time is written often."""
    return _insert(table, names, _given(table, names, bindparam("rows", type_=Text)))


def as_json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=str).decode()


def _given(table: type[Base], names: Iterable[str], value: BindParameter[str]) -> TableValuedAlias:
    columns = [column(name, table.__table__.c[name].type) for name in names]
    rows = func.jsonb_to_recordset(sql_cast(value, JSONB))
    return rows.table_valued(*columns).render_derived("given", with_types=True)


def _insert(table: type[Base], names: Sequence[str], given: TableValuedAlias) -> Insert:
    return insert(cast(Table, table.__table__)).from_select(
        list(names), select(*given.c), include_defaults=False
    )


def among(column: ColumnElement[Any] | Any, values: Sequence[Any] | set[Any]) -> ColumnElement[bool]:
    """`column IN values` with one parameter, however many they are."""
    return column == any_(literal(list(values), ARRAY(column.type)))
