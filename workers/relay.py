"""The relay: takes events from the outbox to the road. `python -m workers.relay`; several may run.

It is woken by NOTIFY and looks by itself every second. An event's jobs are enqueued, then marked in the same
transaction that locked the event: dying in between sends them twice, never not at all. What was enqueued and
is not done when its lease ends is sent again; all of it at once where Redis was emptied.
"""

import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterable

import psycopg
import structlog
from redis import RedisError
from sqlalchemy import ColumnElement, func, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from core.logging import set_up_logging
from models import DeliveryStatus, EventDelivery, OutboxEvent
from models.bulk import among
from workers import road
from workers.database import transaction
from workers.deliveries import owe
from workers.subscriptions import FOLLOWERS, JOBS, Subscription

BATCH = 1_000
SWEEP_SECONDS = 1.0
LONGEST_PAUSE = 5.0

log = structlog.get_logger()


def relay_once() -> int:
    """Move one batch of new events and one of overdue deliveries; how many there were."""
    if road.was_emptied():
        _hasten_all()
        road.mark()
    return _relay_new() + _relay_overdue()


def _relay_new() -> int:
    with transaction() as session:
        query = (
            select(OutboxEvent.id, OutboxEvent.type)
            .where(OutboxEvent.relayed_at.is_(None), OutboxEvent.type.in_(FOLLOWERS))
            .order_by(OutboxEvent.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        events = session.execute(query).all()
        if not events:
            return 0
        owed: dict[Subscription, list[int]] = defaultdict(list)
        for event_id, event_type in events:
            for subscription in FOLLOWERS[event_type]:
                owed[subscription].append(event_id)
        moment = now()
        for subscription, event_ids in owed.items():
            road.send(subscription, event_ids)
            owe(session, subscription.name, event_ids, moment + subscription.lease)
        ids = [event.id for event in events]
        session.execute(
            update(OutboxEvent).where(among(OutboxEvent.id, ids)).values(relayed_at=func.now()),
            execution_options={"synchronize_session": False},
        )
    return len(events)


def _relay_overdue() -> int:
    with transaction() as session:
        query = (
            select(EventDelivery.event_id, EventDelivery.job)
            .where(_queued(), EventDelivery.due_at <= func.now())
            .order_by(EventDelivery.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
        overdue: dict[str, list[int]] = defaultdict(list)
        for event_id, job in session.execute(query):
            overdue[job].append(event_id)
        for job, event_ids in overdue.items():
            _send_again(session, JOBS[job], event_ids)
    return sum(len(event_ids) for event_ids in overdue.values())


def _send_again(session: Session, subscription: Subscription, event_ids: Iterable[int]) -> None:
    ids = sorted(event_ids)
    late = road.still_queued(subscription, ids)
    road.send(subscription, [event_id for event_id in ids if event_id not in late])
    session.execute(
        update(EventDelivery)
        .where(EventDelivery.job == subscription.name, among(EventDelivery.event_id, ids))
        .values(due_at=func.now() + subscription.lease),
        execution_options={"synchronize_session": False},
    )
    log.info("deliveries_sent_again", job=subscription.name, sent=len(ids) - len(late), late=len(late))


def _hasten_all() -> None:
    """The road was emptied: everything that lay on it is due now. What a job holds at this moment is skipped."""
    key = tuple_(EventDelivery.event_id, EventDelivery.job)
    waiting = (
        select(EventDelivery.event_id, EventDelivery.job)
        .where(_queued(), EventDelivery.due_at > func.now())
        .with_for_update(skip_locked=True)
    )
    with transaction() as session:
        session.execute(
            update(EventDelivery).where(key.in_(waiting)).values(due_at=func.now()),
            execution_options={"synchronize_session": False},
        )
    log.warning("road_was_empty")


def _queued() -> ColumnElement[bool]:
    """Jobs that this release does not have are left to the relay of one that has them."""
    return (EventDelivery.status == DeliveryStatus.QUEUED) & EventDelivery.job.in_(JOBS)


class Relay:
    """The loop around it: waits to be woken, outlives the outages of either server."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def stop(self, *_: object) -> None:
        self._stop.set()

    def run(self) -> None:
        pause = 0.1
        while not self._stop.is_set():
            try:
                self._follow()
                pause = 0.1
            except (psycopg.Error, SQLAlchemyError, RedisError) as error:
                log.warning("relay_interrupted", error=type(error).__name__)
                self._stop.wait(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, LONGEST_PAUSE)

    def _follow(self) -> None:
        dsn = config().database_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(dsn, autocommit=True) as listener:
            listener.execute("LISTEN outbox")
            while not self._stop.is_set():
                began = time.monotonic()
                while relay_once() and not self._stop.is_set():
                    pass
                rest = SWEEP_SECONDS - (time.monotonic() - began)
                for _ in listener.notifies(timeout=max(rest, 0.05), stop_after=1):
                    pass


def main() -> None:
    set_up_logging("relay")
    print("up", flush=True)  # for whoever started us
    relay = Relay()
    signal.signal(signal.SIGTERM, relay.stop)
    signal.signal(signal.SIGINT, relay.stop)
    relay.run()


if __name__ == "__main__":
    main()
