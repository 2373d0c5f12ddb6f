"""What a person is told when `make run` cannot start."""

import ast
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runner import checks, reach
from runner.keys import load_or_make
from runner.locks import lock_run
from runner.screen import Problem
from runner.settings import ROOT, Settings


def settings(**env: str) -> Settings:
    return Settings.read(env, file=Path("/nonexistent"))


@pytest.mark.parametrize("beyond", [0, 1])
def test_taken_port_is_named_with_a_way_out(beyond: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(Problem, match=rf"Port {taken} .* is taken\. Choose another: make run PORT="):
            checks.check_ports(settings(PORT=str(taken - beyond)))


@pytest.mark.parametrize("port", ["http", "0", "-1", "65534", "99999", "8000.5"])
def test_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Problem, match="is no port"):
        settings(PORT=port)


def test_unknown_floor_is_refused() -> None:
    with pytest.raises(Problem, match="known: medusa oscar vendure"):
        settings(FLOORS="vendure amazon")


def test_directory_that_cannot_be_written_is_named() -> None:
    with pytest.raises(Problem, match="DATA_DIR /dev/null/data cannot be written"):
        checks.check_data_dir(Path("/dev/null/data"))


def test_full_disk_is_told_with_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=5_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(Problem, match="5 MB free, 300 MB needed"):
        checks.check_data_dir(tmp_path)


def test_old_node_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v18.19.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(Problem, match=r"needs Node\.js 20 or newer .*; this is v18\.19\.0"):
        checks.check_node("vendure")


def test_directory_in_use_is_told(tmp_path: Path) -> None:
    lock_run(tmp_path)
    with pytest.raises(Problem, match="is in use by another run"):
        lock_run(tmp_path)


def test_unreachable_servers_are_told_without_the_password() -> None:
    with pytest.raises(Problem, match="DATABASE_URL cannot be reached") as told:
        reach.require_database("postgresql+psycopg://clerk:topsecret@127.0.0.1:1/market")
    assert "topsecret" not in str(told.value)
    with pytest.raises(Problem, match="REDIS_URL cannot be reached"):
        reach.require_redis("redis://127.0.0.1:1/0")


def test_environment_goes_before_the_file_and_empty_is_not_set(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nPORT=9000\nDEMO_PASSWORD=a=b\nFLOORS=\n")
    read = Settings.read({"PORT": "9100", "DATABASE_URL": ""}, file)
    assert (read.port, read.env["DEMO_PASSWORD"]) == (9100, "a=b")
    assert "DATABASE_URL" not in read.env


def test_secrets_are_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.env"
    made = load_or_make(file)
    assert set(made) == {"SECRET_KEY", "ENCRYPTION_KEYS", "BLIND_INDEX_KEY"}
    assert file.stat().st_mode & 0o777 == 0o600
    assert load_or_make(file) == made


def test_old_python_can_read_the_refusal() -> None:
    source = (ROOT / "runner" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 0))
    assert source.isascii()
    as_old = "import runpy, sys; sys.version_info = (3, 9); runpy.run_path('runner/bootstrap.py')"
    done = subprocess.run(
        [sys.executable, "-c", as_old], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
