"""How long calls take, and how many an account may make in a second."""

import time
from collections import Counter, defaultdict, deque

import gevent

WINDOW_SECONDS = 1.0


class Throttled(Exception):
    """The account has made its calls of this second."""


class Pace:
    """`latency` in milliseconds for every call; `qps` calls in any second of an account, 0 counts none."""

    def __init__(self, latency: float = 0.0, qps: int = 0) -> None:
        self.latency = latency
        self.qps = qps
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.let_in: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        """Calls of each floor since the pace was set."""

    def change(self, latency: float, qps: int) -> None:
        """From now on; what was counted is forgotten."""
        self.latency, self.qps = latency, qps
        self._calls.clear()
        self.let_in.clear()
        self.refused.clear()

    def enter(self, floor: str, account: str) -> None:
        """Let a call in, after its latency. Raises Throttled."""
        if self.qps and not self._count(self._calls[floor, account]):
            self.refused[floor] += 1
            raise Throttled
        self.let_in[floor] += 1
        self.wait()

    def wait(self) -> None:
        gevent.sleep(self.latency / 1000)

    def _count(self, calls: deque[float]) -> bool:
        """Whether one more fits into this second."""
        now = time.monotonic()
        while calls and calls[0] <= now - WINDOW_SECONDS:
            calls.popleft()
        if len(calls) >= self.qps:
            return False
        calls.append(now)
        return True
