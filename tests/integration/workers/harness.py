"""The relay and the workers, run in the test's own process until nothing is left to do."""

from collections.abc import Sequence
from typing import Any

from rq.serializers import JSONSerializer
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models import EventDelivery, OutboxEvent
from services.events import Event, record
from workers.queues import QueueName, queue, redis
from workers.relay import relay_once
from workers.worker import SteadyWorker


class BriefWorker(SteadyWorker):
    """It takes no orders by the way: ending the thread that waits for them costs a second."""

    def subscribe(self) -> None:
        pass

    def unsubscribe(self) -> None:
        pass


def carry() -> None:
    """The relay takes everything to the road and workers take it from there, until neither finds more."""
    while relay_once():
        work_off()


def work_off() -> None:
    worker = BriefWorker(
        [queue(name) for name in QueueName],
        connection=redis(),
        serializer=JSONSerializer,
        log_job_description=False,
    )
    worker.work(burst=True, logging_level="ERROR")


def on_the_road(name: QueueName) -> list[Any]:
    """The arguments of the jobs that lie on a queue."""
    return [job.args[0] for job in queue(name).get_jobs()]


def put(session: Session, *events: Event) -> list[int]:
    """Commit events; their numbers."""
    before = session.scalar(text("SELECT coalesce(max(id), 0) FROM outbox_events"))
    record(session, *events)
    session.commit()
    return list(
        session.scalars(select(OutboxEvent.id).where(OutboxEvent.id > before).order_by(OutboxEvent.id))
    )


def deliveries(session: Session, job: str | None = None) -> Sequence[EventDelivery]:
    session.rollback()
    session.expire_all()
    query = select(EventDelivery).order_by(EventDelivery.event_id, EventDelivery.job)
    return session.scalars(query.where(EventDelivery.job == job) if job else query).all()


def pass_time(session: Session, seconds: float) -> None:
    """Everything that waits for a moment has waited so much longer."""
    waiting = {
        "event_deliveries": ["due_at"],
        "payment_requests": ["next_poll_at"],
        "refunds": ["next_look_at"],
        "publications": ["leased_until", "next_attempt_at"],
        "floor_cursors": ["next_poll_at"],
    }
    for table, columns in waiting.items():
        changes = ", ".join(f"{column} = {column} - make_interval(secs => :seconds)" for column in columns)
        session.execute(text(f"UPDATE {table} SET {changes}"), {"seconds": seconds})
    session.commit()
    session.expire_all()
