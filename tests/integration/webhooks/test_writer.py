"""The kept connection is a convenience: losing it loses no notice."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import CollectionChannel, InboxMessage
from models.base import make_engine
from services.inbox import Arrival
from tests.builders import make_market, make_payos_channel
from web.webhooks.gathering import Gatherer
from web.webhooks.writer import REFUSALS, ArrivalWriter

END_ALL_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'writer under test' AND datname = current_database()"
)


@pytest.fixture
def channel(session: Session) -> CollectionChannel:
    found = make_payos_channel(session, make_market(session))
    session.commit()
    return found


@pytest.fixture
def own_engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(
        f"{database_url}{'&' if '?' in database_url else '?'}application_name=writer under test"
    )
    yield engine
    engine.dispose()


def arrival(channel: CollectionChannel, key: str = "") -> Arrival:
    return Arrival("payos", key or uuid4().hex, channel.id, {"amount": 1000})


def count_stored(session: Session) -> int:
    session.rollback()
    return session.query(InboxMessage).count()


def test_notice_after_the_database_cut_the_connection_is_stored(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    writer = ArrivalWriter(own_engine)
    writer.write([arrival(channel)])
    assert session.scalars(END_ALL_OTHERS).all() == [True]
    writer.write([arrival(channel), arrival(channel)])
    assert count_stored(session) == 3


def test_batch_that_is_refused_leaves_the_connection_fit_for_the_next(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    writer = ArrivalWriter(own_engine)
    with pytest.raises(IntegrityError):
        writer.write([arrival(channel), Arrival("payos", "stray", uuid4(), {})])
    writer.write([arrival(channel)])
    assert count_stored(session) == 1


def test_transfer_that_stands_twice_in_a_batch_is_stored_once(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    ArrivalWriter(own_engine).write([arrival(channel, "same"), arrival(channel, "same")])
    assert count_stored(session) == 1


def test_one_that_cannot_be_stored_fails_none_of_its_batch(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    writer, sizes, may_write = ArrivalWriter(own_engine), list[int](), threading.Event()

    def write(arrivals: Sequence[Arrival]) -> None:
        sizes.append(len(arrivals))
        may_write.wait(10)
        writer.write(arrivals)

    gatherer = Gatherer(write, REFUSALS)
    good = [arrival(channel) for _ in range(8)]
    bad = [
        Arrival("payos", "stray", uuid4(), {}),
        Arrival("payos", "endless", channel.id, {"amount": float("inf")}),
        Arrival("payos", "not even a number", channel.id, {"amount": float("nan")}),
    ]
    with ThreadPoolExecutor(12) as people:
        sent = [people.submit(gatherer.put, one) for one in [arrival(channel), *good[:4], *bad, *good[4:]]]
        threading.Timer(0.5, may_write.set).start()
        failed = [future.exception() is not None for future in sent]
    assert failed == [False] * 5 + [True] * 3 + [False] * 4
    assert max(sizes) > len(bad)  # they came with good ones
    assert count_stored(session) == 9


def test_characters_that_the_database_does_not_take_keep_no_money_away(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    body = {"amount": 5_000, "unread": ["a\0b", {"half \ud83d": "an emoji \ud83d", "whole": "😀 Bắc Hà"}]}
    gatherer = Gatherer(ArrivalWriter(own_engine).write, REFUSALS)
    gatherer.put(Arrival("payos", "odd", channel.id, body))
    (stored,) = session.scalars(select(InboxMessage.body))
    odd = {"half \ufffd": "an emoji \ufffd", "whole": "😀 Bắc Hà"}
    assert stored == {"amount": 5_000, "unread": ["a\ufffdb", odd]}
