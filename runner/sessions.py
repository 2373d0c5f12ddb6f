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


def members(*sessions: int) -> list[int]:
    """Process ids of these sessions that live; those that only wait to be collected do not."""
    return [
        pid for pid, of in (_linux_sessions() if sys.platform == "linux" else _sessions()) if of in sessions
    ]


def kill(*sessions: int) -> bool:
    """Ends every process of these sessions at once; whether there was any."""
    found = members(*sessions)
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return bool(found)


def end(leaders: Mapping[int, int], seconds: float) -> None:
    """Sends each session's leader its signal; what still lives after so many seconds is killed."""
    for pid, number in leaders.items():
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == pid:
                os.kill(pid, number)
    deadline = time.monotonic() + seconds
    while members(*leaders) and time.monotonic() < deadline:
        time.sleep(0.05)
    kill(*leaders)


def _linux_sessions() -> Iterator[tuple[int, int]]:
    """By hand, not by pathlib: it is called often while a busy machine stops."""
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
                state, _parent, _group, session = stat.read().rpartition(b")")[2].split(maxsplit=4)[:4]
                if state not in b"ZX":
                    yield int(name), int(session)


def _sessions() -> Iterator[tuple[int, int]]:
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        pid, state = line.split()
        with suppress(OSError):
            if not state.startswith("Z"):
                yield int(pid), os.getsid(int(pid))
