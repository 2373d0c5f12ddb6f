"""The books: what the four floors hold, in one SQLite file that outlives the process.

One process of greenlets uses one connection; no method yields to another greenlet, so each is atomic.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("books.sql")

Row = dict[str, Any]


class Books:
    """Rows are dictionaries by the columns of `books.sql`, their `body` read from JSON."""

    def __init__(self, path: Path) -> None:
        self.on_order: Callable[[Row], None] = lambda _: None
        """Told of every order that is made or changed."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = _row
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA.read_text())

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, *values: Any) -> int:
        """How many rows it changed."""
        return self._db.execute(sql, values).rowcount

    def insert(self, table: str, row: Mapping[str, Any]) -> int:
        """The row's number. Raises sqlite3.IntegrityError where it is there already."""
        places = ",".join("?" * len(row))
        sql = f"INSERT INTO {table} ({','.join(row)}) VALUES ({places})"
        number = int(self._db.execute(sql, tuple(map(_stored, row.values()))).lastrowid or 0)
        if table == "orders":
            self._tell(row["id"])
        return number

    def add_product(self, floor: str, account: str, **columns: Any) -> Row:
        now = int(time.time())
        row = {"floor": floor, "account": account, **columns, "created_at": now, "updated_at": now}
        return self.product(floor, account, self.insert("products", row))

    def product(self, floor: str, account: str, number: Any) -> Row:
        """Raises LookupError."""
        sql = "SELECT * FROM products WHERE floor = ? AND account = ? AND id = ?"
        return _found(self.row(sql, floor, account, number))

    def products(self, floor: str, account: str, sku: str) -> list[Row]:
        sql = "SELECT * FROM products WHERE floor = ? AND account = ? AND sku = ? ORDER BY id"
        return self.rows(sql, floor, account, sku)

    def change(self, table: str, key: Any, **columns: Any) -> None:
        changes = {**columns, "updated_at": int(time.time())}
        names = ", ".join(f"{name} = ?" for name in changes)
        self.run(f"UPDATE {table} SET {names} WHERE id = ?", *map(_stored, changes.values()), key)
        if table == "orders":
            self._tell(key)

    def _tell(self, number: Any) -> None:
        if order := self.row("SELECT * FROM orders WHERE id = ?", number):
            self.on_order(order)

    def order(self, floor: str, account: str, number: str) -> Row:
        """Raises LookupError."""
        sql = "SELECT * FROM orders WHERE floor = ? AND account = ? AND id = ?"
        return _found(self.row(sql, floor, account, number))

    def picture(self, floor: str, account: str, name: str) -> Row | None:
        sql = "SELECT * FROM pictures WHERE floor = ? AND account = ? AND id = ?"
        return self.row(sql, floor, account, name)


def _row(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> Row:
    read = {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
    if isinstance(read.get("body"), str):
        read["body"] = json.loads(read["body"])
    return read


def _stored(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _found(row: Row | None) -> Row:
    if row is None:
        raise LookupError("nothing of that number")
    return row
