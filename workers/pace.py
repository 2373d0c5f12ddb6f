"""A floor's calls: as many in a second as it lets in, never more, for all workers together.

Redis keeps when each of a floor's last calls went. The next one has its turn a second after the one as many calls
before it as a second may hold, and a little, since the ways of two calls differ. Of a call that went late, or whose
answer was so slow that it may have come to the floor late, Redis is told: it counts from then. Once, with the answer,
where the little covers what it went late.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache

from services.marketplaces import floor_named
from workers.queues import redis

ON_THE_WAY = 0.02
"""Seconds by which one call may be longer on its way than another."""
SLOW = 0.012
"""Of a call that took so much longer than the quickest, the rest is taken for its way."""
LATE = ON_THE_WAY - SLOW
"""Of a call that went so little late, and was no slower than that, Redis need not be told: both are covered."""
ANSWERS, FEW_ANSWERS = 200, 10
"""The quickest of the last so many is what a floor takes itself. While few are known it is taken to need no time."""
SPREAD = 0.75
"""Of the time between two calls, if they stood evenly apart: after a pause they are made up for, but not in one go."""

TAKE_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local slot = redis.call('HINCRBY', KEYS[1], 'number', 1) % ARGV[1]
local before = redis.call('HMGET', KEYS[1], slot, 'last')
local turn = math.max(now, (tonumber(before[1]) or 0) + ARGV[2], (tonumber(before[2]) or 0) + ARGV[3])
redis.call('HSET', KEYS[1], slot, string.format('%.0f', turn), 'last', string.format('%.0f', turn))
redis.call('PEXPIRE', KEYS[1], 60000)
return {slot, turn - now}
"""
"""Microseconds."""


class FloorPace:
    """`gateways.marketplaces.base.Pace` of one floor, kept by all workers."""

    def __init__(self, marketplace: str, calls_per_second: float) -> None:
        self._key = f"floor:{marketplace}:calls"
        self._calls = max(1, int(calls_per_second))
        self._seconds = self._calls / calls_per_second
        self._apart = SPREAD / calls_per_second
        self._take = redis().register_script(TAKE_TURN)
        self._answers: deque[float] = deque(maxlen=ANSWERS)

    def __call__(self) -> AbstractContextManager[None]:
        return self._turn()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        asked = time.monotonic()
        longest, apart = _microseconds(self._seconds + ON_THE_WAY), _microseconds(self._apart)
        slot, wait = self._take(keys=[self._key], args=[self._calls, longest, apart])
        time.sleep(wait / 1_000_000)
        began = time.monotonic()
        late = began - asked - wait / 1_000_000
        if late > ON_THE_WAY:
            self._shift(slot, late)
            late = 0.0
        try:
            yield
        finally:
            self._shift(slot, late + self._slowness(time.monotonic() - began))

    def _slowness(self, took: float) -> float:
        """How much of the time that a call took may have been its way to the floor."""
        quickest = min(self._answers) if len(self._answers) >= FEW_ANSWERS else 0.0
        self._answers.append(took)
        return max(took - quickest - SLOW, 0.0) if took < self._seconds else 0.0

    def _shift(self, slot: int, seconds: float) -> None:
        if seconds > LATE:
            redis().hincrby(self._key, str(slot), _microseconds(seconds))


@cache
def pace_of(marketplace: str) -> FloorPace:
    return FloorPace(marketplace, floor_named(marketplace).calls_per_second)


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
