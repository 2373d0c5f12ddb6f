"""Who sends notices with false signatures, and how often; and which floor pushes more than is looked at.
Genuine notices of money never come here."""

import time
from collections import OrderedDict

PER_MINUTE = 100
MOST_ADDRESSES = 10_000
MINUTE = 60.0


class Forgeries:
    """Counts by address (or floor) and minute; the oldest addresses are forgotten, so memory is bounded."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def count(self, address: str) -> int | None:
        """Note one forgery; the seconds to wait where the address has had too many."""
        moment = time.monotonic()
        began, seen = self._counts.pop(address, (moment, 0))
        if moment - began > MINUTE:
            began, seen = moment, 0
        self._counts[address] = (began, seen + 1)
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return int(MINUTE - (moment - began)) + 1 if seen >= PER_MINUTE else None
