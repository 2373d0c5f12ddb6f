"""One run per DATA_DIR. The kernel drops these locks with the processes that hold them, whatever ended those."""

import fcntl
import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from runner import sessions
from runner.screen import Problem, say

WAIT_SECONDS = 8.0


def lock_run(run_dir: Path) -> int:
    """The descriptor that the children must inherit. Raises Problem while another run uses the directory.

    Two locks: the supervisor's own, and one that its children hold too. When only the second is taken, an earlier
    supervisor was killed and its processes are about to end; this waits for them, then ends them itself.
    """
    if _try(run_dir / "supervisor.lock") is None:
        raise Problem(
            f"{run_dir.parent} is in use by another run. Stop that one, or choose another directory and port: "
            "make run DATA_DIR=/some/where PORT=9000"
        )
    deadline = time.monotonic() + WAIT_SECONDS
    while (lock := _try(run_dir / "processes.lock")) is None:
        if time.monotonic() > deadline:
            return _end_leftovers(run_dir)
        time.sleep(0.05)
    return lock


def _end_leftovers(run_dir: Path) -> int:
    say("Ending what an earlier run left behind …")
    pids: dict[str, int] = {}
    with suppress(OSError, ValueError, KeyError):
        pids = json.loads((run_dir / "processes.json").read_text())
        pids.pop("supervisor")
    sessions.end(dict.fromkeys(pids.values(), signal.SIGTERM), seconds=5.0)
    lock = _try(run_dir / "processes.lock")
    if lock is None:
        raise Problem(f"Processes of an earlier run still use {run_dir.parent}: {pids}. End them with kill.")
    return lock


def _try(file: Path) -> int | None:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
