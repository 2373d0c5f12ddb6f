"""`make test`, `lint`, `bench`, `drill` and `requirements`."""

import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

from runner.screen import Problem, say

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PIN = ["uv", "pip", "compile", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header"]
LINTERS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
)


def test() -> int:
    """Installs what it may, then runs every test; a slow server is started by one worker only."""
    install_what_tests_need()
    return _module("pytest", "-n", "2", "--dist", "loadgroup")


def lint() -> int:
    """Every check, also after one that failed."""
    imports = subprocess.call([Path(sys.executable).with_name("lint-imports"), "--no-cache"])
    return max([imports, *(_module(*command) for command in LINTERS)])


def bench() -> int:
    return _module("bench")


def drill() -> int:
    return _module("drills") or _module("drills.floors")


def requirements() -> int:
    if not shutil.which("uv"):
        raise Problem("Pinning needs uv: pip install uv")
    pin = [*PIN, "--python-version", "3.11"]
    names = ("requirements", "requirements-dev", "tests/floors/oscar/requirements")
    return max([subprocess.call([*pin, f"{name}.in", "-o", f"{name}.txt", "-q"]) for name in names])


def install_what_tests_need() -> None:
    """Debian's packages, as root; elsewhere a loud word on what will be skipped."""
    missing = [package for package, found in _needed().items() if not found]
    if not missing:
        return
    if os.getuid() == 0 and shutil.which("apt-get"):
        say(f"Installing {' '.join(missing)} for the tests …")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-yq", "--no-install-recommends", *missing]):
            subprocess.call(["apt-get", *words], env=env, stdout=subprocess.DEVNULL)
    else:
        say(f"!!! Not here: {', '.join(missing)}. What needs them will be skipped (it fails when CI=true).")


def _needed() -> dict[str, bool]:
    """By Debian's package: whether what it brings is here, from wherever."""
    return {
        "chromium": any(map(shutil.which, BROWSERS)),
        "nodejs": bool(shutil.which("node")),
        "npm": bool(shutil.which("npm")),
        "libzbar0": bool(find_library("zbar")),
    }


def _module(name: str, *arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", name, *arguments])
