"""The embedded servers under a supervisor that ends in every way there is."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from runner.sessions import members
from runner.settings import ROOT

Start = Callable[[], tuple["subprocess.Popen[str]", str, str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a run on one data directory, whose path is too long for a socket."""
    data_dir = tmp_path / ("d" * 100)
    data_dir.mkdir()
    runs = []

    def begin() -> tuple["subprocess.Popen[str]", str, str]:
        command = [sys.executable, "-m", "tests.integration.runner.supervised", str(data_dir)]
        run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        runs.append(run)
        assert run.stdout
        assert run.stderr
        line = run.stdout.readline()
        assert line.startswith("up "), run.stderr.read()
        _, database_url, redis_url = line.split()
        return run, database_url, redis_url

    yield begin
    for run in runs:
        run.terminate()
        run.communicate()


def children(data_dir: Path) -> dict[str, int]:
    pids: dict[str, int] = json.loads((data_dir / "processes.json").read_text())
    pids.pop("supervisor")
    return pids


def live(pids: dict[str, int]) -> dict[str, int]:
    return {name: pid for name, pid in pids.items() if members(pid)}


def wait_until(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def put(database_url: str, redis_url: str, number: int) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create table if not exists kept (number integer primary key)")
        connection.execute("insert into kept values (%s)", [number])
    with redis.Redis.from_url(redis_url) as client:
        client.rpush("kept", number)


def kept(database_url: str, redis_url: str) -> tuple[list[int], list[int]]:
    with psycopg.connect(database_url) as connection:
        rows = [number for (number,) in connection.execute("select number from kept order by number")]
    with redis.Redis.from_url(redis_url) as client:
        return rows, [int(number) for number in client.lrange("kept", 0, -1)]


def test_killed_supervisor_leaves_nothing_and_the_next_run_has_everything(
    start: Start, tmp_path: Path
) -> None:
    run, *urls = start()
    pids = children(next(tmp_path.iterdir()))
    assert set(pids) == {"postgres", "valkey", "stubborn"}
    put(*urls, 1)
    time.sleep(1.2)  # Valkey flushes every second
    os.kill(run.pid, signal.SIGKILL)
    sockets = Path(urlsplit(urls[1]).path).parent
    wait_until(lambda: not sockets.exists(), seconds=10)
    assert live(pids) == {}

    _, *urls = start()
    assert kept(*urls) == ([1], [1])


def test_run_that_follows_a_killed_one_at_once_waits_for_its_end(start: Start, tmp_path: Path) -> None:
    run, *urls = start()
    pids = children(next(tmp_path.iterdir()))
    put(*urls, 1)
    time.sleep(1.2)
    os.kill(run.pid, signal.SIGKILL)
    _, *urls = start()
    assert live(pids) == {}
    assert kept(*urls) == ([1], [1])


def test_ordered_stop_ends_all_within_ten_seconds(start: Start, tmp_path: Path) -> None:
    run, *urls = start()
    data_dir = next(tmp_path.iterdir())
    pids = children(data_dir)
    put(*urls, 2)
    began = time.monotonic()
    run.terminate()
    assert run.wait(timeout=20) == 0
    assert time.monotonic() - began < 10
    assert live(pids) == {}
    assert not (data_dir / "processes.json").exists()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()
    _, *urls = start()
    assert kept(*urls) == ([2], [2])


def test_killed_database_comes_back_under_the_same_address(start: Start, tmp_path: Path) -> None:
    _, *urls = start()
    put(*urls, 3)
    os.kill(children(next(tmp_path.iterdir()))["postgres"], signal.SIGKILL)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            assert kept(*urls)[0] == [3]
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the database did not come back")


def test_second_run_on_the_same_data_is_refused(start: Start, tmp_path: Path) -> None:
    start()
    command = [sys.executable, "-m", "tests.integration.runner.supervised", str(next(tmp_path.iterdir()))]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert second.returncode == 1
    assert "is in use by another run" in second.stderr


def test_dump_holds_what_the_embedded_database_holds(start: Start, tmp_path: Path) -> None:
    _, *urls = start()
    put(*urls, 4)
    env = {**os.environ, "DATA_DIR": str(next(tmp_path.iterdir()))}
    command = [sys.executable, "-m", "runner", "dump"]
    dumped = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout
    assert "COPY public.kept (number) FROM stdin;\n4\n" in dumped
    assert "transaction_timeout" not in dumped


def test_commands_find_what_runs_here(start: Start, tmp_path: Path) -> None:
    """And say so where nothing does."""
    _, database_url, _ = start()
    command = [sys.executable, "-m", "runner", "flask", "db", "upgrade"]
    here, elsewhere = next(tmp_path.iterdir()), tmp_path / "elsewhere"
    found, missed = (
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        for folder in (here, elsewhere)
    )
    assert (found.returncode, missed.returncode) == (0, 1), found.stderr
    with psycopg.connect(database_url) as database:
        assert database.execute("SELECT count(*) FROM payments").fetchone() == (0,)
    assert "start it with make run" in missed.stderr
