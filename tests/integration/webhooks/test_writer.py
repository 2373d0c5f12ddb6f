"""The kept connection is a convenience: losing it loses no notice."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import CollectionChannel, InboxMessage
from models.base import make_engine
from services.inbox import PAYOS, Arrival
from tests.builders import make_market, make_payos_channel
from web.webhooks.writer import ArrivalWriter

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
    return Arrival(PAYOS, key or uuid4().hex, channel.id, {"amount": 1000})


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
        writer.write([arrival(channel), Arrival(PAYOS, "stray", uuid4(), {})])
    writer.write([arrival(channel)])
    assert count_stored(session) == 1


def test_transfer_that_stands_twice_in_a_batch_is_stored_once(
    session: Session, channel: CollectionChannel, own_engine: Engine
) -> None:
    ArrivalWriter(own_engine).write([arrival(channel, "same"), arrival(channel, "same")])
    assert count_stored(session) == 1
