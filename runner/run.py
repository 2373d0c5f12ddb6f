"""`make run`: from nothing to `ready http://…`, and back again on Ctrl-C."""

import os
import shutil
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from runner import plan, reach
from runner.checks import check
from runner.embedded import Embedded
from runner.process import die_with_parent
from runner.screen import Problem, say, step
from runner.settings import Settings
from runner.supervisor import StopAsked, Supervisor

SERVER_SECONDS = 120.0
"""A database that was killed replays its log first."""
READY_SECONDS = 60.0
VENDURE_SECONDS = 300.0
SIGN_INS = {
    "postal clerk": "0900000001",
    "stallholder": "0900000002",
    "market manager": "0900000003",
    "programme officer": "0900000004",
    "administrator": "0900000005",
}


def run() -> int:
    """Until it is stopped; the exit code. Raises Problem."""
    settings = Settings.read()
    lock = check(settings)
    _turn_over(settings.logs)
    supervisor = Supervisor(settings.run_dir, settings.logs, lock)
    supervisor.heed_signals()
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM)  # a make that is killed tells nobody
    market = Run(settings, supervisor)
    try:
        market.start()
        supervisor.keep_running()
    except StopAsked:
        say("\nStopping; Ctrl-C again to hasten it.")
    finally:
        market.stop()
    say("Stopped.")
    return 0


@dataclass
class Run:
    """One run: its settings, its processes and, unless the user has servers, its embedded ones."""

    settings: Settings
    supervisor: Supervisor
    embedded: Embedded | None = field(default=None, init=False)

    def start(self) -> None:
        say(f"Chợ Phiên starts; data and logs in {self.settings.data_dir}")
        env = plan.environment(self.settings, *self._servers())
        _empty(Path(env["PROMETHEUS_MULTIPROC_DIR"]))
        with_vendure = "vendure" in self.settings.floors
        if with_vendure:
            self.supervisor.start(plan.vendure(self.settings))
        for command in plan.preparations(env, with_demo="DATABASE_URL" not in self.settings.env):
            with step(command.name):
                self.supervisor.run(command)
        self._serve(env)
        if with_vendure:
            self._await_vendure()
        say(f"\nready {self.settings.url}")
        self._tell_sign_ins()

    def stop(self) -> None:
        self.supervisor.stop()
        if self.embedded:
            self.embedded.place.release()

    def _servers(self) -> tuple[str, str]:
        """The URLs of database and queue, both answering."""
        own_database, own_redis = self.settings.env.get("DATABASE_URL"), self.settings.env.get("REDIS_URL")
        if own_database:
            reach.require_database(own_database)
        if own_redis:
            reach.require_redis(own_redis)
        if own_database and own_redis:
            return own_database, own_redis
        self.embedded = embedded = Embedded.at(self.settings.data_dir)
        if not own_database:
            with step("PostgreSQL"):
                start_postgres(self.supervisor, embedded)
        if not own_redis:
            with step("Valkey"):
                start_valkey(self.supervisor, embedded)
        return own_database or embedded.database_url(), own_redis or embedded.redis_url

    def _serve(self, env: dict[str, str]) -> None:
        with step("web, relay, workers, sandbox"):
            for spec in plan.services(self.settings, env):
                self.supervisor.start(spec)
            try:
                self.supervisor.wait_for(
                    lambda: not _fault(f"{self.settings.url}/readyz"), "web", READY_SECONDS
                )
            except Problem as problem:
                raise Problem(f"/readyz: {_fault(f'{self.settings.url}/readyz')}\n{problem}") from problem

    def _await_vendure(self) -> None:
        with step("Vendure (npm installs it first)"):
            address = f"http://127.0.0.1:{self.settings.vendure_port}/health"
            self.supervisor.wait_for(lambda: not _fault(address), "vendure", VENDURE_SECONDS)

    def _tell_sign_ins(self) -> None:
        if "DATABASE_URL" in self.settings.env:
            return
        password = "DEMO_PASSWORD" if "DEMO_PASSWORD" in self.settings.env else "chophien-demo"
        say(f"\nDemo sign-ins, password {password}:")
        for who, phone in SIGN_INS.items():
            say(f"  {phone}  {who}")


def start_postgres(supervisor: Supervisor, embedded: Embedded) -> None:
    """Starts the database server, made first where it is new, and returns when it answers."""
    if embedded.is_new:
        supervisor.run(embedded.initdb())
        embedded.adopt_cluster()
    embedded.forget_previous()
    supervisor.start(embedded.postgres())
    admin = embedded.database_url("postgres")
    supervisor.wait_for(lambda: reach.database_answers(admin), "postgres", SERVER_SECONDS)
    reach.create_database(admin, "chophien")


def start_valkey(supervisor: Supervisor, embedded: Embedded) -> None:
    supervisor.start(embedded.valkey())
    supervisor.wait_for(lambda: reach.redis_answers(embedded.redis_url), "valkey", SERVER_SECONDS)


def _fault(url: str) -> str:
    """Why the page does not answer 200; empty when it does."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return ""
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read(500).decode(errors='replace')}"
    except OSError as error:
        return str(error)


def _empty(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)


def _turn_over(logs: Path) -> None:
    """Keeps the logs of the run before."""
    for log in logs.glob("*.log"):
        log.replace(log.with_suffix(".log.1"))
