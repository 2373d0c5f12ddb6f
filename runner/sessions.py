"""Which processes belong to a session, and the end of all of them.

Every child of the supervisor leads a session of its own, so what it forks is found even when the child is gone.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


def members(session: int) -> list[int]:
    """Process ids of the session that live; those that only wait to be collected do not."""
    return [
        pid for pid, of in (_linux_sessions() if sys.platform == "linux" else _sessions()) if of == session
    ]


def kill(session: int) -> None:
    """Ends every process of the session at once."""
    for pid in members(session):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def end(leaders: Mapping[int, int], seconds: float) -> None:
    """Sends each session's leader its signal; what still lives after so many seconds is killed."""
    for pid, number in leaders.items():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == pid:
                os.kill(pid, number)
    deadline = time.monotonic() + seconds
    while any(members(pid) for pid in leaders) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in leaders:
        kill(pid)


def _linux_sessions() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                if state not in "ZX":
                    yield int(entry.name), int(session)


def _sessions() -> Iterator[tuple[int, int]]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        pid, state = line.split()
        with suppress(OSError):
            if not state.startswith("Z"):
                yield int(pid), os.getsid(int(pid))
