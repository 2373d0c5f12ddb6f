"""A floor's calls: as many in a second as it lets in, never more, for all workers together.

Redis keeps when each of a floor's last calls went. The next one has its turn a second after the one as many calls
before it as a second may hold, and a little, since the ways of two calls differ. Of a call that went late, or whose
answer was so slow that it may have come to the floor late, Redis is told: it counts from then. At once where the little
does not cover what it went late; else when the next one takes its turn, long before a second is over, or when nobody
else here is under way.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache
from itertools import chain

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

COUNT_LATER = """
for told = FIRST, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[told]) or 0)
  if tonumber(ARGV[told + 1]) > known then redis.call('HSET', KEYS[1], ARGV[told], ARGV[told + 1]) end
end
"""
"""Microseconds; the arguments are slots of earlier calls, each with when it counts from. A later one may have its slot
by now: the later of both counts."""
TELL = COUNT_LATER.replace("FIRST", "1")
TAKE_TURN = (
    COUNT_LATER.replace("FIRST", "4")
    + """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local slot = redis.call('HINCRBY', KEYS[1], 'number', 1) % ARGV[1]
local before = redis.call('HMGET', KEYS[1], slot, 'last')
local turn = math.max(now, (tonumber(before[1]) or 0) + ARGV[2], (tonumber(before[2]) or 0) + ARGV[3])
redis.call('HSET', KEYS[1], slot, string.format('%.0f', turn), 'last', string.format('%.0f', turn))
redis.call('PEXPIRE', KEYS[1], 60000)
return {slot, turn, turn - now}
"""
)


class FloorPace:
    """`gateways.marketplaces.base.Pace` of one floor, kept by all workers."""

    def __init__(self, marketplace: str, calls_per_second: float) -> None:
        self._key = f"floor:{marketplace}:calls"
        self._calls = max(1, int(calls_per_second))
        self._seconds = self._calls / calls_per_second
        self._apart = SPREAD / calls_per_second
        self._take = redis().register_script(TAKE_TURN)
        self._count_later = redis().register_script(TELL)
        self._answers: deque[float] = deque(maxlen=ANSWERS)
        self._untold: deque[tuple[int, int]] = deque()
        """Slots, and when their calls count from (microseconds, by the clock of Redis)."""
        self._under_way = 0
        self._lock = threading.Lock()

    def __call__(self) -> AbstractContextManager[None]:
        return self._turn()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        asked = time.monotonic()
        slot, turn, wait = self._take_turn()
        time.sleep(wait)
        began = time.monotonic()
        late = began - asked - wait
        with self._entered():
            if late > ON_THE_WAY:
                self._note(slot, turn, late)
                self._tell()
            try:
                yield
            finally:
                self._note(slot, turn, late + self._slowness(time.monotonic() - began))

    def _take_turn(self) -> tuple[int, int, float]:
        """A slot, when it begins by the clock of Redis, and the seconds until then."""
        longest, apart = _microseconds(self._seconds + ON_THE_WAY), _microseconds(self._apart)
        told = chain.from_iterable(self._taken())
        slot, turn, wait = self._take(keys=[self._key], args=[self._calls, longest, apart, *told])
        return slot, turn, wait / 1_000_000

    @contextmanager
    def _entered(self) -> Iterator[None]:
        """Whoever leaves last tells what the others left to the next one's turn."""
        with self._lock:
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                is_last = not self._under_way
            if is_last:
                self._tell()

    def _slowness(self, took: float) -> float:
        """How much of the time that a call took may have been its way to the floor."""
        quickest = min(self._answers) if len(self._answers) >= FEW_ANSWERS else 0.0
        self._answers.append(took)
        return max(took - quickest - SLOW, 0.0)

    def _note(self, slot: int, turn: int, late: float) -> None:
        if late > LATE:
            self._untold.append((slot, turn + _microseconds(late)))

    def _tell(self) -> None:
        if told := list(chain.from_iterable(self._taken())):
            self._count_later(keys=[self._key], args=told)

    def _taken(self) -> Iterator[tuple[int, int]]:
        """What is untold yet, each to one of the threads that ask for it."""
        with suppress(IndexError):
            while True:
                yield self._untold.popleft()


@cache
def pace_of(marketplace: str) -> FloorPace:
    return FloorPace(marketplace, floor_named(marketplace).calls_per_second)


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
