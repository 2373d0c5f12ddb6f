"""Putting work that was given up back on the road."""

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from models import DeliveryStatus, EventDelivery, OutboxEvent


def replay_dead(session: Session, event_id: int | None = None) -> int:
    """Let dead deliveries (of one event, or all) be tried afresh; how many."""
    statement = (
        update(EventDelivery)
        .where(EventDelivery.status == DeliveryStatus.DEAD)
        .values(status=DeliveryStatus.QUEUED, attempts=0, due_at=func.now())
        .returning(EventDelivery.event_id)
    )
    if event_id is not None:
        statement = statement.where(EventDelivery.event_id == event_id)
    return len(session.scalars(statement).all())


def hasten(session: Session, marketplace: str) -> None:
    """What waits for one floor waits no longer."""
    session.execute(
        update(EventDelivery)
        .where(
            EventDelivery.status == DeliveryStatus.QUEUED,
            EventDelivery.due_at > func.now(),
            EventDelivery.event_id == OutboxEvent.id,
            OutboxEvent.payload["marketplace"].astext == marketplace,
        )
        .values(due_at=func.now()),
        execution_options={"synchronize_session": False},
    )
