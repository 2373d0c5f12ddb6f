"""The making of `.venv`, in a copy of the repository that needs one tiny package."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from runner.settings import ROOT

BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
ENSURE = """
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "ensurepip" else found(name, *rest)
from runner.install import ensure_venv
ensure_venv(["requirements.txt"])
"""
"""As on a Debian without python3-venv: the Python's own pip does the work."""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "runner", tmp_path / "runner")
    require(tmp_path, "1.0")
    return tmp_path


def require(repository: Path, version: str) -> None:
    """Builds the package `tiny` and pins it."""
    wheel = repository / f"tiny-{version}-py3-none-any.whl"
    about = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", f"version = {version!r}\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (repository / "requirements.txt").write_text(f"tiny @ {wheel.as_uri()} --hash=sha256:{digest}\n")


def begin(repository: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [BASE_PYTHON, "-c", ENSURE], cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ensure(repository: Path) -> str:
    child = begin(repository)
    out, errors = child.communicate(timeout=60)
    assert child.returncode == 0, out + errors
    return out


def installed(repository: Path) -> str:
    asked = [str(repository / ".venv/bin/python"), "-c", "import tiny; print(tiny.version)"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()


def test_venv_is_made_once_and_follows_the_requirements(repository: Path) -> None:
    assert "Making .venv" in ensure(repository)
    assert installed(repository) == "1.0"
    assert ensure(repository) == ""
    require(repository, "1.1")
    assert "Making .venv" not in ensure(repository)
    assert installed(repository) == "1.1"


def test_interrupted_install_is_begun_afresh(repository: Path) -> None:
    ensure(repository)
    next((repository / ".venv/lib").rglob("tiny.py")).unlink()
    (repository / ".venv/.unfinished").touch()
    assert installed(repository) == ""
    assert "Making .venv" in ensure(repository)
    assert installed(repository) == "1.0"
    assert not (repository / ".venv/.unfinished").exists()


def test_wrong_hash_is_refused_and_told(repository: Path) -> None:
    pinned = repository / "requirements.txt"
    pinned.write_text(pinned.read_text()[:-65] + "0" * 64 + "\n")
    child = begin(repository)
    _, errors = child.communicate(timeout=60)
    assert child.returncode
    assert "Installing requirements.txt failed" in errors
    assert "do not match the hashes" in errors.lower()


def test_two_at_once_do_not_disturb_each_other(repository: Path) -> None:
    first, second = begin(repository), begin(repository)
    outputs = [child.communicate(timeout=60)[0] for child in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert sum("Making .venv" in output for output in outputs) == 1
    assert installed(repository) == "1.0"
