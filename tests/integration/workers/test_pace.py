"""No second holds more of a floor's calls than it lets in, however late they go or arrive; and hardly fewer."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from workers.pace import FEW_ANSWERS, ON_THE_WAY, FloorPace
from workers.queues import redis

CALLS_A_SECOND = 50
FLOOR = "tiktok"


@pytest.fixture(autouse=True)
def _fresh_road(session: Session) -> None:
    redis().delete(f"floor:{FLOOR}:calls")


class Door:
    """A floor that counts a call when it arrives, and answers after a while."""

    def __init__(self, answer_seconds: float = 0.02) -> None:
        self.arrivals: list[float] = []
        self._answer_seconds = answer_seconds
        self._lock = threading.Lock()

    def call(self, on_the_way: float = 0.0) -> None:
        time.sleep(on_the_way)
        with self._lock:
            self.arrivals.append(time.monotonic())
        time.sleep(self._answer_seconds)

    def stand_still(self, seconds: float) -> None:
        """What comes meanwhile is counted afterwards, all at once."""
        with self._lock:
            time.sleep(seconds)

    @property
    def tightest(self) -> float:
        """The shortest time that held one call more than a second may."""
        arrived = sorted(self.arrivals)
        return min(last - first for first, last in zip(arrived, arrived[CALLS_A_SECOND:], strict=False))


def call_many(door: Door, calls: int, *, slow: float = 0.0, still: float = 0.0) -> None:
    """By two workers of six threads each; one in ten is up to `slow` seconds longer on its way. After a second the
    floor stands still for `still` seconds."""
    chance = random.Random(7)
    workers = [FloorPace(FLOOR, CALLS_A_SECOND) for _ in range(2)]

    def call(number: int) -> None:
        with workers[number % 2]():
            door.call(chance.uniform(0, slow) if number % 10 == 0 else 0.0)

    with ThreadPoolExecutor(12) as pool:
        threading.Timer(1.0, door.stand_still, [still]).start()
        for done in [pool.submit(call, number) for number in range(calls)]:
            done.result()


def test_calls_of_all_workers_together_keep_the_pace() -> None:
    door = Door()
    began = time.monotonic()
    call_many(door, 130)
    assert door.tightest >= 1.0
    assert time.monotonic() - began < 1.4 * 130 / CALLS_A_SECOND


def test_a_call_that_is_late_on_its_way_makes_no_second_too_full() -> None:
    door = Door()
    call_many(door, 130, slow=10 * ON_THE_WAY)
    assert door.tightest >= 1.0


@pytest.mark.parametrize("still", [0.4, 1.5])
def test_a_floor_that_stood_still_is_not_overrun(still: float) -> None:
    """Nor is a second lost by it, but for the one after it."""
    door, began = Door(), time.monotonic()
    call_many(door, 180, still=still)
    assert door.tightest >= 1.0
    assert time.monotonic() - began < 1.4 * 180 / CALLS_A_SECOND + still + 1.0


def test_a_floor_of_less_than_a_call_a_second_waits_for_longer() -> None:
    pace, began = FloorPace(FLOOR, 0.8), time.monotonic()
    for _ in range(2):
        with pace():
            pass
    assert time.monotonic() - began >= 1.25


def test_what_a_slow_call_counts_later_is_told_when_nobody_is_left_to_tell_it() -> None:
    pace = FloorPace(FLOOR, CALLS_A_SECOND)
    for _ in range(FEW_ANSWERS):
        with pace():
            pass
    with pace():
        time.sleep(0.2)
    held = {name: int(value) for name, value in redis().hgetall(f"floor:{FLOOR}:calls").items()}
    slot = str(held.pop(b"number") % CALLS_A_SECOND).encode()
    assert held[slot] - held[b"last"] > 150_000
