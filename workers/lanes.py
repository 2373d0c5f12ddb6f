"""Calls to the outside, several at a time, each floor in a lane of its own and payment channels in one: whoever waits
for a slow one holds up nobody.

A job goes on with what its queue holds next: a process for every hundred listings would leave floors idle while it is
made, and again while the slowest of them ends. Other jobs on the queue have their turn when it comes.
"""

import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta

import structlog

from workers.database import transaction
from workers.deliveries import StoredEvent, load_pending, put_off
from workers.road import take_next
from workers.runtime import OutsideCall, Result, Task, run_call
from workers.subscriptions import JOBS

log = structlog.get_logger()

WIDTH = 8
"""Calls at a time to one floor: one of 50 ms a call and 50 calls a second needs four, and some wait for the
database."""
IN_HAND = 96
"""Events taken and not done yet, so that no lane runs dry while the next ones are fetched."""
BEGINS_SECONDS = 300.0
"""Nothing is begun later: floors are idle for a moment while the next process begins."""
FOR_A_MOMENT = 2.0
"""So long where something more urgent may wait for the same worker."""
LONGEST_SECONDS = 100.0
"""Of one event's calls: shorter than a publication is leased. Nobody can stop a thread that a floor keeps, one word at
a time; its process can be ended, and who lost the lease is at work no more."""
LOOK_SECONDS = 0.1

stopping = threading.Event()
"""Set where the worker is asked to stop: what is under way is done, nothing is begun."""


def run_calls(
    job: str,
    event_ids: Sequence[int],
    make: Callable[[], OutsideCall[Task, Result]],
    tireless: bool = False,
    begins_seconds: float | None = None,
) -> None:
    """One call for each of these events and of those that the queue holds next. What is not begun within
    `begins_seconds` (else BEGINS_SECONDS) is sent again; `tireless` as in `run_call`."""
    with ExitStack() as stack:
        lanes = Lanes(
            job, make, stack, tireless, BEGINS_SECONDS if begins_seconds is None else begins_seconds
        )
        while event_ids or lanes.busy:
            lanes.put(event_ids)
            if lanes.closed:
                return
            event_ids = take_next(JOBS[job])
            if not event_ids:
                lanes.wait(LOOK_SECONDS)


class Lanes:
    """Threads by floor, until `stack` is closed; what is about no floor has one lane."""

    def __init__(
        self,
        job: str,
        make: Callable[[], OutsideCall[Task, Result]],
        stack: ExitStack,
        tireless: bool,
        begins_seconds: float,
    ) -> None:
        self._job = job
        self._make = make
        self._tireless = tireless
        self._ends = time.monotonic() + begins_seconds
        self._room = threading.Semaphore(IN_HAND)
        self._under_way: set[Future[None]] = set()
        self._begun: dict[int, float] = {}
        """When the events were that threads are at."""
        self._left: list[int] = []
        over = threading.Event()
        threading.Thread(target=self._watch, args=(over,), daemon=True).start()
        stack.callback(over.set)
        stack.callback(self._send_again)
        self._of_floor = defaultdict[str, ThreadPoolExecutor](
            lambda: stack.enter_context(ThreadPoolExecutor(WIDTH))
        )

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    @property
    def closed(self) -> bool:
        """Nothing more is begun."""
        return stopping.is_set() or time.monotonic() >= self._ends

    def wait(self, seconds: float) -> None:
        """For so long, or until nothing is under way."""
        wait(self._under_way.copy(), seconds)

    def put(self, event_ids: Sequence[int]) -> None:
        """Have those done that are not, in their order; returns when there is room for more."""
        if not event_ids:
            return
        with transaction() as session:
            events = load_pending(session, self._job, event_ids)
        for event in events:
            self._room.acquire()
            begun = self._of_floor[event.payload.get("marketplace", "")].submit(self._do, event)
            self._under_way.add(begun)
            begun.add_done_callback(self._end)

    def _do(self, event: StoredEvent) -> None:
        if self.closed:
            self._left.append(event.id)
            return
        self._begun[event.id] = time.monotonic()
        try:
            run_call(self._job, event.id, self._make(), event, self._tireless)
        finally:
            del self._begun[event.id]

    def _watch(self, over: threading.Event) -> None:
        while not over.wait(LOOK_SECONDS * 10):
            first = min(list(self._begun.values()), default=time.monotonic())
            if time.monotonic() - first > LONGEST_SECONDS:
                log.critical("call_without_end", job=self._job, event_ids=sorted(self._begun))
                os._exit(1)

    def _end(self, done: "Future[None]") -> None:
        self._under_way.discard(done)
        self._room.release()

    def _send_again(self) -> None:
        with transaction() as session:
            put_off(session, self._job, self._left, timedelta())
