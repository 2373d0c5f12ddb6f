"""The worker's database: one engine a process, made at first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.config import config
from models.base import make_engine

MOST_CONNECTIONS = 24
"""As many as three floors have threads; they are opened when they are needed, and twice as many may be."""


@cache
def engine() -> Engine:
    return make_engine(config().database_url, pool_size=MOST_CONNECTIONS)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it fails."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session
