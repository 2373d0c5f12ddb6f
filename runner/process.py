"""One child process: its own session, a log, and an end when the supervisor ends, however that happens."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from runner import sessions
from runner.settings import ROOT

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Account:
    """An unprivileged account for servers that refuse to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Spec:
    """How a process is started and stopped."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    stop_by: float = 0.5
    """Seconds after a stop was asked for at which it must be gone; earlier ones are stopped first."""
    stop_signal: int = signal.SIGTERM
    says: str = ""
    """What its log shows once it works; without it, whatever lives is taken to work."""
    cwd: Path = ROOT
    account: Account | None = None


def die_with_parent(number: int) -> None:
    """Asks Linux to send us this signal when the parent ends (`prctl(2)`); elsewhere it does nothing."""
    if _LIBC:
        _LIBC.prctl(_PR_SET_PDEATHSIG, number)


def _begin(parent: int, number: int) -> None:
    """Runs in the child, after it changed its account, which would clear the wish."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_parent(number)
    if os.getppid() != parent:
        os._exit(1)


class Process:
    """A started `Spec`. `keep` are file descriptors it inherits."""

    def __init__(self, spec: Spec, log: Path, keep: Sequence[int] = ()) -> None:
        self.spec = spec
        self.log = log
        self.started = time.monotonic()
        self._gone = False
        self._log_began = log.stat().st_size if log.exists() else 0
        account = spec.account
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                spec.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=spec.env,
                cwd=spec.cwd,
                start_new_session=True,
                pass_fds=keep,
                preexec_fn=partial(_begin, os.getpid(), spec.stop_signal),
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._child.poll()

    @property
    def up(self) -> bool:
        if self.exit_code is not None or not self.spec.says:
            return self.exit_code is None
        with self.log.open("rb") as said:
            said.seek(self._log_began)
            return self.spec.says.encode() in said.read()

    @property
    def gone(self) -> bool:
        """Whether it has ended and, with it, all that it had forked: leftovers are killed here."""
        if not self._gone and self.exit_code is not None:
            self._gone = not sessions.kill(self.pid)
        return self._gone

    def ask_to_stop(self) -> None:
        self._child.send_signal(self.spec.stop_signal)

    def kill(self) -> None:
        """At once, with all that it had forked."""
        if not self.gone:
            sessions.kill(self.pid)
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
