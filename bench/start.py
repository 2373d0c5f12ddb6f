"""`make run` in a fresh copy of this repository: how long until it is ready, how long until it is gone, and what
it weighs meanwhile.

The first start makes the virtual environment (from pip's cache, as it is on this machine), the servers' data, the
schema and the demo; the later ones find them.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO

from bench.ground import Ground, free_port
from bench.harness import Figure, Report
from runner.memory import weigh
from runner.screen import Problem
from runner.settings import ROOT

FIRST_SECONDS, LATER_SECONDS, STOP_SECONDS, MEGABYTES = 120, 10, 10, 700
LATER_STARTS = 3
SETTLING_SECONDS = 3.0
STANDS_ELSEWHERE = {"DATABASE_URL", "REDIS_URL", "FLOORS", "VIRTUAL_ENV"}
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)


@dataclass(frozen=True)
class Life:
    """One run: seconds to `ready` and from Ctrl-C to the end, bytes by process."""

    start: float
    stop: float
    weights: Mapping[str, int]


def run(ground: Ground) -> Report:
    copy = ground.folder / "copy"
    _copy_repository(copy)
    first = _live(copy, ground.outside)
    later = [_live(copy, ground.outside) for _ in range(LATER_STARTS)]
    weights = later[-1].weights
    figures = [
        _figure("first start, without .venv", first.start, FIRST_SECONDS, "s"),
        _figure("later starts", median(life.start for life in later), LATER_SECONDS, "s"),
        _figure("the slowest stop", max(life.stop for life in [first, *later]), STOP_SECONDS, "s"),
        _figure("memory of all processes (PSS)", sum(weights.values()) / 1e6, MEGABYTES, "MB"),
    ]
    shares = ", ".join(f"{name} {weight / 1e6:.0f}" for name, weight in weights.items())
    return Report(figures, [f"Memory by process, in MB: {shares}."])


def _figure(what: str, value: float, most: float, unit: str) -> Figure:
    return Figure(what, f"{value:.1f} {unit}", target=f"≤ {most} {unit}", reached=value <= most)


def _copy_repository(target: Path) -> None:
    """What a fresh clone would hold, with what is not committed yet."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _live(copy: Path, outside: Mapping[str, str]) -> Life:
    env = {name: value for name, value in outside.items() if name not in STANDS_ELSEWHERE}
    env |= {"PORT": str(free_port()), "DATA_DIR": str(copy / ".data"), "PYTHONUNBUFFERED": "1"}
    command = [BASE_PYTHON, "runner/bootstrap.py", "run"]
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=copy, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        try:
            _await_ready(child.stdout)
            started = time.perf_counter()
            time.sleep(SETTLING_SECONDS)
            weights = weigh(copy / ".data")
        finally:
            asked = time.perf_counter()
            child.send_signal(signal.SIGINT)
            child.communicate()
    return Life(started - began, time.perf_counter() - asked, weights)


def _await_ready(screen: IO[str] | None) -> None:
    seen = []
    for line in screen or ():
        seen.append(line)
        if line.startswith("ready "):
            return
    raise Problem(f"make run did not get ready:\n{''.join(seen[-20:])}")
