"""The worker's database: one engine a process, made at first use."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from core.config import config
from models.base import make_engine

MOST_CONNECTIONS = 24
"""As many as three floors have threads; they are opened when they are needed, and twice as many may be."""

LOOK_AGAIN_SECONDS = 0.1
"""Whoever waits for another holds no connection meanwhile."""


@cache
def engine() -> Engine:
    return make_engine(config().database_url, pool_size=MOST_CONNECTIONS)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it fails."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def alone(name: str) -> Iterator[Connection]:
    """Nobody else, in whatever process, is in a block of this `name` as long as the connection lives that it is given.
    No transaction is open in the block but those that are begun on it."""
    lock = select(func.pg_try_advisory_lock(func.hashtextextended(name, 0)))
    while True:
        with engine().connect() as connection:
            is_ours = connection.scalar(lock)
            connection.commit()
            if is_ours:
                try:
                    yield connection
                finally:
                    connection.invalidate()  # the lock goes with it, whatever went wrong
                return
        time.sleep(LOOK_AGAIN_SECONDS)
