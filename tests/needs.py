"""What a test needs of the machine: the path of it, or a loud skip; a failure where CI=true."""

import os
import re
import shutil
import subprocess
from ctypes.util import find_library
from pathlib import Path

import pytest

from runner.checks import NODE_NEEDED
from runner.tasks import BROWSERS

MEDUSA = Path(__file__).parent / "floors/medusa"


def need_chromium() -> str:
    """The path of a Chromium or Chrome."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or _missing("a Chromium (make test installs it as root with apt-get)")


def need_node() -> str:
    """The path of Node.js, of a version that Vendure runs on, with npm beside it."""
    node = shutil.which("node")
    if node and shutil.which("npm"):
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        version = re.match(r"v(\d+)", answer)
        if version and int(version[1]) >= NODE_NEEDED:
            return node
    return _missing(f"Node.js {NODE_NEEDED} or newer, with npm")


def need_medusa() -> None:
    """It takes 700 MB and a minute: it is tried where it is installed, or where MEDUSA=1 asks for it."""
    need_node()
    installed = MEDUSA / "node_modules/.installed-lock.json"
    if os.environ.get("MEDUSA") != "1" and not installed.exists():
        pytest.skip("Medusa is not installed here: MEDUSA=1 make test installs and tries it")


def need_zbar() -> None:
    """The library that the second reader of QR pictures stands on."""
    if not find_library("zbar"):
        _missing("libzbar0 (make test installs it as root with apt-get)")


def _missing(what: str) -> str:
    text = f"THIS MACHINE HAS NO {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)
