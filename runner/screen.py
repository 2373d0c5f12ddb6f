"""What the person at the terminal reads."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Problem(Exception):
    """Something the person must change; its text says what and how. Ends the command with code 1."""


def say(text: str, end: str = "\n") -> None:
    """Prints; a terminal that has gone away must not keep an ordered stop from going on."""
    with suppress(OSError, ValueError):
        print(text, end=end, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Announces one step of the way and, when it is done, how long it took."""
    began = time.monotonic()
    alone = not sys.stdout.isatty()
    say(f"  {what:<34}", end="" if not alone else " …\n")
    try:
        yield
    except BaseException:
        say("" if alone else "failed")
        raise
    say(f"  {what:<34} {time.monotonic() - began:5.1f} s" if alone else f"{time.monotonic() - began:5.1f} s")


def last_lines(log: Path, count: int = 12) -> str:
    """The end of a log, indented, to stand under a message."""
    with suppress(OSError):
        lines = log.read_text(errors="replace").splitlines()[-count:]
        return "".join(f"\n    {line}" for line in lines)
    return ""
