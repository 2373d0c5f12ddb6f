"""Server-sent events: what happens at a stall, told to its page within the second.

One thread a process listens to Redis; each connection is a greenlet that waits. Redis only wakes: what is told
is read from the outbox, after the number that the page has seen, so nothing is told twice and a lost waking is
made good by the next one.
"""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import structlog
from redis import Redis, RedisError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.queries.stall_events import STALL_TOPIC, StallEvent, last_event_id, list_stall_events

log = structlog.get_logger()

HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 30 * 60
"""After this the browser connects anew, and its right to listen is looked at again."""
RETRY_MILLISECONDS = 2_000


class StallFeed:
    """Tells whoever listens in this process what happens at a stall."""

    def __init__(self, redis: "Redis[Any]", engine: Engine) -> None:
        self._redis = redis
        self._engine = engine
        self._listeners: dict[UUID, set[threading.Event]] = defaultdict(set)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def follow(self, stall_id: UUID, last_id: int | None) -> Iterator[str]:
        """The lines of an event stream, beginning after `last_id` (now, where it is None)."""
        with self._listening(stall_id) as woken:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            position = self._last(stall_id) if last_id is None else last_id
            ends = time.monotonic() + LONGEST_SECONDS
            while time.monotonic() < ends:
                while events := self._read(stall_id, position):
                    position = events[-1].id
                    yield "".join(map(_lines, events))
                if not woken.wait(HEARTBEAT_SECONDS):
                    yield ": still here\n\n"
                woken.clear()

    def _read(self, stall_id: UUID, after: int) -> list[StallEvent]:
        with Session(self._engine) as session:
            return list_stall_events(session, stall_id, after)

    def _last(self, stall_id: UUID) -> int:
        with Session(self._engine) as session:
            return last_event_id(session, stall_id)

    @contextmanager
    def _listening(self, stall_id: UUID) -> Iterator[threading.Event]:
        woken = threading.Event()
        with self._lock:
            self._listeners[stall_id].add(woken)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="stall-feed", daemon=True)
                self._thread.start()
        try:
            yield woken
        finally:
            with self._lock:
                self._listeners[stall_id].discard(woken)
                if not self._listeners[stall_id]:
                    del self._listeners[stall_id]

    def _run(self) -> None:
        while True:
            try:
                self._heed()
            except RedisError as error:
                log.warning("stall_feed_interrupted", error=type(error).__name__)
                time.sleep(1)

    def _heed(self) -> None:
        """The client subscribes anew by itself when its connection broke, and says no more of it than that it
        has subscribed: what was called out meanwhile was heard by nobody, so all look."""
        with self._redis.pubsub() as subscription:
            subscription.subscribe(STALL_TOPIC)
            for message in subscription.listen():
                called = message["data"].decode().split() if message["type"] == "message" else None
                self._wake(None if called is None else [UUID(stall_id) for stall_id in called])

    def _wake(self, stall_ids: Collection[UUID] | None) -> None:
        """Those that follow these stalls, or all."""
        with self._lock:
            known = self._listeners
            stalls = known.values() if stall_ids is None else [known.get(one, ()) for one in stall_ids]
            for woken in [listener for listeners in stalls for listener in listeners]:
                woken.set()


def _lines(event: StallEvent) -> str:
    data = json.dumps(event.data, ensure_ascii=False)
    return f"id: {event.id}\nevent: {event.name}\ndata: {data}\n\n"
