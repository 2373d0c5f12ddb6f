"""A pytest plugin: one private PostgreSQL and Valkey for the whole run, a database of its own for each worker.

The process that starts the run (with pytest-xdist: its controller) starts and stops the servers. TEST_DATABASE_URL
(an account that may create databases) and TEST_REDIS_URL name servers of one's own instead.
"""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from psycopg import sql

from runner.embedded import Embedded
from runner.locks import lock_run
from runner.servers import start_postgres, start_valkey
from runner.supervisor import Supervisor

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "chophien_test_"
TEMPLATE = f"{PREFIX}template"
SECRETS = {
    "SECRET_KEY": "for tests only",
    "ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
    "BLIND_INDEX_KEY": "for tests only",
}
PREPARATIONS = (("db", "upgrade"), ("import-units",), ("import-banks",), ("import-tax-rules",))


SUPERVISOR = pytest.StashKey[Supervisor]()
URLS = pytest.StashKey[tuple[str, str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    config = session.config
    if config.option.collectonly:
        return
    if hasattr(config, "workerinput"):
        admin_url, redis_url = config.workerinput["servers"]
    else:
        admin_url, redis_url = _servers(config)
        _drop_databases(admin_url)
    config.stash[URLS] = admin_url, redis_url
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    os.environ.update(SECRETS)
    os.environ["DATABASE_URL"] = _database(admin_url, PREFIX + worker)
    os.environ["REDIS_URL"] = f"{redis_url}?db={worker.removeprefix('gw')}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    node.workerinput["servers"] = node.config.stash[URLS]  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if supervisor := config.stash.get(SUPERVISOR, None):
        supervisor.stop()


@pytest.fixture(scope="session")
def database_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """A migrated database with the units and banks in it; whoever comes first makes the template."""
    admin_url, _ = pytestconfig.stash[URLS]
    url = os.environ["DATABASE_URL"]
    name = urlsplit(url).path.removeprefix("/")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("select pg_advisory_lock(1)")
        if not admin.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone():
            _make_template(admin, admin_url)
        _execute(admin, "create database {} template {}", name, TEMPLATE)
    yield url
    with psycopg.connect(admin_url, autocommit=True) as admin:
        _execute(admin, "drop database {} with (force)", name)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """An empty logical database of this worker's own."""
    url = os.environ["REDIS_URL"]
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


def _servers(config: pytest.Config) -> tuple[str, str]:
    own_database, own_redis = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if own_database and own_redis:
        return own_database, own_redis
    data_dir = Path(tempfile.mkdtemp(prefix="chophien-tests-"))
    supervisor = config.stash[SUPERVISOR] = Supervisor(data_dir, data_dir, lock_run(data_dir))
    embedded = Embedded.at(data_dir, durable=False)
    supervisor.discard(embedded.place.path)
    supervisor.discard(data_dir)
    start_postgres(supervisor, embedded)
    start_valkey(supervisor, embedded)
    return own_database or embedded.database_url("postgres"), own_redis or embedded.redis_url


def _make_template(admin: "psycopg.Connection[tuple[object, ...]]", admin_url: str) -> None:
    """By the product's own commands; it gets its name when it is whole."""
    draft = f"{PREFIX}draft"
    _execute(admin, "drop database if exists {}", draft)
    _execute(admin, "create database {}", draft)
    env = {**os.environ, "DATABASE_URL": _database(admin_url, draft)}
    for words in PREPARATIONS:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"flask {' '.join(words)}:\n{done.stderr}"
    _execute(admin, "alter database {} rename to {}", draft, TEMPLATE)


def _drop_databases(admin_url: str) -> None:
    """What an earlier run left on a server of one's own; its template may be of an older schema."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        for (name,) in admin.execute("select datname from pg_database").fetchall():
            if name.startswith(PREFIX):
                _execute(admin, "drop database {} with (force)", name)


def _execute(admin: "psycopg.Connection[tuple[object, ...]]", command: str, *names: str) -> None:
    admin.execute(sql.SQL(command).format(*map(sql.Identifier, names)))


def _database(admin_url: str, name: str) -> str:
    return urlsplit(admin_url)._replace(path=f"/{name}").geturl()
