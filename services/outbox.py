"""How an event is recorded: in the same transaction as the change itself (`services.events` says which there are)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.orm import Session

from models import OutboxEvent
from models.bulk import as_json, insert_given


@dataclass(frozen=True)
class Event:
    """`type` is `noun.past_participle.vN`; `market_id` and `stall_id`, where there are any, say who is told."""

    type: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def record(session: Session, *events: Event) -> None:
    """Store `events` with the change that made them; what is rolled back tells nobody."""
    record_all(session, events)


def record_all(session: Session, events: Sequence[Event]) -> None:
    """The same for many, in one statement."""
    if events:
        session.execute(_RECORD, {"rows": as_json([_row(event) for event in events])})


_RECORD = insert_given(OutboxEvent, ("type", "payload", "market_id", "stall_id"))


def _row(event: Event) -> dict[str, Any]:
    return {
        "type": event.type,
        "payload": event.payload(),
        "market_id": getattr(event, "market_id", None),
        "stall_id": getattr(event, "stall_id", None),
    }
