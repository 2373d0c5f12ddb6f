"""What is owed to which event, and what became of it: kept in the database, so that the road may be lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import BigInteger, Select, Table, any_, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.orm import Session

from core.clock import now
from models import DeliveryStatus, EventDelivery, OutboxEvent

LONGEST_ERROR = 500
_table = cast(Table, EventDelivery.__table__)


@dataclass(frozen=True)
class StoredEvent:
    """An event as a job gets it; `attempts` is how often this job has failed on it before."""

    id: int
    payload: dict[str, Any]
    attempts: int


def load_pending(
    session: Session, job: str, event_ids: Sequence[int], payloads: bool = True
) -> list[StoredEvent]:
    """Those of the events on which `job` still owes its work, in their order; without their `payloads` where the job
    does not read them."""
    given = {"job": job, "event_ids": list(event_ids)}
    return [StoredEvent(*row) for row in session.execute(_pending(payloads), given)]


@cache
def _pending(payloads: bool) -> Select[tuple[int, dict[str, Any], int]]:
    """Put together once: every job begins with it."""
    payload = OutboxEvent.payload if payloads else literal({}, JSONB)
    owed = (EventDelivery.event_id == OutboxEvent.id) & (EventDelivery.job == bindparam("job"))
    return (
        select(OutboxEvent.id, payload, func.coalesce(EventDelivery.attempts, 0))
        .outerjoin(EventDelivery, owed)
        .where(OutboxEvent.id == any_(bindparam("event_ids", type_=ARRAY(BigInteger))))
        .where(func.coalesce(EventDelivery.status, DeliveryStatus.QUEUED) == DeliveryStatus.QUEUED)
        .order_by(OutboxEvent.id)
    )


def owe(session: Session, job: str, event_ids: Sequence[int], due_at: datetime) -> None:
    """The job is on its way for these events; where it is not done by `due_at` it is sent again. A quick job may have
    written its row already: it stays."""
    facts = {"job": job, "status": DeliveryStatus.QUEUED, "due_at": due_at}
    session.execute(_insert(tuple(facts)).on_conflict_do_nothing(), _given(event_ids, facts))


def count_owed(session: Session, job: str) -> int:
    """Events on which `job` still owes its work."""
    owed = (EventDelivery.status == DeliveryStatus.QUEUED, EventDelivery.job == job)
    return session.scalars(select(func.count()).select_from(EventDelivery).where(*owed)).one()


def mark_done(session: Session, job: str, event_ids: Sequence[int]) -> None:
    """The job has done its work on these events, in the transaction that did it."""
    _write(session, job, event_ids, status=DeliveryStatus.DONE, error=None)


def postpone(session: Session, job: str, event: StoredEvent, pause: timedelta, error: str) -> datetime:
    """It failed; the relay brings it again after `pause`. When that is."""
    due_at = now() + pause
    facts = {"attempts": event.attempts + 1, "due_at": due_at, "error": error[:LONGEST_ERROR]}
    _write(session, job, [event.id], unless_done=True, **facts)
    return due_at


def put_off(session: Session, job: str, event_ids: Sequence[int], pause: timedelta) -> datetime:
    """Nothing failed, it is only too early: no attempt is counted. When it is time."""
    due_at = now() + pause
    _write(session, job, event_ids, unless_done=True, due_at=due_at)
    return due_at


def bury(session: Session, job: str, event: StoredEvent, error: str) -> None:
    """Give it up: it waits among the dead letters for an operator."""
    facts = {"attempts": event.attempts + 1, "error": error[:LONGEST_ERROR]}
    _write(session, job, [event.id], unless_done=True, status=DeliveryStatus.DEAD, **facts)


def _write(
    session: Session, job: str, event_ids: Sequence[int], *, unless_done: bool = False, **facts: Any
) -> None:
    """The row may not be there yet: a quick job can end before the relay has committed its own. `unless_done`:
    a job that was sent twice may fail after its twin has succeeded."""
    if not event_ids:
        return
    row = {"job": job, "status": DeliveryStatus.QUEUED, "due_at": now(), "attempts": 0, "error": None} | facts
    statement = _insert_or_change(tuple(row), tuple(facts), unless_done)
    session.execute(statement, _given(event_ids, row))


@cache
def _insert_or_change(names: tuple[str, ...], changed: tuple[str, ...], unless_done: bool) -> Insert:
    statement = _insert(names)
    return statement.on_conflict_do_update(
        index_elements=["event_id", "job"],
        set_={name: statement.excluded[name] for name in changed},
        where=_table.c.status != DeliveryStatus.DONE if unless_done else None,
    )


@cache
def _insert(names: tuple[str, ...]) -> Insert:
    """The same row for each of the events: it is written for every job, so it is put together once."""
    ids = func.unnest(bindparam("given_ids", type_=ARRAY(BigInteger))).column_valued("event_id")
    values = [bindparam(f"given_{name}", type_=_table.c[name].type) for name in names]
    return insert(_table).from_select(["event_id", *names], select(ids, *values), include_defaults=False)


def _given(event_ids: Sequence[int], row: Mapping[str, Any]) -> dict[str, Any]:
    return {"given_ids": sorted(event_ids), **{f"given_{name}": value for name, value in row.items()}}
