"""What a stall's page is told, in the order in which it happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import OutboxEvent
from models.bulk import among

STALL_TOPIC = "stalls"
"""The Redis channel on which pages are woken: a message is the ids of stalls, between blanks."""
MOST_AT_ONCE = 200


@dataclass(frozen=True)
class StallEvent:
    """`name` is the event's type without its version, such as `payment.settled`."""

    id: int
    name: str
    data: dict[str, Any]


def list_stall_events(session: Session, stall_id: UUID, after: int) -> list[StallEvent]:
    """Events of one stall after event number `after`, the oldest first; the first MOST_AT_ONCE of them. A
    stall's events are committed in the order of their numbers (`services.turns`), so none appears behind."""
    query = (
        select(OutboxEvent)
        .where(OutboxEvent.stall_id == stall_id, OutboxEvent.id > after)
        .order_by(OutboxEvent.id)
        .limit(MOST_AT_ONCE)
    )
    return [_event(row) for row in session.scalars(query)]


def list_stalls_to_wake(session: Session, event_ids: Sequence[int]) -> list[UUID]:
    """The stalls that these events are about."""
    query = select(OutboxEvent.stall_id).where(among(OutboxEvent.id, event_ids)).distinct()
    return [stall_id for stall_id in session.scalars(query) if stall_id]


def last_event_id(session: Session, stall_id: UUID) -> int:
    """The number of a stall's latest event, 0 where there is none: where a page begins to listen."""
    query = select(func.coalesce(func.max(OutboxEvent.id), 0)).where(OutboxEvent.stall_id == stall_id)
    return int(session.scalar(query) or 0)


def _event(row: OutboxEvent) -> StallEvent:
    return StallEvent(row.id, row.type.rpartition(".v")[0], row.payload)
