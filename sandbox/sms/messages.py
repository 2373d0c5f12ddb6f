"""What was sent, in one SQLite file that outlives the process; a key is sent once."""

import sqlite3
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, phone TEXT NOT NULL, text TEXT NOT NULL,
    sent_at TEXT NOT NULL, asked INTEGER NOT NULL DEFAULT 1
)
"""


class KeyReused(Exception):
    """The key stands for another message."""


class Messages:
    """Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute(SCHEMA)
        self._lock = threading.Lock()

    def send(self, key: str, phone: str, text: str) -> tuple[str, bool]:
        """The message's id, and whether it is new. Raises KeyReused."""
        row = (key, uuid.uuid4().hex, phone, text, datetime.now(UTC).isoformat(timespec="seconds"))
        with self._lock:
            sql = "INSERT INTO messages (key, id, phone, text, sent_at) VALUES (?, ?, ?, ?, ?)"
            sql += " ON CONFLICT (key) DO UPDATE SET asked = asked + 1 RETURNING *"
            stored = self._db.execute(sql, row).fetchall()[0]
        if (stored["phone"], stored["text"]) != (phone, text):
            raise KeyReused
        return stored["id"], stored["id"] == row[1]

    def list(self, limit: int) -> list[dict[str, Any]]:
        """The latest, the newest first."""
        with self._lock:
            sql = "SELECT * FROM messages ORDER BY rowid DESC LIMIT ?"
            return [dict(row) for row in self._db.execute(sql, (limit,))]
