"""What an operator looks at: work that was given up, and the age of work that waits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import DeliveryStatus, EventDelivery, OutboxEvent


@dataclass(frozen=True)
class DeadLetter:
    event_id: int
    event_type: str
    job: str
    attempts: int
    error: str | None
    created_at: datetime


def list_dead_letters(session: Session, limit: int = 200) -> list[DeadLetter]:
    """Deliveries that were given up, the newest first."""
    query = (
        select(
            EventDelivery.event_id,
            OutboxEvent.type,
            EventDelivery.job,
            EventDelivery.attempts,
            EventDelivery.error,
            OutboxEvent.created_at,
        )
        .join(OutboxEvent, OutboxEvent.id == EventDelivery.event_id)
        .where(EventDelivery.status == DeliveryStatus.DEAD)
        .order_by(EventDelivery.event_id.desc())
        .limit(limit)
    )
    return [DeadLetter(*row) for row in session.execute(query)]


def oldest_undelivered_seconds(session: Session) -> float:
    """The age in seconds of the oldest event that is not yet on the road; 0 where none waits."""
    oldest = select(func.min(OutboxEvent.created_at)).where(OutboxEvent.relayed_at.is_(None))
    age = func.extract("epoch", func.clock_timestamp() - oldest.scalar_subquery())
    return float(session.scalar(select(func.coalesce(age, 0))) or 0)


def count_waiting(session: Session) -> dict[str, int]:
    """How many events wait for the relay, and how many deliveries are queued and dead."""
    waiting = select(func.count()).where(OutboxEvent.relayed_at.is_(None)).scalar_subquery()
    queued = select(func.count()).where(EventDelivery.status == DeliveryStatus.QUEUED).scalar_subquery()
    dead = select(func.count()).where(EventDelivery.status == DeliveryStatus.DEAD).scalar_subquery()
    row = session.execute(select(waiting, queued, dead)).one()
    return {"waiting": row[0], "queued": row[1], "dead": row[2]}
