"""Cursors of orders that change while they are read: nothing is left out, little is told twice."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateways.errors import GatewayRejected

FIRST = timedelta(days=90)
"""How far back a first look goes."""


@dataclass(frozen=True)
class Place:
    """How far we are: the floor's times (Unix seconds) from `since` on, of which `seen` were told already, each
    written `number@time of its last change`. `until` and `page` stand where a span is read in pages."""

    since: int
    seen: frozenset[str] = frozenset()
    until: int | None = None
    page: str = ""

    @classmethod
    def read(cls, cursor: str | None, now: datetime) -> "Place":
        """Raises GatewayRejected for what is no cursor of ours."""
        if cursor is None:
            return cls(int((now - FIRST).timestamp()))
        try:
            data: dict[str, Any] = json.loads(cursor)
            return cls(int(data["since"]), frozenset(data["seen"]), data.get("until"), data.get("page", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise GatewayRejected("no cursor of this floor") from error

    def __str__(self) -> str:
        data: dict[str, Any] = {"since": self.since, "seen": sorted(self.seen)}
        if self.until is not None:
            data |= {"until": self.until, "page": self.page}
        return json.dumps(data, separators=(",", ":"))

    def is_new(self, number: str, changed: int) -> bool:
        return stamp(number, changed) not in self.seen

    def with_seen(self, told: Iterable[tuple[str, int]]) -> "Place":
        return replace(self, seen=self.seen | {stamp(number, changed) for number, changed in told})

    def begin_at(self, since: int) -> "Place":
        """Go on from `since`; what changed before it need not be remembered."""
        kept = frozenset(mark for mark in self.seen if int(mark.rpartition("@")[2]) >= since)
        return Place(since, kept)


def stamp(number: str, changed: int) -> str:
    return f"{number}@{changed}"


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
