"""A whole installation of its own: started as `make run` starts it, struck, stopped, its data thrown away."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from runner import sessions
from runner.embedded import Embedded
from runner.keys import load_or_make
from runner.place import Place, path_of
from runner.screen import Problem
from runner.settings import ROOT, Settings

READY_SECONDS = 960.0
"""Floors may have to be installed first."""
STOP_SECONDS = 30.0
REVIVE_SECONDS = 60.0
PORTS_IN_A_ROW = 9
"""`runner.settings` counts on from the first."""
ITS_OWN = ("DATABASE_URL", "REDIS_URL")


@dataclass(frozen=True)
class Seals:
    """`intact`: nothing was changed behind the journal's back; `whole`: nothing is waiting to be sealed."""

    intact: bool
    whole: bool
    words: str


class Installation:
    """With embedded servers: a database of one's own is not for killing. Raises Problem where one is set."""

    def __init__(self) -> None:
        set_by_user = [name for name in ITS_OWN if name in Settings.read().env]
        if set_by_user:
            raise Problem(f"{' and '.join(set_by_user)} must not be set: drills kill the servers they use.")
        self._data_dir = Path(tempfile.mkdtemp(prefix="chophien-drill-"))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.sandbox_url = f"http://127.0.0.1:{port + 1}"
        embedded = Embedded(self._data_dir, Place(path_of(self._data_dir), None))
        self.database_url, self.redis_url = embedded.database_url(), embedded.redis_url
        # With MAKELEVEL set it ends when we are killed.
        env = {**os.environ, "PORT": str(port), "DATA_DIR": str(self._data_dir), "MAKELEVEL": "1"}
        self._log = self._data_dir / "run.log"
        with self._log.open("wb") as log:
            self._run = subprocess.Popen(
                [sys.executable, "-m", "runner", "run"],
                cwd=ROOT,
                env=env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def await_ready(self) -> None:
        """Raises Problem with what it said instead."""
        deadline = time.monotonic() + READY_SECONDS
        while f"ready {self.url}" not in self._log.read_text():
            if self._run.poll() is not None or time.monotonic() > deadline:
                raise Problem(f"The installation did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def processes(self) -> dict[str, int]:
        pids: dict[str, int] = json.loads((self._data_dir / "run" / "processes.json").read_text())
        pids.pop("supervisor")
        return pids

    def kill(self, name: str) -> None:
        """`kill -9`, at once, with everything that it forked."""
        sessions.kill(self.processes()[name])

    def kill_forked(self, name: str, within: float) -> bool:
        """`kill -9` what the process has forked for the job that it is at; False where it is at none for so long."""
        deadline = time.monotonic() + within
        pid = self.processes()[name]
        while time.monotonic() < deadline:
            forked = set(sessions.members(pid)) - {pid}
            for child in forked:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            if forked:
                return True
            time.sleep(0.01)
        return False

    def await_revival(self, name: str, killed: int) -> float:
        """Seconds until another process stands in for the killed one. Raises Problem where none comes."""
        began = time.monotonic()
        while self.processes().get(name, killed) == killed:
            if time.monotonic() > began + REVIVE_SECONDS:
                raise Problem(f"{name} was not started again")
            time.sleep(0.05)
        return time.monotonic() - began

    def empty_queue(self) -> None:
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushall()

    def verify_journal(self) -> Seals:
        """What `flask journal verify` says."""
        env = {
            **os.environ,
            **load_or_make(self._data_dir / "secrets.env"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
        }
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "journal", "verify"]
        said = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
        words = said.stdout.splitlines()[0] if said.stdout else said.stderr
        return Seals(said.returncode == 0, " 0 entries not sealed" in words, words)

    def database(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(self.database_url)

    def stop(self) -> None:
        """Raises Problem where it does not stop in order or leaves a process behind."""
        running: dict[str, int] = {}
        with suppress(OSError):
            running = self.processes()
        if self._run.poll() is None:
            self._run.terminate()
        try:
            code = self._run.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._run.kill()
            code = self._run.wait()
        left = [name for name, pid in running.items() if sessions.members(pid)]
        shutil.rmtree(self._data_dir, ignore_errors=True)
        if code or left:
            raise Problem(
                f"The installation ended with code {code} and left behind: {', '.join(left) or 'nothing'}."
            )


def free_port() -> int:
    """The first of some ports in a row that are free."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if all(map(_is_free, range(first, first + PORTS_IN_A_ROW))):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
