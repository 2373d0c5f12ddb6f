"""The supervisor, over small shell processes."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.process import Spec
from runner.screen import Problem
from runner.sessions import members
from runner.supervisor import StopAsked, Supervisor

ENV = {"PATH": os.environ["PATH"]}


def shell(name: str, script: str, stop_by: float = 2.0) -> Spec:
    return Spec(name, ["sh", "-c", script], ENV, stop_by=stop_by)


def polite(name: str, diary: Path, stop_by: float) -> Spec:
    """Writes its name down when it is asked to stop."""
    return shell(
        name, f"trap 'echo {name} >> {diary}; exit' TERM; echo up; while :; do sleep 0.05; done", stop_by
    )


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    lock = os.open(tmp_path / "lock", os.O_CREAT | os.O_RDWR)
    one = Supervisor(tmp_path, tmp_path, lock)
    yield one
    one.stop()
    os.close(lock)


@pytest.fixture
def ask(supervisor: Supervisor) -> Iterator[None]:
    """Lets the supervisor heed the signals of this process while the test runs."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor.heed_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def tend_until(supervisor: Supervisor, log: Path, text: str) -> None:
    supervisor.wait_for(lambda: log.exists() and text in log.read_text(), log.stem, seconds=10)


def pid_of(tmp_path: Path, name: str) -> int:
    return int(json.loads((tmp_path / "processes.json").read_text())[name])


def test_processes_stop_in_the_order_of_their_times(supervisor: Supervisor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    for name, stop_by in (("database", 9.5), ("web", 3.0), ("worker", 6.5)):
        supervisor.start(polite(name, diary, stop_by))
        tend_until(supervisor, tmp_path / f"{name}.log", "up")
    supervisor.stop()
    assert diary.read_text().split() == ["web", "worker", "database"]


def test_process_that_ignores_the_signal_is_killed_at_its_time(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    diary = tmp_path / "diary"
    supervisor.start(shell("deaf", "trap '' TERM; echo up; while :; do sleep 0.05; done", stop_by=0.4))
    supervisor.start(polite("late", diary, stop_by=2.0))
    for name in ("deaf", "late"):
        tend_until(supervisor, tmp_path / f"{name}.log", "up")
    began = time.monotonic()
    supervisor.stop()
    assert 0.4 <= time.monotonic() - began < 1.5
    assert diary.read_text().split() == ["late"]


def test_second_wish_to_stop_kills_what_still_ends(supervisor: Supervisor, tmp_path: Path, ask: None) -> None:
    supervisor.start(shell("deaf", "trap '' TERM; echo up; while :; do sleep 0.05; done", stop_by=30.0))
    tend_until(supervisor, tmp_path / "deaf.log", "up")
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)  # at once: the same wish, handed on by make
    with pytest.raises(StopAsked):
        supervisor.keep_running()
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, 0.6)
    began = time.monotonic()
    supervisor.stop()
    assert 0.5 < time.monotonic() - began < 3


def test_what_a_process_forked_ends_with_it(supervisor: Supervisor, tmp_path: Path) -> None:
    forking = "setpgrp() { set -m; sleep 60 & }; setpgrp; echo up; wait"
    supervisor.start(shell("parent", forking))
    tend_until(supervisor, tmp_path / "parent.log", "up")
    session = pid_of(tmp_path, "parent")
    assert len(members(session)) == 2
    supervisor.stop()
    assert members(session) == []


def test_crashed_process_starts_again_and_leaves_no_child_behind(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start(shell("web", "sleep 60 & echo up; wait"))
    tend_until(supervisor, tmp_path / "web.log", "up")
    supervisor.starting = False
    first = pid_of(tmp_path, "web")
    os.kill(first, signal.SIGKILL)
    tend_until(supervisor, tmp_path / "web.log", "up\nup")
    assert members(first) == []
    assert pid_of(tmp_path, "web") != first
    assert "web ended by itself (exit code -9); it starts again in 1 s" in capsys.readouterr().out


def test_process_that_cannot_start_is_told_with_its_last_words(supervisor: Supervisor) -> None:
    supervisor.start(shell("relay", "echo no such table; exit 3"))
    with pytest.raises(Problem, match="relay does not stay up") as told:
        supervisor.wait_for(lambda: False, "relay", seconds=20)
    assert "no such table" in str(told.value)


def test_command_that_fails_is_told_with_its_last_words(supervisor: Supervisor) -> None:
    with pytest.raises(Problem, match=r"migrate failed \(exit code 4\)") as told:
        supervisor.run(shell("migrate", "echo disk full; exit 4"))
    assert "disk full" in str(told.value)


def test_process_is_up_when_its_log_says_so(supervisor: Supervisor, tmp_path: Path) -> None:
    (tmp_path / "relay.log").write_text("up\n")  # of an earlier life
    supervisor.start(Spec("relay", ["sh", "-c", "sleep 0.5; echo up; sleep 60"], ENV, says="up\n"))
    began = time.monotonic()
    supervisor.wait_until_up(10)
    assert time.monotonic() - began >= 0.4
    supervisor.start(Spec("silent", ["sleep", "60"], ENV, says="up\n"))
    supervisor.wait_until_up(10, but={"silent"})
    with pytest.raises(Problem, match="silent is not ready after 0 s"):
        supervisor.wait_until_up(0.3)


def test_what_never_gets_ready_is_told(supervisor: Supervisor) -> None:
    supervisor.start(shell("web", "echo waiting for the moon; sleep 60"))
    with pytest.raises(Problem, match=r"web is not ready after 0 s(?s:.*)waiting for the moon"):
        supervisor.wait_for(lambda: False, "web", seconds=0.3)
