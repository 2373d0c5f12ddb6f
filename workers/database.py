"""The worker's database and Redis: one engine and one connection a process, made at first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from redis import Redis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from core.config import config
from models.base import make_engine


@cache
def engine() -> Engine:
    return make_engine(config().database_url)


@cache
def redis() -> "Redis[Any]":
    return Redis.from_url(config().redis_url)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: committed when the block ends, rolled back when it fails."""
    with Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session
