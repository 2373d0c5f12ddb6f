"""What becomes of a job: done, later, slower, refused, or kept among the dead letters."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from redis import RedisError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from gateways.errors import AlreadyDone, GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem
from models import DeliveryStatus, EventDelivery
from services.events import PaymentNoticeReceived
from services.queries.operations import list_dead_letters
from services.redelivery import replay_dead
from tests.integration.workers.harness import deliveries, put
from workers import runtime
from workers.database import engine
from workers.deliveries import StoredEvent, bury, postpone
from workers.runtime import TryLater, pause_after, run_batch, run_call

JOB = "ask_the_oracle"
REFUSAL = Problem("price", "too_low", "Giá quá thấp")


class Oracle:
    """A job that speaks to a provider who answers as the test wishes; it keeps what it was told."""

    def __init__(self, answer: Callable[[], str] = lambda: "yes") -> None:
        self.answer = answer
        self.asked = 0
        self.finished: list[str | None] = []
        self.rejected: list[Sequence[Problem]] = []
        self.postponed: list[datetime | None] = []

    def prepare(self, session: Session, event: StoredEvent) -> str | None:
        return "question"

    def call(self, task: str) -> str:
        self.asked += 1
        return self.answer()

    def finish(self, session: Session, task: str, result: str | None) -> None:
        self.finished.append(result)

    def reject(self, session: Session, task: str, problems: Sequence[Problem]) -> None:
        self.rejected.append(problems)

    def postpone(self, session: Session, task: str, problem: Problem, until: datetime | None) -> None:
        self.postponed.append(until)


def raising(error: Exception) -> Callable[..., Any]:
    def act(*_: object) -> Any:
        raise error

    return act


@pytest.fixture
def event_id(session: Session) -> int:
    return put(session, PaymentNoticeReceived(new_id()))[0]


def delivery(session: Session) -> EventDelivery:
    (only,) = deliveries(session, JOB)
    return only


def test_answer_is_stored_and_the_delivery_done(session: Session, event_id: int) -> None:
    oracle = Oracle()
    run_call(JOB, event_id, oracle)
    assert oracle.finished == ["yes"]
    assert delivery(session).status is DeliveryStatus.DONE


def test_what_is_done_is_not_asked_again(session: Session, event_id: int) -> None:
    oracle = Oracle()
    for _ in range(3):
        run_call(JOB, event_id, oracle)
    assert oracle.asked == 1


def test_nothing_left_to_do_is_done_without_asking(session: Session, event_id: int) -> None:
    oracle = Oracle()
    oracle.prepare = lambda session, event: None  # type: ignore[method-assign]
    run_call(JOB, event_id, oracle)
    assert oracle.asked == 0
    assert delivery(session).status is DeliveryStatus.DONE


def test_done_before_is_done(session: Session, event_id: int) -> None:
    oracle = Oracle(raising(AlreadyDone("before")))
    run_call(JOB, event_id, oracle)
    assert oracle.finished == [None]
    assert delivery(session).status is DeliveryStatus.DONE


def test_refusal_is_shown_and_not_repeated(session: Session, event_id: int) -> None:
    oracle = Oracle(raising(GatewayRejected("no", (REFUSAL,))))
    for _ in range(2):
        run_call(JOB, event_id, oracle)
    assert oracle.rejected == [(REFUSAL,)]
    assert oracle.asked == 1
    assert delivery(session).status is DeliveryStatus.DONE


def test_unavailable_provider_is_asked_at_growing_intervals_and_then_given_up(
    session: Session, event_id: int
) -> None:
    oracle = Oracle(raising(GatewayUnavailable("no answer")))
    pauses = []
    for attempt in range(1, runtime.MOST_ATTEMPTS):
        before = now()
        run_call(JOB, event_id, oracle)
        found = delivery(session)
        assert (found.status, found.attempts) == (DeliveryStatus.QUEUED, attempt)
        assert oracle.postponed[-1] == found.due_at
        pauses.append((found.due_at - before).total_seconds())
    for attempt, pause in enumerate(pauses):
        longest = min(runtime.FIRST_PAUSE * 2**attempt, runtime.LONGEST_PAUSE)
        assert longest / 2 <= pause <= longest + 1
    run_call(JOB, event_id, oracle)
    assert delivery(session).status is DeliveryStatus.DEAD
    assert delivery(session).error == "GatewayUnavailable: no answer"
    assert oracle.postponed[-1] is None


def test_jobs_that_failed_together_do_not_come_back_together() -> None:
    pauses = {pause_after(5) for _ in range(50)}
    assert len(pauses) > 40
    assert max(pauses) - min(pauses) > timedelta(seconds=10)


def test_pause_has_a_bound() -> None:
    assert pause_after(500) <= timedelta(seconds=runtime.LONGEST_PAUSE)


def test_throttled_job_waits_as_long_as_the_provider_says(session: Session, event_id: int) -> None:
    before = now()
    run_call(JOB, event_id, Oracle(raising(GatewayThrottled("slower", retry_after=77))))
    assert delivery(session).due_at >= before + timedelta(seconds=77)


def test_throttled_without_a_time_waits_like_any_failure(session: Session, event_id: int) -> None:
    before = now()
    run_call(JOB, event_id, Oracle(raising(GatewayThrottled("slower"))))
    assert before < delivery(session).due_at <= now() + timedelta(seconds=runtime.FIRST_PAUSE)


def test_waiting_for_somebody_else_is_no_failure(session: Session, event_id: int) -> None:
    oracle = Oracle()
    oracle.prepare = raising(TryLater(5))  # type: ignore[method-assign]
    before = now()
    for _ in range(runtime.MOST_ATTEMPTS + 1):
        run_call(JOB, event_id, oracle)
    found = delivery(session)
    assert (found.status, found.attempts) == (DeliveryStatus.QUEUED, 0)
    assert before + timedelta(seconds=5) <= found.due_at <= now() + timedelta(seconds=5)


@pytest.mark.parametrize("step", ["prepare", "call", "finish"])
def test_defect_is_tried_a_few_times_and_kept_without_its_text(
    session: Session, event_id: int, step: str
) -> None:
    oracle = Oracle()
    setattr(oracle, step, raising(ValueError("Lù Thị Mai")))
    for _ in range(runtime.MOST_DEFECTS):
        assert all(found.status is DeliveryStatus.QUEUED for found in deliveries(session, JOB))
        run_call(JOB, event_id, oracle)
    assert delivery(session).status is DeliveryStatus.DEAD
    assert delivery(session).error == "ValueError"


@pytest.mark.parametrize(
    ("step", "error"), [("reject", GatewayRejected("no")), ("postpone", GatewayUnavailable("no answer"))]
)
def test_defect_in_what_follows_a_failure_is_counted_too(
    session: Session, event_id: int, step: str, error: Exception
) -> None:
    oracle = Oracle(raising(error))
    setattr(oracle, step, raising(KeyError("gone")))
    for _ in range(runtime.MOST_DEFECTS):
        run_call(JOB, event_id, oracle)
    assert delivery(session).status is DeliveryStatus.DEAD


@pytest.mark.parametrize("error", [OperationalError("", {}, Exception()), RedisError()])
def test_outage_of_our_own_servers_is_no_defect(session: Session, event_id: int, error: Exception) -> None:
    oracle = Oracle()
    oracle.finish = raising(error)  # type: ignore[method-assign]
    for _ in range(runtime.MOST_DEFECTS + 1):
        run_call(JOB, event_id, oracle)
    assert delivery(session).status is DeliveryStatus.QUEUED


def test_no_transaction_is_open_while_it_asks(session: Session, event_id: int) -> None:
    session.rollback()
    seen = []

    def look() -> str:
        with engine().connect() as connection:
            query = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND state <> 'idle' AND backend_type = 'client backend'"
            )
            seen.append((engine().pool.checkedout(), connection.scalar(query)))  # type: ignore[attr-defined]
        return "yes"

    run_call(JOB, event_id, Oracle(look))
    assert seen == [(1, 0)], "only the test's own look"


def test_failure_of_a_twin_does_not_undo_success(session: Session, event_id: int) -> None:
    """A job may be sent twice and run twice at once; the slower one fails when the other has succeeded."""
    event = StoredEvent(event_id, {}, attempts=11)
    run_call(JOB, event_id, Oracle())
    postpone(session, JOB, event, timedelta(seconds=5), "too late")
    bury(session, JOB, event, "too late")
    session.commit()
    assert delivery(session).status is DeliveryStatus.DONE
    assert delivery(session).error is None


def test_one_bad_event_holds_up_none_of_its_batch(session: Session) -> None:
    ids = put(session, *(PaymentNoticeReceived(new_id()) for _ in range(5)))
    done: list[int] = []

    def work(session: Session, events: Sequence[StoredEvent]) -> None:
        if any(event.id == ids[2] for event in events):
            raise ValueError("poison")
        done.extend(event.id for event in events)

    for _ in range(runtime.MOST_DEFECTS):
        run_batch(JOB, ids, work)
    assert sorted(done) == [ids[0], ids[1], ids[3], ids[4]]
    found = {d.event_id: d.status for d in deliveries(session, JOB)}
    assert found == dict.fromkeys(ids, DeliveryStatus.DONE) | {ids[2]: DeliveryStatus.DEAD}


def test_batch_is_one_transaction_with_its_marks(session: Session) -> None:
    ids = put(session, *(PaymentNoticeReceived(new_id()) for _ in range(2)))

    def work(session: Session, events: Sequence[StoredEvent]) -> None:
        session.execute(text("UPDATE outbox_events SET market_id = :id"), {"id": new_id()})
        if len(events) > 1:
            raise ValueError
        raise KeyError

    run_batch(JOB, ids, work)
    session.rollback()
    assert session.scalar(text("SELECT count(*) FROM outbox_events WHERE market_id IS NOT NULL")) == 0


def test_dead_letter_is_listed_and_can_be_replayed(session: Session, event_id: int) -> None:
    oracle = Oracle(raising(ValueError()))
    for _ in range(runtime.MOST_DEFECTS):
        run_call(JOB, event_id, oracle)
    session.rollback()
    assert [(letter.event_id, letter.job) for letter in list_dead_letters(session)] == [(event_id, JOB)]
    run_call(JOB, event_id, oracle)
    assert oracle.asked == runtime.MOST_DEFECTS, "a dead letter is not worked on"

    assert replay_dead(session, event_id) == 1
    session.commit()
    oracle.answer = lambda: "yes"
    run_call(JOB, event_id, oracle)
    assert oracle.finished == ["yes"]
    assert list_dead_letters(session) == []
