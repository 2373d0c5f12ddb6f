"""From the outbox to the road: at least once, whatever dies in between."""

import threading
import time
from collections.abc import Iterator
from itertools import chain
from uuid import uuid4

import pytest
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.ids import new_id
from models import DeliveryStatus, OutboxEvent
from services.events import (
    HouseholdRegistered,
    PaymentNoticeReceived,
    PublicationRequested,
    RefundRequested,
    record,
)
from tests.integration.workers.harness import deliveries, on_the_road, pass_time, put, work_off
from workers import relay
from workers.queues import QueueName, queue, redis


def notices(count: int) -> list[PaymentNoticeReceived]:
    """About messages that nobody knows: their job finds nothing and is done."""
    return [PaymentNoticeReceived(new_id()) for _ in range(count)]


def relay_all() -> None:
    while relay.relay_once():
        pass


def test_events_travel_in_batches_and_are_marked(session: Session) -> None:
    ids = put(session, *notices(3))
    assert relay.relay_once() == 3
    assert on_the_road(QueueName.PAYMENTS) == [ids]
    assert [(d.event_id, d.status) for d in deliveries(session)] == [(i, DeliveryStatus.QUEUED) for i in ids]
    assert relay.relay_once() == 0
    work_off()
    assert {d.status for d in deliveries(session)} == {DeliveryStatus.DONE}


def test_what_is_rolled_back_is_carried_nowhere(session: Session) -> None:
    record(session, *notices(2))
    session.rollback()
    assert relay.relay_once() == 0
    assert on_the_road(QueueName.PAYMENTS) == []


def test_event_that_nobody_follows_is_marked_and_owes_nothing(session: Session) -> None:
    (event_id,) = put(session, HouseholdRegistered(uuid4(), "02839"))
    relay_all()
    assert deliveries(session) == []
    assert session.get_one(OutboxEvent, event_id).relayed_at is not None


def test_relay_that_dies_between_sending_and_marking_sends_twice(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = put(session, *notices(1))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(relay, "owe", die)
        with pytest.raises(KeyboardInterrupt):
            relay.relay_once()
    assert on_the_road(QueueName.PAYMENTS) == [ids]
    relay_all()
    assert on_the_road(QueueName.PAYMENTS) == [ids, ids]
    work_off()
    assert [d.status for d in deliveries(session)] == [DeliveryStatus.DONE]


def test_road_that_cannot_be_reached_leaves_events_unmarked(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(session, *notices(1))
    nowhere = Redis.from_url("unix:///nowhere/at-all.sock")
    with monkeypatch.context() as patch:
        patch.setattr(queue(QueueName.PAYMENTS), "connection", nowhere)
        with pytest.raises(RedisError):
            relay.relay_once()
    assert deliveries(session) == []
    relay_all()
    assert len(deliveries(session)) == 1


def test_two_relays_share_the_work(session: Session) -> None:
    ids = put(session, *notices(3_000))
    both = [threading.Thread(target=relay_all) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    relay_all()
    assert sorted(chain.from_iterable(on_the_road(QueueName.PAYMENTS))) == ids
    assert [d.event_id for d in deliveries(session)] == ids


def test_delivery_that_is_not_done_when_its_lease_ends_is_sent_again(session: Session) -> None:
    ids = put(session, *notices(2))
    relay_all()
    queue(QueueName.PAYMENTS).empty()
    assert relay.relay_once() == 0
    pass_time(session, 61)
    assert relay.relay_once() == 2
    assert on_the_road(QueueName.PAYMENTS) == [ids]


def test_single_job_that_only_waits_its_turn_is_not_sent_twice(session: Session) -> None:
    (event_id,) = put(session, RefundRequested(uuid4(), uuid4(), uuid4(), 1_000))
    relay_all()
    pass_time(session, 181)
    assert relay.relay_once() == 1
    assert on_the_road(QueueName.COLLECTION) == [event_id]


def test_batch_that_only_waits_its_turn_is_not_sent_twice(session: Session) -> None:
    ids = put(session, *(PublicationRequested(uuid4(), "vendure") for _ in range(3)))
    relay_all()
    pass_time(session, 181)
    assert relay.relay_once() == 3
    assert on_the_road(QueueName.PUBLISHING) == [ids]


def test_single_job_that_a_worker_took_to_its_death_is_sent_again(session: Session) -> None:
    """It still calls itself queued, but lies on no queue."""
    (event_id,) = put(session, RefundRequested(uuid4(), uuid4(), uuid4(), 1_000))
    relay_all()
    redis().lpop(queue(QueueName.COLLECTION).key)
    pass_time(session, 181)
    relay_all()
    assert on_the_road(QueueName.COLLECTION) == [event_id]


def test_emptied_redis_is_filled_again_at_once(session: Session) -> None:
    ids = put(session, *notices(2))
    relay_all()
    redis().flushdb()
    relay_all()
    assert on_the_road(QueueName.PAYMENTS) == [ids]
    work_off()
    assert {d.status for d in deliveries(session)} == {DeliveryStatus.DONE}


def test_emptied_redis_is_noticed_once(session: Session) -> None:
    put(session, *notices(1))
    relay_all()
    redis().flushdb()
    relay_all()
    pass_time(session, 10)
    assert relay.relay_once() == 0


def test_relay_that_dies_before_it_hastens_what_was_lost_does_so_later(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = put(session, *notices(1))
    relay_all()
    redis().flushdb()

    def die() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(relay, "_hasten_all", die)
        with pytest.raises(KeyboardInterrupt):
            relay.relay_once()
    relay_all()
    assert on_the_road(QueueName.PAYMENTS) == [ids]


def test_events_and_jobs_of_another_release_hold_up_nobody(session: Session) -> None:
    session.execute(text("INSERT INTO outbox_events (type, payload) VALUES ('moon.risen.v9', '{}')"))
    ids = put(session, *notices(1))
    session.execute(
        text(
            "INSERT INTO event_deliveries (event_id, job, status, due_at)"
            " VALUES (:id, 'howl', 'queued', now() - interval '1 hour')"
        ),
        {"id": ids[0]},
    )
    session.commit()
    relay_all()
    assert on_the_road(QueueName.PAYMENTS) == [ids]
    unknown = session.execute(text("SELECT relayed_at FROM outbox_events WHERE type = 'moon.risen.v9'"))
    assert unknown.all() == [(None,)]


@pytest.fixture
def running_relay(session: Session) -> Iterator[relay.Relay]:
    """In a thread of its own; ended with the test."""
    running = relay.Relay()
    thread = threading.Thread(target=running.run)
    thread.start()
    time.sleep(0.3)
    yield running
    running.stop()
    thread.join(10)
    assert not thread.is_alive()


def until_on_the_road(ids: list[int], seconds: float) -> float:
    began = time.monotonic()
    while on_the_road(QueueName.PAYMENTS) != [ids]:
        assert time.monotonic() - began < seconds
        time.sleep(0.005)
    return time.monotonic() - began


@pytest.mark.usefixtures("running_relay")
def test_relay_is_woken_by_the_commit(session: Session) -> None:
    waits = []
    for _ in range(5):
        waits.append(until_on_the_road(put(session, *notices(1)), 5))
        queue(QueueName.PAYMENTS).empty()
    assert sorted(waits)[2] < relay.SWEEP_SECONDS / 3


@pytest.mark.usefixtures("running_relay")
def test_relay_outlives_the_loss_of_its_connections(session: Session) -> None:
    session.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%outbox%'"
        )
    )
    session.commit()
    until_on_the_road(put(session, *notices(1)), 10)
