"""Waits for the supervisor's end and then ends what it left behind, at once or after three seconds.

The kernel already told each child when the supervisor was killed (`process.die_with_parent`, Linux only); the guard
sees to those that need longer, to what they forked, and to systems that tell nobody. The supervisor writes a line
`pid signal` for every process it starts; the end of the pipe is the end of the supervisor.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import IO

from runner import sessions
from runner.settings import ROOT

SECONDS = 3.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    words = (line.split() for line in sys.stdin)
    sessions.end({int(pid): int(number) for pid, number in words}, SECONDS)


class Guard:
    """The supervisor's side of it."""

    def __init__(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "runner.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.defpath},
            start_new_session=True,
        )

    def watch(self, pid: int, number: int) -> None:
        with suppress(BrokenPipeError):
            os.write(self._pipe.fileno(), f"{pid} {int(number)}\n".encode())

    def dismiss(self) -> None:
        """To be called when every child is gone: nothing is left to guard."""
        self._child.kill()
        self._child.wait()
        self._pipe.close()

    @property
    def _pipe(self) -> IO[bytes]:
        assert self._child.stdin
        return self._child.stdin


if __name__ == "__main__":
    main()
