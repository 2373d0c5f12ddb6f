"""One job goes on with what its queue holds next, keeps floors out of each other's way, and ends in time."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from gateways.errors import Problem
from models import DeliveryStatus
from services.events import PublicationRequested
from tests.integration.workers.harness import deliveries, on_the_road, put
from workers import lanes, road
from workers.deliveries import StoredEvent
from workers.lanes import IN_HAND, WIDTH, run_calls
from workers.queues import QueueName
from workers.subscriptions import check_publication, publish_listing

JOB = publish_listing.name
PATIENCE = 30.0


class Calls:
    """Whom a job called: the floor's name for each event. `meanwhile` happens in the middle of the call."""

    def __init__(self, meanwhile: Callable[[str], None] = lambda floor: None) -> None:
        self.made: list[str] = []
        self._meanwhile = meanwhile

    def prepare(self, session: Session, event: StoredEvent) -> str | None:
        return str(event.payload["marketplace"])

    def call(self, task: str) -> None:
        self._meanwhile(task)
        self.made.append(task)

    def finish(self, session: Session, task: str, result: None) -> None:
        pass

    def reject(self, session: Session, task: str, problems: Sequence[Problem]) -> None:
        raise AssertionError(problems)

    def postpone(self, session: Session, task: str, problem: Problem, until: datetime | None) -> None:
        raise AssertionError(problem)


def ask(session: Session, floor: str, count: int) -> list[int]:
    return put(session, *(PublicationRequested(new_id(), floor) for _ in range(count)))


def statuses(session: Session) -> set[tuple[DeliveryStatus, int]]:
    return {(one.status, one.attempts) for one in deliveries(session, JOB)}


def test_a_job_goes_on_with_what_its_queue_holds_next(session: Session) -> None:
    calls = Calls()
    first, *others = (ask(session, "vendure", 3) for _ in range(3))
    for event_ids in others:
        road.send(publish_listing, event_ids)
    run_calls(JOB, first, lambda: calls)
    assert len(calls.made) == 9
    assert on_the_road(QueueName.PUBLISHING) == []
    assert statuses(session) == {(DeliveryStatus.DONE, 0)}


def test_what_comes_while_a_floor_is_slow_is_not_kept_waiting(session: Session) -> None:
    quick_is_done = threading.Event()

    def meanwhile(floor: str) -> None:
        if floor == "shopee":
            road.send(publish_listing, later)
            assert quick_is_done.wait(PATIENCE), "it had to wait"
        else:
            quick_is_done.set()

    calls = Calls(meanwhile)
    slow, later = ask(session, "shopee", 1), ask(session, "lazada", 1)
    run_calls(JOB, slow, lambda: calls)
    assert calls.made == ["lazada", "shopee"]


def test_another_job_of_the_queue_has_its_turn(session: Session) -> None:
    calls = Calls()
    mine, others, mine_again = (ask(session, "vendure", 2) for _ in range(3))
    road.send(check_publication, others)
    road.send(publish_listing, mine_again)
    run_calls(JOB, mine, lambda: calls)
    assert len(calls.made) == 2
    assert on_the_road(QueueName.PUBLISHING) == [others, mine_again]


def test_many_calls_to_a_slow_floor_hold_up_no_other(session: Session) -> None:
    quick = threading.Semaphore(0)

    def meanwhile(floor: str) -> None:
        if floor == "lazada":
            quick.release()
        else:
            assert quick.acquire(timeout=PATIENCE), "the quick floor had to wait"
            quick.release()

    calls = Calls(meanwhile)
    run_calls(JOB, ask(session, "shopee", 5 * WIDTH) + ask(session, "lazada", 1), lambda: calls)
    assert len(calls.made) == 5 * WIDTH + 1


def test_nothing_is_begun_when_the_time_is_nearly_over(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "BEGINS_SECONDS", 0.0)
    calls = Calls()
    run_calls(JOB, ask(session, "vendure", IN_HAND + 10), lambda: calls)
    assert calls.made == []
    assert statuses(session) == {(DeliveryStatus.QUEUED, 0)}
    assert all(one.due_at <= now() for one in deliveries(session, JOB))
    assert len(deliveries(session, JOB)) == IN_HAND + 10


def test_what_is_under_way_when_it_is_asked_to_stop_is_done_and_the_rest_sent_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopping = threading.Event()
    monkeypatch.setattr(lanes, "stopping", stopping)
    calls = Calls(lambda floor: stopping.set())
    next_batch = ask(session, "vendure", 3)
    road.send(publish_listing, next_batch)
    run_calls(JOB, ask(session, "vendure", 3 * WIDTH), lambda: calls)
    assert 1 <= len(calls.made) <= WIDTH
    assert statuses(session) == {(DeliveryStatus.DONE, 0), (DeliveryStatus.QUEUED, 0)}
    assert on_the_road(QueueName.PUBLISHING) == [next_batch]


def test_a_process_ends_whose_call_would_outlast_its_lease(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def meanwhile(floor: str) -> None:
        assert ended.wait(PATIENCE), "it went on"

    monkeypatch.setattr(lanes, "LONGEST_SECONDS", 0.0)
    monkeypatch.setattr(lanes.os, "_exit", lambda status: ended.set())
    run_calls(JOB, ask(session, "vendure", 1), lambda: Calls(meanwhile))
