"""Cursors of orders that change while they are read: nothing is left out, little is told twice."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from gateways.errors import GatewayRejected

T = TypeVar("T")

FIRST = timedelta(days=90)
"""How far back a first look goes."""


@dataclass(frozen=True)
class Place:
    """How far we are: the floor's times (Unix seconds) from `since` on, of which `seen` were told already, each
    written `number state@time of its last change`: floors count in seconds, and an order may change twice in one.
    `until` and `page` stand where a span is read in pages."""

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


def read_sorted(
    place: Place, fetch: Callable[[int, int], list[T]], mark: Callable[[T], tuple[str, int]], size: int
) -> tuple[list[T], Place]:
    """What is new from `place` on and the place after it; nothing new means that there is no more now.

    `fetch(since, page)` gives what changed at `since` or later, the earliest change first, `size` a page; `mark` a
    thing's number and time of change. Pages are counted only within one second: what changes meanwhile moves away
    from the front, and would pull the next page's first thing over to this one.
    """
    page = 1
    while True:
        things = fetch(place.since, page)
        marks = [mark(thing) for thing in things]
        fresh = [
            thing
            for thing, (number, changed) in zip(things, marks, strict=True)
            if place.is_new(number, changed)
        ]
        full, latest = len(things) >= size, max((changed for _, changed in marks), default=place.since)
        page = page + 1 if full and latest == place.since else 1
        place = place.with_seen(marks).begin_at(max(place.since, latest))
        if fresh or not full:
            return fresh, place
