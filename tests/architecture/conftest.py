"""Databases of a test's own."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from psycopg import sql

from core.config import config
from tests.architecture.databases import ALEMBIC, Make
from tests.servers import PREFIX, URLS


@pytest.fixture
def make_database(pytestconfig: pytest.Config) -> Iterator[Make]:
    """Empty databases of this test's own."""
    admin_url, _ = pytestconfig.stash[URLS]
    made = []

    def make(name: str) -> str:
        name = f"{PREFIX}schema_{name}_{os.getpid()}"
        with psycopg.connect(admin_url, autocommit=True) as admin:
            for words in ("drop database if exists {}", "create database {}"):
                admin.execute(sql.SQL(words).format(sql.Identifier(name)))
        made.append(name)
        return urlsplit(admin_url)._replace(path=f"/{name}").geturl()

    yield make
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for name in made:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def migrated(make_database: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database at the migrations' head; Alembic works on it as long as the test runs."""
    url = make_database("migrated")
    monkeypatch.setenv("DATABASE_URL", url)
    config.cache_clear()
    command.upgrade(ALEMBIC, "head")
    yield url
    config.cache_clear()
