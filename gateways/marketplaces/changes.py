"""A cursor through orders that a floor gives by the time when they last changed."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Protocol, TypeVar

OVERLAP = timedelta(minutes=2)
"""A change that was stamped before others may come to be seen after them (a slow transaction); never so late."""


PAGE = 50
"""Orders told at once."""
MEANWHILE = 10
"""Orders that may change between two pages."""


@dataclass(frozen=True)
class Version:
    """An order as it was told: `stamp` is when the floor says that it changed, `state` tells apart what changed within
    the floor's smallest time."""

    number: str
    stamp: datetime
    state: str

    @property
    def written(self) -> str:
        return f"{self.stamp.isoformat()} {self.state}"


class Versioned(Protocol):
    """What a floor gives of an order."""

    @property
    def version(self) -> Version: ...


T = TypeVar("T", bound=Versioned)


@dataclass(frozen=True)
class Changes:
    """Everything that changed until `until` is told, but for what comes late: of the last minutes, `told` holds by
    number what was told."""

    until: datetime | None
    told: dict[str, str]

    @classmethod
    def read(cls, cursor: str | None) -> "Changes":
        told: dict[str, str] = json.loads(cursor) if cursor else {}
        return cls(max(map(_stamp, told.values()), default=None), told)

    def written(self) -> str:
        return json.dumps(self.told)

    @property
    def ask_from(self) -> datetime | None:
        """From when on to ask again."""
        return self.until - OVERLAP if self.until else None

    def is_news(self, version: Version) -> bool:
        return self.told.get(version.number) != version.written

    def with_told(self, versions: Iterable[Version]) -> "Changes":
        told = {**self.told, **{version.number: version.written for version in versions}}
        until = max(map(_stamp, told.values()), default=None)
        if until is None:
            return self
        return Changes(
            until, {n: written for n, written in told.items() if _stamp(written) >= until - OVERLAP}
        )


def first_news(changes: Changes, ask: Callable[[int], list[T]]) -> list[T]:
    """The first page that holds news, without what was told; empty where there is none. `ask(skip)` gives PAGE orders,
    the earliest change first; pages overlap, since what changes meanwhile moves to the end and leaves a gap."""
    for skip in count(0, PAGE - MEANWHILE):
        found = ask(skip)
        news = [order for order in found if changes.is_news(order.version)]
        if news or len(found) < PAGE:
            return news
    return []


def _stamp(written: str) -> datetime:
    return datetime.fromisoformat(written.partition(" ")[0])
