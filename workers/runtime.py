"""How a job runs: it opens the unit of work, holds no transaction while it calls outside, and turns what the
gateway raised into the next move.

    GatewayUnavailable   try again, pausing longer each time, with jitter; given up after MOST_ATTEMPTS, unless the
                         call is tirelessly made
    GatewayThrottled     slow down for as long as the provider says
    GatewayRejected      stop: the refusal is stored where a person sees it
    any of these that say how long the provider is left alone: wait so long, nothing is counted
    AlreadyDone          success
    TryLater             too early: waits, and nothing is counted
    database or Redis    like GatewayUnavailable; while they cannot even note it, the lease brings it back
    anything else        a defect: tried a few times, then kept among the dead letters
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar, runtime_checkable

import structlog
from redis import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.errors import text
from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from workers.database import transaction
from workers.deliveries import StoredEvent, bury, load_pending, mark_done, postpone, put_off

MOST_ATTEMPTS = 12
MOST_DEFECTS = 4
FIRST_PAUSE = 2.0
LONGEST_PAUSE = 600.0
UNAVAILABLE = "unavailable"
PASSING = (GatewayUnavailable, GatewayThrottled, OperationalError, RedisError)

log = structlog.get_logger()

Task = TypeVar("Task")
Result = TypeVar("Result")


class TryLater(Exception):
    """Not now: somebody else is at it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds} s")
        self.pause = timedelta(seconds=seconds)


class OutsideCall(Protocol, Generic[Task, Result]):
    """A job that speaks to a provider: plain values out, the call, the outcome in."""

    def prepare(self, session: Session, event: StoredEvent) -> Task | None:
        """What to ask; None where nothing is left to do. May raise TryLater."""
        ...

    def call(self, task: Task) -> Result:
        """Ask, with no transaction open."""
        ...

    def finish(self, session: Session, task: Task, result: Result | None) -> None:
        """Store what came of it; `result` is None where it had been done before."""
        ...

    def reject(self, session: Session, task: Task, problems: Sequence[Problem]) -> None:
        """Store the refusal where a person sees it."""
        ...

    def postpone(self, session: Session, task: Task, problem: Problem, until: datetime | None) -> None:
        """Show why it waits and until when; None where it was given up."""
        ...


class Stepwise(Protocol):
    """Long work in portions, each a transaction of its own, that goes on where it was broken off."""

    def begin(self, session: Session, event: StoredEvent) -> bool:
        """Find out where to go on; False where nothing is left to do."""
        ...

    def fetch(self) -> None:
        """Get the next portion, with no transaction open."""
        ...

    def step(self, session: Session) -> bool:
        """Do it; False where it was the last one. May raise TryLater."""
        ...

    def give_up(self, session: Session, event: StoredEvent) -> None:
        """It has failed too often: say so where a person sees it."""
        ...


@runtime_checkable
class GivesUp(Protocol):
    """An OutsideCall of which a person sees that it could not even be prepared."""

    def give_up(self, session: Session, event: StoredEvent, problem: Problem) -> None: ...


def run_steps(job: str, event_id: int, work: Stepwise, seconds: float) -> None:
    """Portions for about `seconds`, one at least; then it stands in line again, so that nothing waits long."""
    ends = time.monotonic() + seconds
    try:
        with transaction() as session:
            event = next(iter(load_pending(session, job, [event_id])), None)
            if event is None:
                return
            if not work.begin(session, event):
                mark_done(session, job, [event.id])
                return
        while _step(job, event, work, ends):
            pass
    except Exception as error:
        log.error("job_failed", job=job, event_id=event_id, exc_info=error)
        with transaction() as session:
            for failed in load_pending(session, job, [event_id]):
                if _retry_or_bury(session, job, failed, error) is None:
                    work.give_up(session, failed)


def _step(job: str, event: StoredEvent, work: Stepwise, ends: float) -> bool:
    """Whether to go on at once."""
    work.fetch()
    try:
        with transaction() as session:
            if not work.step(session):
                mark_done(session, job, [event.id])
                return False
            if time.monotonic() >= ends:
                put_off(session, job, [event.id], timedelta())
                return False
            return True
    except TryLater as later:
        with transaction() as session:
            put_off(session, job, [event.id], later.pause)
        return False


def run_batch(
    job: str,
    event_ids: Sequence[int],
    work: Callable[[Session, Sequence[StoredEvent]], None],
    payloads: bool = True,
) -> None:
    """Do `work` on all events in one transaction; where that fails, on each alone, so that one bad event holds
    up none of the others. Events come without `payloads` to work that does not read them."""
    try:
        _work(job, event_ids, work, payloads)
    except Exception as error:
        if len(event_ids) == 1:
            _give_back(job, event_ids[0], error)
            return
        log.warning("batch_split", job=job, events=len(event_ids), error=type(error).__name__)
        for event_id in event_ids:
            run_batch(job, [event_id], work, payloads)


def _work(
    job: str,
    event_ids: Sequence[int],
    work: Callable[[Session, Sequence[StoredEvent]], None],
    payloads: bool,
) -> None:
    with transaction() as session:
        events = load_pending(session, job, event_ids, payloads)
        if events:
            work(session, events)
            mark_done(session, job, [event.id for event in events])


def _give_back(
    job: str, event_id: int, error: Exception, tireless: bool = False, outside: object = None
) -> None:
    log.error("job_failed", job=job, event_id=event_id, exc_info=error)
    with transaction() as session:
        for event in load_pending(session, job, [event_id]):
            until = _retry_or_bury(session, job, event, error, tireless)
            if until is None and isinstance(outside, GivesUp):
                outside.give_up(session, event, _problem(error))


def run_call(
    job: str,
    event_id: int,
    outside: OutsideCall[Task, Result],
    known: StoredEvent | None = None,
    tireless: bool = False,
) -> None:
    """Prepare, call, finish: each of the database's parts a transaction of its own. `known` is the event where it
    was loaded just now. `tireless`: what passes is never given up, however long it takes."""
    try:
        _run_call(job, event_id, outside, known, tireless)
    except Exception as error:
        _give_back(job, event_id, error, tireless, outside)


def _run_call(
    job: str, event_id: int, outside: OutsideCall[Task, Result], known: StoredEvent | None, tireless: bool
) -> None:
    with transaction() as session:
        event = known or next(iter(load_pending(session, job, [event_id])), None)
        if event is None:
            return
        try:
            task = outside.prepare(session, event)
        except TryLater as later:
            put_off(session, job, [event.id], later.pause)
            return
        if task is None:
            mark_done(session, job, [event.id])
            return
    try:
        _conclude(job, event, outside, task)
    except Exception as error:
        _fail(job, event, outside, task, error, tireless)


def _conclude(job: str, event: StoredEvent, outside: OutsideCall[Task, Result], task: Task) -> None:
    result: Result | None
    try:
        result = outside.call(task)
    except AlreadyDone:
        result = None
    with transaction() as session:
        outside.finish(session, task, result)
        mark_done(session, job, [event.id])


def _fail(
    job: str,
    event: StoredEvent,
    outside: OutsideCall[Task, Result],
    task: Task,
    error: Exception,
    tireless: bool,
) -> None:
    with transaction() as session:
        if pause := error.left_alone if isinstance(error, GatewayError) else None:
            log.warning("call_waits", job=job, event_id=event.id, error=describe(error))
            until: datetime | None = put_off(session, job, [event.id], pause)
            outside.postpone(session, task, _problem(error), until)
            return
        if isinstance(error, GatewayRejected):
            log.warning("call_rejected", job=job, event_id=event.id, error=str(error))
            outside.reject(session, task, error.problems)
            mark_done(session, job, [event.id])
            return
        level = logging.WARNING if isinstance(error, PASSING) else logging.ERROR
        log.log(level, "call_failed", job=job, event_id=event.id, exc_info=error)
        until = _retry_or_bury(session, job, event, error, tireless)
        outside.postpone(session, task, _problem(error), until)


def _retry_or_bury(
    session: Session, job: str, event: StoredEvent, error: Exception, tireless: bool = False
) -> datetime | None:
    passes = isinstance(error, PASSING)
    if event.attempts + 1 >= (MOST_ATTEMPTS if passes else MOST_DEFECTS) and not (passes and tireless):
        bury(session, job, event, describe(error))
        return None
    wait = error.retry_after if isinstance(error, GatewayError) else None
    return postpone(session, job, event, pause_after(event.attempts, wait), describe(error))


def pause_after(attempts: int, wait: float | None = None) -> timedelta:
    """Twice as long after each failure, between half and all of it, so that waiting jobs spread out; `wait`
    seconds at least, where the provider said so."""
    longest = min(FIRST_PAUSE * 2**attempts, LONGEST_PAUSE)
    seconds = random.uniform(longest / 2, longest)
    return timedelta(seconds=max(seconds, wait or 0))


def describe(error: Exception) -> str:
    """For operators: a gateway's own words; of a defect only its type, since its text may hold a person's data."""
    if isinstance(error, GatewayUnavailable | GatewayThrottled | GatewayRejected):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


def _problem(error: Exception) -> Problem:
    told = error.problem if isinstance(error, GatewayUnavailable) else None
    if isinstance(error, GatewayRejected):
        told = error.problems[0]
    return told or Problem(None, UNAVAILABLE, _explain(error))


def _explain(error: Exception) -> str:
    if isinstance(error, GatewayThrottled):
        return text("Bên kia đang bận, hệ thống sẽ tự thử lại")
    if isinstance(error, GatewayUnavailable):
        return text("Chưa liên lạc được với bên kia, hệ thống sẽ tự thử lại")
    return text("Hệ thống gặp lỗi, kỹ thuật viên đã được báo")
