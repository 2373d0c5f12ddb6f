"""What a stall's page is told, in the order in which it happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import OutboxEvent

STALL_TOPIC = "stalls"
"""The Redis channel on which pages are woken."""
MOST_MISSED = 200


@dataclass(frozen=True)
class StallEvent:
    """`name` is the event's type without its version, such as `payment.settled`."""

    id: int
    stall_id: UUID
    name: str
    data: dict[str, Any]

    def to_message(self) -> dict[str, Any]:
        return {"id": self.id, "stall_id": str(self.stall_id), "name": self.name, "data": self.data}

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> "StallEvent":
        return cls(message["id"], UUID(message["stall_id"]), message["name"], message["data"])


def list_stall_events(session: Session, stall_id: UUID, after: int) -> list[StallEvent]:
    """Events of one stall after event number `after`, the oldest first."""
    query = (
        select(OutboxEvent)
        .where(OutboxEvent.stall_id == stall_id, OutboxEvent.id > after)
        .order_by(OutboxEvent.id)
        .limit(MOST_MISSED)
    )
    return [_event(row) for row in session.scalars(query)]


def list_events_to_tell(session: Session, event_ids: Sequence[int]) -> list[StallEvent]:
    """These events, as far as they are about a stall."""
    query = select(OutboxEvent).where(OutboxEvent.id.in_(event_ids), OutboxEvent.stall_id.is_not(None))
    return [_event(row) for row in session.scalars(query.order_by(OutboxEvent.id))]


def last_event_id(session: Session, stall_id: UUID) -> int:
    """The number of a stall's latest event, 0 where there is none: where a page begins to listen."""
    query = select(func.coalesce(func.max(OutboxEvent.id), 0)).where(OutboxEvent.stall_id == stall_id)
    return int(session.scalar(query) or 0)


def _event(row: OutboxEvent) -> StallEvent:
    assert row.stall_id is not None
    return StallEvent(row.id, row.stall_id, row.type.rpartition(".v")[0], row.payload)
