"""Makes `.venv` and keeps it at what the requirements files pin. Standard library only.

`.venv/.installed` remembers what was installed; `.venv/.unfinished` stands there while it is being made, so an
interrupted install is begun afresh. A virtual environment that a person made without us is kept and filled up.
"""

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from runner.checks import check
from runner.screen import Problem, last_lines, say
from runner.settings import ROOT, Settings

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / ".installed"
UNFINISHED = VENV / ".unfinished"
LOG = VENV / "install.log"
PIP_OPTIONS = (
    "--disable-pip-version-check",
    "--no-input",
    "--progress-bar=off",
    "--require-hashes",
    "--no-deps",  # the file is complete: nothing is left to resolve
    "--no-compile",  # pip does it on one core
)
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)


def main(arguments: list[str]) -> NoReturn:
    """Prepares for the task that `arguments` begin with, then becomes `python -m runner` in `.venv`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.chdir(ROOT)
    try:
        if arguments == ["run"]:
            check(Settings.read())
        ensure_venv(
            ["requirements.txt"] if arguments == ["run"] else ["requirements.txt", "requirements-dev.txt"]
        )
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    os.execv(PYTHON, [str(PYTHON), "-m", "runner", *arguments])


def ensure_venv(names: list[str]) -> None:
    """Installs those of the requirements files `names` that are not installed as they stand now."""
    with _alone() as lock:
        if UNFINISHED.exists() or not _fits():
            _make_venv(lock)
        installed = json.loads(INSTALLED.read_text()) if INSTALLED.exists() else {}
        for name in names:
            if installed.get(name) != _digest(name):
                UNFINISHED.touch()
                _install(name, lock)
                INSTALLED.write_text(json.dumps(installed := {**installed, name: _digest(name)}))
                UNFINISHED.unlink()


@contextmanager
def _alone() -> Iterator[int]:
    """Holds the lock under which `.venv` is changed. Pip inherits it: it may outlive us when we are killed."""
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another command that is making .venv …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _digest(name: str) -> str:
    """Changes with the file, with the Python and with the place (the environment knows its own path)."""
    parts = (ROOT / name).read_bytes(), sys.version.encode(), bytes(ROOT)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _fits() -> bool:
    return PYTHON.exists() and (VENV / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}").is_dir()


def _make_venv(lock: int) -> None:
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    say("Making .venv …")
    without = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    _run([BASE_PYTHON, "-m", "venv", *without, str(VENV)], "Making .venv", lock)


def _install(name: str, lock: int) -> None:
    total = sum("==" in line for line in (ROOT / name).read_text().splitlines())
    say(f"Installing {total} packages of {name} …")
    _run([*_pip(), "install", *PIP_OPTIONS, "-r", name], f"Installing {name}", lock, total)
    say("Compiling them …")
    compiling = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", str(VENV / "lib")]
    subprocess.run(compiling, capture_output=True, pass_fds=(lock,), check=False)  # some are meant to fail


def _pip() -> list[str]:
    """The environment's own pip, else that of the Python which made it (Debian without python3-venv)."""
    if importlib.util.find_spec("ensurepip"):
        return [str(PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [BASE_PYTHON, "-m", "pip", "--python", str(PYTHON)]
    raise Problem("This Python has neither ensurepip nor pip. On Debian or Ubuntu: apt install python3-venv")


def _run(command: list[str], what: str, lock: int, total: int = 0) -> None:
    """Runs a step of the install, its output in the log; shows how many of `total` packages are there."""
    with (
        LOG.open("a") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=(lock,)
        ) as child,
    ):
        try:
            _follow(child, log.write, total)
        except BaseException:
            child.terminate()
            raise
    if child.returncode:
        raise Problem(f"{what} failed (exit code {child.returncode}; {LOG}):{last_lines(LOG)}")


def _follow(child: "subprocess.Popen[str]", write: Callable[[str], object], total: int) -> None:
    seen = 0
    for line in child.stdout or ():
        write(line)
        if line.startswith(("Collecting ", "Processing ")):
            seen += 1
            _show(
                f"  {seen}/{total} {line.split()[1].rpartition('/')[2].partition('==')[0]}",
                often=seen % 20 == 0,
            )
        elif line.startswith("Installing collected"):
            _show("  unpacking …", often=True)
    if total:
        _show("  done", often=True, end="\n")


def _show(text: str, often: bool, end: str = "") -> None:
    if sys.stdout.isatty():
        say(f"\r{text:<60}", end=end)
    elif often:
        say(text)
