"""Starts processes in order, keeps them running, stops them in order and in time."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from runner.guard import Guard
from runner.process import Process, Spec
from runner.screen import Problem, last_lines, say

TICK_SECONDS = 0.05
STEADY_SECONDS = 60.0
"""A process that lived so long had no trouble starting."""
LONGEST_PAUSE = 30.0
TRIES_AT_START = 3
ONE_WISH_SECONDS = 0.3


class StopAsked(Exception):
    """Somebody pressed Ctrl-C, or sent SIGTERM."""


@dataclass
class Setback:
    """The row of crashes a process is in."""

    crashes: int
    next_try: float


class Supervisor:
    """The processes of one run. `lock` is inherited by each of them, so that it is free when all are gone."""

    def __init__(self, run_dir: Path, logs: Path, lock: int) -> None:
        self._list = run_dir / "processes.json"
        self._logs = logs
        self._lock = lock
        self._guard = Guard(lock)
        self._running: dict[str, Process] = {}
        self._setbacks: dict[str, Setback] = {}
        self._discarded: list[Path] = []
        self._asked = 0
        self._asked_at = 0.0
        self.starting = True
        """While it is true, a process that keeps crashing is a Problem; afterwards it is only tried again."""

    def heed_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, *_: object) -> None:
        """One wish may come twice at once: to the whole process group, and handed on by make."""
        now = time.monotonic()
        if now > self._asked_at + ONE_WISH_SECONDS:
            self._asked += 1
        self._asked_at = now

    def start(self, spec: Spec) -> None:
        process = Process(spec, self._log(spec.name), keep=(self._lock,))
        self._running[spec.name] = process
        self._guard.watch(process.pid, spec.stop_signal)
        self._publish()

    def discard(self, directory: Path) -> None:
        """Removes it when all processes are gone, whatever ended us."""
        self._discarded.append(directory)
        self._guard.discard(directory)

    def run(self, spec: Spec) -> None:
        """Starts it and waits for its end. Raises Problem unless it ended well."""
        self.start(spec)
        process = self._running[spec.name]
        while not process.gone:
            self._pause()
        del self._running[spec.name]
        if process.exit_code:
            raise Problem(f"{spec.name} failed (exit code {process.exit_code}):{last_lines(process.log)}")

    def wait_for(self, what: Callable[[], bool], name: str, seconds: float) -> None:
        """Waits until it holds, reviving what ends meanwhile. Raises Problem with the log of `name` after a while."""
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                log = self._log(name)
                raise Problem(f"{name} is not ready after {seconds:.0f} s ({log}):{last_lines(log)}")
            self.tend()

    def wait_until_up(self, seconds: float, but: Collection[str] = ()) -> None:
        """Waits for every process except those named. Raises Problem with the log of the first that is not up."""
        for name in [name for name in self._running if name not in but]:
            self.wait_for(partial(self._is_up, name), name, seconds)

    def _is_up(self, name: str) -> bool:
        return self._running[name].up

    def keep_running(self) -> None:
        """Until StopAsked."""
        self.starting = False
        while True:
            self.tend()

    def tend(self) -> None:
        """Looks once after each process, then waits a moment. Raises StopAsked."""
        self._pause()
        for name, process in list(self._running.items()):
            if process.gone:
                self._revive(name, process)

    def _pause(self) -> None:
        if self._asked:
            raise StopAsked
        time.sleep(TICK_SECONDS)

    def _revive(self, name: str, process: Process) -> None:
        now = time.monotonic()
        setback = self._setbacks.get(name)
        if setback and process.started < setback.next_try:
            if now >= setback.next_try:
                self.start(process.spec)
            return
        crashes = setback.crashes + 1 if setback and now - process.started < STEADY_SECONDS else 1
        if self.starting and crashes >= TRIES_AT_START:
            raise Problem(f"{name} does not stay up ({process.log}):{last_lines(process.log)}")
        pause = min(2.0 ** (crashes - 1), LONGEST_PAUSE)
        self._setbacks[name] = Setback(crashes, now + pause)
        say(f"{name} ended by itself (exit code {process.exit_code}); it starts again in {pause:.0f} s")

    def stop(self) -> None:
        """Everything, by the order and the times of `Spec.stop_by`; asked again, everything at once."""
        began, asked = time.monotonic(), self._asked
        by_time = sorted(self._running.values(), key=lambda process: process.spec.stop_by)
        for stop_by, group in groupby(by_time, key=lambda process: process.spec.stop_by):
            stage = list(group)
            for process in stage:
                process.ask_to_stop()
            while not all(process.gone for process in stage):
                if self._asked > asked or time.monotonic() > began + stop_by:
                    break
                time.sleep(TICK_SECONDS / 2)
            for process in stage:
                process.kill()
        self._running.clear()
        self._guard.dismiss()
        self._list.unlink(missing_ok=True)
        for directory in self._discarded:
            shutil.rmtree(directory, ignore_errors=True)

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _publish(self) -> None:
        """The process ids, for the drills and for whoever looks."""
        pids = {name: process.pid for name, process in self._running.items()}
        draft = self._list.with_suffix(".new")
        with suppress(OSError):  # a full disk must not end what runs
            draft.write_text(json.dumps({"supervisor": os.getpid(), **pids}, indent=2))
            draft.replace(self._list)
