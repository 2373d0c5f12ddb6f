"""Whoever adds a floor finds every place that must name it in `docs/floors/adding.md`."""

import re
from pathlib import Path

import pytest

from core.config import Config
from drills.shelves import REAL
from gateways.marketplaces import _FLOORS
from runner.settings import FLOORS as STARTED
from services.marketplaces import BY_WORKERS
from tests.contract.conftest import FLOORS as TRIED
from tests.servers import SECRETS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "floors" / "adding.md"
ROOMS = ("core", "data", "drills", "gateways", "models", "runner", "sandbox", "services", "web", "workers")
OF_EVERY_FLOOR, OF_SOME = "| place | what of it |", "| place | which floors |"


def places(head: str) -> list[str]:
    """The first column of the table under this head."""
    rows = PAGE.read_text().split(head)[1].split("\n\n")[0].strip().splitlines()[1:]
    return [place for row in rows for place in re.findall("`([^`]+)`", row.split("|")[1])]


def is_named(floor: str, place: str) -> bool:
    """In the file; a folder or file of its own need only be there."""
    path = ROOT / place.replace("<name>", floor)
    return path.exists() and ("<name>" in place or says(path, floor))


def says(path: Path, floor: str) -> bool:
    return re.search(rf"(?<![a-z]){floor}(?![a-z])", path.read_text().lower()) is not None


@pytest.mark.parametrize("floor", _FLOORS)
def test_floor_is_named_in_each_place_of_the_page(floor: str) -> None:
    listed = places(OF_EVERY_FLOOR)
    assert len(listed) > 5
    assert [place for place in listed if not is_named(floor, place)] == []


def test_page_lists_every_file_that_names_all_floors() -> None:
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".csv"}]
    found = [path for path in (*files, ROOT / ".env.example") if all(says(path, floor) for floor in _FLOORS)]
    naming = {path.relative_to(ROOT).as_posix() for path in found}
    assert len(naming) > 3
    assert naming - {*places(OF_EVERY_FLOOR), *places(OF_SOME)} == set()


def test_places_of_some_floors_are_there() -> None:
    listed = places(OF_SOME)
    assert len(listed) > 5
    assert [place for place in listed if not any(ROOT.glob(place.replace("<name>", "*")))] == []


@pytest.mark.parametrize("floor", _FLOORS)
def test_address_connects_a_floor(floor: str) -> None:
    env = {**SECRETS, "DATABASE_URL": "postgresql://", "REDIS_URL": "redis://"}
    assert not Config.read(env).connects(floor)
    assert Config.read({**env, f"{floor.upper()}_URL": "http://127.0.0.1:1"}).connects(floor)


def test_floors_are_the_same_everywhere() -> None:
    assert set(BY_WORKERS) == set(_FLOORS) == set(TRIED)


def test_drill_reads_every_shop_that_can_be_started() -> None:
    assert REAL.keys() == STARTED.keys()
