"""The web application on a real database and queue, empty at the start of every test but for places and banks."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import redis
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from models import Base
from models.base import make_engine
from services.marketplaces import BY_WORKERS
from web import create_app

KEPT = {"admin_units", "former_communes", "banks", "tax_rules"}
_EMPTIED = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name not in KEPT)


@pytest.fixture(scope="module", autouse=True)
def connected_floors() -> Iterator[None]:
    """Every floor may be chosen, at an address where nobody answers."""
    with pytest.MonkeyPatch.context() as patch:
        for name in BY_WORKERS:
            patch.setenv(f"{name.upper()}_URL", "http://127.0.0.1:9")
        config.cache_clear()
        yield
    config.cache_clear()


@pytest.fixture
def disconnect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`disconnect("vendure")`: this installation has no such floor."""

    def disconnect(*names: str) -> None:
        for name in names:
            monkeypatch.delenv(f"{name.upper()}_URL")
        config.cache_clear()

    yield disconnect
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    found = make_engine(database_url)
    yield found
    found.dispose()


@pytest.fixture
def session(engine: Engine, redis_url: str) -> Iterator[Session]:
    """A session on empty tables. What the application has committed is seen after `session.expire_all()`."""
    with engine.begin() as connection:
        connection.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # lets the journal be emptied
        connection.execute(text(f"TRUNCATE {_EMPTIED}"))
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    with Session(engine, expire_on_commit=False) as own:
        yield own


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`set_clock(moment)` stops the product's clock there; the database's goes on."""
    at, running = [now()], now
    for module in list(sys.modules.values()):
        if vars(module).get("now") is running:
            monkeypatch.setattr(module, "now", lambda: at[0])
    return lambda moment: at.__setitem__(0, moment)


@pytest.fixture(scope="session")
def app(database_url: str, redis_url: str) -> Iterator[Flask]:
    made = create_app()
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def client(app: Flask, session: Session) -> FlaskClient:
    app.extensions["page_cache"].clear()
    return app.test_client()
