"""The pool of connections: what rested is tried before it is used, what was used a moment ago is not."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from models import base
from models.base import make_engine

PID = text("SELECT pg_backend_pid()")


@pytest.fixture
def pool(database_url: str) -> Iterator[Engine]:
    """With one connection, which has been used."""
    made = make_engine(database_url, pool_size=1)
    _pid(made)
    yield made
    made.dispose()


def test_a_connection_that_was_lost_while_it_rested_is_made_anew(
    pool: Engine, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "RESTED_SECONDS", 0.0)
    lost = _pid(pool)
    _end(engine, lost)
    assert _pid(pool) != lost


def test_a_connection_that_was_used_a_moment_ago_is_not_asked(
    pool: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pings = []
    do_ping = pool.dialect.do_ping
    monkeypatch.setattr(pool.dialect, "do_ping", lambda found: pings.append(found) or do_ping(found))
    _pid(pool)
    assert not pings
    monkeypatch.setattr(base, "RESTED_SECONDS", 0.0)
    _pid(pool)
    assert len(pings) == 1


def test_one_that_is_lost_in_that_moment_is_an_error_only_once(pool: Engine, engine: Engine) -> None:
    _end(engine, _pid(pool))
    with pytest.raises(OperationalError):
        _pid(pool)
    assert _pid(pool)


def test_all_that_rested_are_made_anew_with_the_first(
    database_url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that was started again has lost them all."""
    monkeypatch.setattr(base, "RESTED_SECONDS", 0.0)
    pool, made = make_engine(database_url, pool_size=2), list[object]()
    with pool.connect() as one, pool.connect() as other:
        lost = [one.scalar(PID), other.scalar(PID)]
    for pid in lost:
        _end(engine, pid)
    event.listen(pool, "connect", lambda *_: made.append(_))
    with pool.connect() as one, pool.connect() as other:
        assert {one.scalar(PID), other.scalar(PID)}.isdisjoint(lost)
    assert len(made) == len(lost)
    pool.dispose()


def _pid(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(PID) or 0)


def _end(engine: Engine, pid: object) -> None:
    """As the database does when it is stopped; returns when it has."""
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
