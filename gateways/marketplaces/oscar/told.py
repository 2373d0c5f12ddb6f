"""What has been told of a shop's orders: it lists all of them, and never says when one changed."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LATE = 100
"""A number that was given out before others may come to be seen after them; never by so many."""
SETTLED = timedelta(days=90)
"""An order so old changes no more."""


@dataclass(frozen=True)
class Entry:
    """An order in the shop's list; `status` in the shop's own words."""

    id: int
    status: str
    placed_at: datetime
    final: bool


@dataclass(frozen=True)
class Told:
    """All orders up to number `closed` are told and final but for those in `statuses`, told as they were then."""

    closed: int
    statuses: dict[int, str]

    @classmethod
    def read(cls, cursor: str | None) -> "Told":
        if cursor is None:
            return cls(0, {})
        kept = json.loads(cursor)
        return cls(kept["closed"], {int(number): status for number, status in kept["open"].items()})

    def written(self) -> str:
        return json.dumps({"closed": self.closed, "open": self.statuses}, ensure_ascii=False)

    def is_news(self, entry: Entry) -> bool:
        if entry.id in self.statuses:
            return self.statuses[entry.id] != entry.status
        return entry.id > self.closed

    def with_told(self, entries: Iterable[Entry], listed: Iterable[Entry], now: datetime) -> "Told":
        """After `entries` were told, the earliest first; of all `listed`, what can change no more is forgotten."""
        statuses = {**self.statuses, **{entry.id: entry.status for entry in entries}}
        closed = max(self.closed, max(statuses, default=0) - LATE)
        kept = {
            entry.id
            for entry in listed
            if entry.id > closed or not (entry.final or now - entry.placed_at > SETTLED)
        }
        return Told(closed, {number: status for number, status in statuses.items() if number in kept})
