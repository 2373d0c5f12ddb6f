"""Server-sent events: what happens at a stall, told to its page within the second.

One thread a process listens to Redis and hands on; each connection is a greenlet that waits. Redis only
wakes: what was missed is read from the outbox, by `Last-Event-ID`.
"""

import json
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import structlog
from redis import Redis, RedisError
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.queries.stall_events import STALL_TOPIC, StallEvent, list_stall_events

log = structlog.get_logger()

HEARTBEAT_SECONDS = 15
LONGEST_SECONDS = 30 * 60
"""After this the browser connects anew, and its right to listen is looked at again."""
RETRY_MILLISECONDS = 2_000


class StallFeed:
    """Hands events of stalls to whoever listens in this process."""

    def __init__(self, redis: "Redis[Any]", engine: Engine) -> None:
        self._redis = redis
        self._engine = engine
        self._listeners: dict[UUID, set[queue.SimpleQueue[StallEvent]]] = defaultdict(set)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def follow(self, stall_id: UUID, last_id: int | None) -> Iterator[str]:
        """The lines of an event stream, beginning after `last_id` (now, where it is None)."""
        with self._listening(stall_id) as inbox:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            told = set()
            for event in self._missed(stall_id, last_id):
                told.add(event.id)
                yield _lines(event)
            ends = time.monotonic() + LONGEST_SECONDS
            while time.monotonic() < ends:
                try:
                    event = inbox.get(timeout=HEARTBEAT_SECONDS)
                except queue.Empty:
                    yield ": still here\n\n"
                    continue
                if event.id not in told:
                    yield _lines(event)

    def _missed(self, stall_id: UUID, last_id: int | None) -> list[StallEvent]:
        if last_id is None:
            return []
        with Session(self._engine) as session:
            return list_stall_events(session, stall_id, last_id)

    @contextmanager
    def _listening(self, stall_id: UUID) -> Iterator["queue.SimpleQueue[StallEvent]"]:
        inbox: queue.SimpleQueue[StallEvent] = queue.SimpleQueue()
        with self._lock:
            self._listeners[stall_id].add(inbox)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="stall-feed", daemon=True)
                self._thread.start()
        try:
            yield inbox
        finally:
            with self._lock:
                self._listeners[stall_id].discard(inbox)
                if not self._listeners[stall_id]:
                    del self._listeners[stall_id]

    def _run(self) -> None:
        while True:
            try:
                self._hand_on()
            except RedisError as error:
                log.warning("stall_feed_interrupted", error=type(error).__name__)
                time.sleep(1)

    def _hand_on(self) -> None:
        with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(STALL_TOPIC)
            for message in subscription.listen():
                event = StallEvent.from_message(json.loads(message["data"]))
                with self._lock:
                    inboxes = list(self._listeners.get(event.stall_id, ()))
                for inbox in inboxes:
                    inbox.put(event)


def _lines(event: StallEvent) -> str:
    data = json.dumps(event.data, ensure_ascii=False)
    return f"id: {event.id}\nevent: {event.name}\ndata: {data}\n\n"
