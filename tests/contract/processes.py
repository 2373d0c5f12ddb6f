"""Real servers as processes of the test run, each on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import requests

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "tests" / "floors"
FIRST_START_SECONDS = 400
"""Of which installing takes most, the first time."""


class SandboxProcess:
    """One of our own sandboxes, `python -m MODULE`, on a port of its own."""

    module: ClassVar[str]

    def __init__(self, data: Path) -> None:
        self.data = data
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", self.module, "--port", "0", "--data", str(self.data)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self, kill: bool = False) -> int:
        self.process.kill() if kill else self.process.terminate()
        return self.process.wait(10)


class Process:
    """A server that answers on `url`."""

    def __init__(self, running: subprocess.Popen[bytes], url: str, data_dir: Path) -> None:
        self.url = url
        self.data_dir = data_dir
        self._running = running

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It lives, takes connections and answers nothing."""
        self._running.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._running.send_signal(signal.SIGCONT)


@contextmanager
def started(name: str, data_dir: Path, **settings: str) -> Iterator[Process]:
    """The server of the recipe `tests/floors/NAME`, once it answers."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    recipe = RECIPES / name / "run.sh"
    running = subprocess.Popen([recipe, str(port), str(data_dir)], env={**os.environ, **settings})
    try:
        _wait(running, name, url)
        yield Process(running, url, data_dir)
    finally:
        running.terminate()
        running.wait(20)


def _wait(running: subprocess.Popen[bytes], name: str, url: str) -> None:
    deadline = time.monotonic() + FIRST_START_SECONDS
    while time.monotonic() < deadline:
        assert running.poll() is None, f"{name} did not start"
        try:
            if requests.get(f"{url}/health", timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(f"{name} took too long to start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
