"""The books: links and the money that came for them, in one SQLite file that outlives the process.

One process of greenlets uses one connection; no method yields to another greenlet, so each is atomic.
"""

import secrets
import sqlite3
import time
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.payos.clock import VIETNAM, vietnam_now

SCHEMA = Path(__file__).with_name("books.sql")
UNPAID = ("PENDING", "UNDERPAID")
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

Row = dict[str, Any]


class Books:
    """Rows are dictionaries by the columns of `books.sql`; a link's status is that of this second."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.row_factory = lambda cursor, row: {
            column[0]: value for column, value in zip(cursor.description, row, strict=True)
        }
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + SCHEMA.read_text())

    def rows(self, sql: str, *values: Any) -> list[Row]:
        return self._db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> Row | None:
        row: Row | None = self._db.execute(sql, values).fetchone()
        return row

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Raises sqlite3.IntegrityError where it is there already."""
        places = ",".join("?" * len(row))
        self._db.execute(f"INSERT INTO {table} ({','.join(row)}) VALUES ({places})", tuple(row.values()))

    def open_link(self, client_id: str, body: Mapping[str, Any]) -> Row:
        """Raises sqlite3.IntegrityError where the client has used the order code before."""
        link_id = uuid.uuid4().hex
        self.insert(
            "links",
            {
                "id": link_id,
                "client_id": client_id,
                "order_code": body["orderCode"],
                "amount": body["amount"],
                "description": body["description"],
                "return_url": body["returnUrl"],
                "cancel_url": body["cancelUrl"],
                "account_number": f"V3CAS{secrets.randbelow(10**14):014d}",
                "expired_at": body.get("expiredAt"),
                "created_at": vietnam_now(),
            },
        )
        return self.link(link_id)

    def link(self, link_id: str) -> Row:
        """Raises LookupError."""
        return self._seen(self.row("SELECT * FROM links WHERE id = ?", link_id))

    def clients_link(self, client_id: str, name: str) -> Row:
        """A client's link by its id or its order code. Raises LookupError."""
        order_code = int(name) if name.isdecimal() and len(name) < 17 else None
        sql = "SELECT * FROM links WHERE client_id = ? AND (id = ? OR order_code = ?)"
        return self._seen(self.row(sql, client_id, name, order_code))

    def transfers(self, link_id: str) -> list[Row]:
        return self.rows("SELECT * FROM transfers WHERE link_id = ? ORDER BY rowid", link_id)

    def cancel(self, link: Row, reason: str | None) -> Row:
        sql = "UPDATE links SET status = 'CANCELLED', canceled_at = ?, cancellation_reason = ? WHERE id = ?"
        self._db.execute(sql, (vietnam_now(), reason, link["id"]))
        return self.link(link["id"])

    def pay(self, link: Row, amount: int) -> Row:
        """Take a transfer, which comes to the virtual account whatever has become of the link."""
        paid = link["amount_paid"] + amount
        status = ("PAID" if paid >= link["amount"] else "UNDERPAID") if link["status"] in UNPAID else None
        transfer = {
            "reference": new_reference(),
            "link_id": link["id"],
            "amount": amount,
            "occurred_at": vietnam_now(),
        }
        with self._db:
            self._db.execute("BEGIN")
            self.insert("transfers", transfer)
            sql = "UPDATE links SET amount_paid = ?, status = coalesce(?, status) WHERE id = ?"
            self._db.execute(sql, (paid, status, link["id"]))
        return transfer

    def webhook(self, client_id: str) -> str | None:
        row = self.row("SELECT url FROM webhooks WHERE client_id = ?", client_id)
        return row["url"] if row else None

    def set_webhook(self, client_id: str, url: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO webhooks (client_id, url) VALUES (?, ?)", (client_id, url))

    @staticmethod
    def _seen(link: Row | None) -> Row:
        if link is None:
            raise LookupError("no such link")
        if link["status"] in UNPAID and link["expired_at"] and link["expired_at"] <= time.time():
            link["status"] = "EXPIRED"
        return link


def new_reference() -> str:
    """A bank's reference of a transfer: FT, year and day of the year, ten characters."""
    return f"FT{datetime.now(VIETNAM):%y%j}" + "".join(secrets.choice(LETTERS) for _ in range(10))
