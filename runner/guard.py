"""Waits for the supervisor's end and then ends what it left behind, at once or after three seconds.

The kernel already told each child when the supervisor was killed (`process.die_with_parent`, Linux only); the guard
sees to those that need longer, to what they forked, and to systems that tell nobody. The supervisor writes down what
there will be to do, one JSON object a line; the end of the pipe is the end of the supervisor. The guard holds the
run's lock too, so that the next run begins when it is done.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from runner import sessions
from runner.settings import ROOT

SECONDS = 3.0


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    duties = [json.loads(line) for line in sys.stdin]
    sessions.end({duty["pid"]: duty["signal"] for duty in duties if "pid" in duty}, SECONDS)
    for duty in duties:
        if "discard" in duty:
            shutil.rmtree(duty["discard"], ignore_errors=True)


class Guard:
    """The supervisor's side of it."""

    def __init__(self, lock: int) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "runner.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.defpath},
            start_new_session=True,
            pass_fds=(lock,),
        )

    def watch(self, pid: int, number: int) -> None:
        """The process is to get this signal, and to be killed later, with its session."""
        self._note(pid=pid, signal=int(number))

    def discard(self, directory: Path) -> None:
        """To be removed when the processes are gone."""
        self._note(discard=str(directory))

    def _note(self, **duty: int | str) -> None:
        with suppress(BrokenPipeError):
            os.write(self._pipe.fileno(), json.dumps(duty).encode() + b"\n")

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
