"""`make test`, `lint`, `bench`, `drill` and `requirements`."""

import os
import shutil
import subprocess
import sys
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
    """Installs the browser where it may, then runs every test; a slow server is started by one worker only."""
    install_browser()
    return _module("pytest", "-n", "2", "--dist", "loadgroup")


def lint() -> int:
    """Every check, also after one that failed."""
    imports = subprocess.call([Path(sys.executable).with_name("lint-imports"), "--no-cache"])
    return max([imports, *(_module(*command) for command in LINTERS)])


def bench() -> int:
    return _module("bench")


def drill() -> int:
    return _module("drills")


def requirements() -> int:
    if not shutil.which("uv"):
        raise Problem("Pinning needs uv: pip install uv")
    pin = [*PIN, "--python-version", "3.11"]
    names = ("requirements", "requirements-dev")
    return max([subprocess.call([*pin, f"{name}.in", "-o", f"{name}.txt", "-q"]) for name in names])


def install_browser() -> None:
    if any(map(shutil.which, BROWSERS)):
        return
    if os.getuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium for the browser tests …")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for words in (["update", "-q"], ["install", "-yq", "--no-install-recommends", "chromium"]):
            subprocess.call(["apt-get", *words], env=env, stdout=subprocess.DEVNULL)
    else:
        say("!!! No Chromium here: the browser tests will be skipped (they fail when CI=true).")


def _module(name: str, *arguments: str) -> int:
    return subprocess.call([sys.executable, "-m", name, *arguments])
