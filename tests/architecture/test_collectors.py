"""Whoever adds a collector adds its folder, and finds nothing else that must name it."""

import re
from pathlib import Path

import pytest

from gateways.formats import COLLECTORS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "gateways", "models", "services", "templates", "web", "workers")
MAY_NAME_PAYOS = {
    "services/demo/seeding.py",  # the demo's channels are its sandbox's
    "web/api/channels.py",  # callers of the first version did not say whose channel they open
}


@pytest.mark.parametrize("collector", COLLECTORS)
def test_nothing_but_its_folder_names_a_collector(collector: str) -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".html"}]
    assert len(files) > 300
    elsewhere = [path for path in files if ROOT / "gateways" / collector not in path.parents]
    named = re.compile(rf"(?<![a-z]){collector}(?![a-z])", re.IGNORECASE)
    naming = {path.relative_to(ROOT).as_posix() for path in elsewhere if named.search(path.read_text())}
    assert naming - MAY_NAME_PAYOS == set()
