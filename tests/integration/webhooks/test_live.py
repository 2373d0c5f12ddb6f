"""A stall's screen: told within the moment, told once, and told again of nothing after a break."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from models import Stall
from services.payment_requests import cancel_payment_request
from services.queries.stall_events import MOST_AT_ONCE, STALL_TOPIC, last_event_id
from tests.builders import anybody, make_payment, make_payment_request, make_stall
from web import live
from web.live import StallFeed

SOON = 3.0


class Page:
    """Follows a stall as a browser does; keeps the numbers and names of what it was told."""

    def __init__(self, feed: StallFeed, stall_id: UUID, last_id: int | None) -> None:
        self.told: list[tuple[int, str]] = []
        self.data: list[dict[str, Any]] = []
        self._lines = feed.follow(stall_id, last_id)
        next(self._lines)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for chunk in self._lines:
            for block in chunk.split("\n\n"):
                fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
                if "id" in fields:
                    self.told.append((int(fields["id"]), fields["event"]))
                    self.data.append(json.loads(fields["data"]))
            if self._closed.is_set():
                return

    def await_told(self, count: int) -> list[tuple[int, str]]:
        deadline = time.monotonic() + SOON
        while len(self.told) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        return self.told

    def stays_silent(self) -> bool:
        time.sleep(0.3)
        return not self.told

    def close(self) -> None:
        self._closed.set()


@pytest.fixture
def feed(engine: Engine, redis_url: str) -> StallFeed:
    return StallFeed(Redis.from_url(redis_url), engine)


@pytest.fixture
def stall(session: Session) -> Stall:
    return make_stall(session)


@pytest.fixture
def caller(redis_url: str) -> Iterator["Redis[Any]"]:
    """Calls out what workers would."""
    with Redis.from_url(redis_url) as client:
        yield client


def listeners(caller: "Redis[Any]") -> list[dict[str, str]]:
    """This run's own: what is called out is heard in every logical database."""
    own = str(caller.connection_pool.connection_kwargs.get("db", 0))
    return [client for client in caller.client_list(_type="pubsub") if client["db"] == own]


def await_listener(caller: "Redis[Any]") -> None:
    deadline = time.monotonic() + SOON
    while not listeners(caller):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def numbers(session: Session, stall: Stall) -> list[int]:
    query = text("SELECT id FROM outbox_events WHERE stall_id = :id ORDER BY id")
    return list(session.scalars(query, {"id": stall.id}))


def test_page_is_told_what_it_missed_and_then_what_happens(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    seen = last_event_id(session, stall.id)
    request = make_payment_request(session, stall)
    page = Page(feed, stall.id, seen)
    await_listener(caller)
    assert [name for _, name in page.await_told(1)] == ["payment_request.created"]
    make_payment(session, request)
    caller.publish(STALL_TOPIC, str(stall.id))
    assert [name for _, name in page.await_told(2)] == ["payment_request.created", "payment.settled"]
    assert page.data[1]["amount"] == request.amount
    page.close()


def test_page_that_says_nothing_is_told_from_now_on(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    make_payment_request(session, stall)
    page = Page(feed, stall.id, None)
    await_listener(caller)
    assert page.stays_silent()
    make_payment_request(session, stall)
    caller.publish(STALL_TOPIC, str(stall.id))
    assert page.await_told(1) == [(numbers(session, stall)[-1], "payment_request.created")]
    page.close()


def test_page_that_comes_back_is_told_each_thing_once(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    """Whatever is called out again, early or late."""
    told: list[tuple[int, str]] = []
    last = last_event_id(session, stall.id)
    for _ in range(3):
        make_payment_request(session, stall)
        page = Page(feed, stall.id, last)
        await_listener(caller)
        for _ in range(3):
            caller.publish(STALL_TOPIC, str(stall.id))
        make_payment_request(session, stall)
        caller.publish(STALL_TOPIC, str(stall.id))
        told += page.await_told(2)
        last = told[-1][0]
        page.close()
    assert [number for number, _ in told] == numbers(session, stall)[-6:]


def test_call_that_was_lost_is_made_good_by_the_next(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    page = Page(feed, stall.id, last_event_id(session, stall.id))
    await_listener(caller)
    for _ in range(3):
        make_payment_request(session, stall)
    caller.publish(STALL_TOPIC, str(stall.id))
    assert [number for number, _ in page.await_told(3)] == numbers(session, stall)[-3:]
    page.close()


def test_what_happened_while_the_queue_was_away_is_told_when_it_is_back(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    page = Page(feed, stall.id, last_event_id(session, stall.id))
    await_listener(caller)
    make_payment_request(session, stall)
    for client in listeners(caller):
        caller.client_kill_filter(_id=client["id"])
    assert [number for number, _ in page.await_told(1)] == numbers(session, stall)[-1:]
    page.close()


def test_other_stalls_are_none_of_its_business(
    session: Session, feed: StallFeed, stall: Stall, caller: "Redis[Any]"
) -> None:
    page = Page(feed, stall.id, None)
    await_listener(caller)
    other = make_stall(session)
    make_payment_request(session, other)
    caller.publish(STALL_TOPIC, str(other.id))
    assert page.stays_silent()
    page.close()


def test_long_absence_is_made_up_for_completely(session: Session, feed: StallFeed, stall: Stall) -> None:
    before = last_event_id(session, stall.id)
    session.execute(
        text(
            "INSERT INTO outbox_events (type, payload, stall_id)"
            " SELECT 'payment.settled.v1', '{}', :id FROM generate_series(1, :n)"
        ),
        {"id": stall.id, "n": 2 * MOST_AT_ONCE + 50},
    )
    session.commit()
    page = Page(feed, stall.id, before)
    assert [number for number, _ in page.await_told(2 * MOST_AT_ONCE + 50)] == numbers(session, stall)[1:]
    page.close()


def test_silence_is_broken_by_a_heartbeat(
    monkeypatch: pytest.MonkeyPatch, feed: StallFeed, stall: Stall
) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.05)
    lines = feed.follow(stall.id, None)
    assert next(lines).startswith("retry: ")
    assert next(lines).startswith(":")
    lines.close()


def test_page_that_goes_away_is_forgotten(feed: StallFeed, stall: Stall) -> None:
    lines = feed.follow(stall.id, None)
    next(lines)
    assert feed._listeners
    lines.close()
    assert not feed._listeners


def test_what_changes_a_screen_waits_for_who_came_before(
    session: Session, engine: Engine, stall: Stall
) -> None:
    """So the numbers by which a screen resumes are committed in their order."""
    first, second = make_payment_request(session, stall), make_payment_request(session, stall)
    began = threading.Event()

    def cancel_second() -> None:
        with Session(engine) as other, other.begin():
            began.set()
            cancel_payment_request(other, anybody(session), second.id)

    with Session(engine, expire_on_commit=False) as slow:
        cancel_payment_request(slow, anybody(session), first.id)
        session.rollback()
        thread = threading.Thread(target=cancel_second)
        thread.start()
        began.wait(SOON)
        time.sleep(0.3)
        assert len(numbers(session, stall)) == 3, "opened, and two requests"
        assert thread.is_alive()
        slow.commit()
    thread.join(SOON)
    session.rollback()
    query = text(
        "SELECT payload ->> 'payment_request_id' FROM outbox_events WHERE stall_id = :id ORDER BY id"
    )
    about = list(session.scalars(query, {"id": stall.id}))[-2:]
    assert about == [str(first.id), str(second.id)]
