"""What a kill breaks off: publications that are leased when it falls, and at which nobody is any more."""

import time
from dataclasses import dataclass
from datetime import datetime

from drills.counting import Connection

HELD = """
SELECT l.sku, p.marketplace, p.leased_until, p.published_version IS NULL AND l.status = 'approved'
FROM publications p JOIN listings l ON l.id = p.listing_id WHERE p.leased_until > now()
"""


@dataclass(frozen=True)
class Lease:
    """`create`: its listing has never been said to stand on that floor."""

    sku: str
    floor: str
    until: datetime
    create: bool


class Leases:
    """Nobody gives back what a kill broke off: what is held just after one was broken off by it, or by one before."""

    def __init__(self, connection: Connection) -> None:
        connection.autocommit = True
        self._connection = connection
        self._broken_off: set[tuple[str, str, datetime]] = set()

    def await_work(self, seconds: float) -> None:
        """Until somebody publishes, at most so long."""
        deadline = time.monotonic() + seconds
        while not self._living() and time.monotonic() < deadline:
            time.sleep(0.02)

    def broken_off(self) -> list[Lease]:
        """By the kill that just fell."""
        found = self._living()
        self._broken_off |= {(one.sku, one.floor, one.until) for one in found}
        return found

    def _living(self) -> list[Lease]:
        held = [Lease(*row) for row in self._connection.execute(HELD)]
        return [one for one in held if (one.sku, one.floor, one.until) not in self._broken_off]
