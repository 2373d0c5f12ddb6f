"""The floors that a listing can be put on today, what people call each and what it asks of a listing:
`data/floors.csv`, and where no category was chosen (`services.floor_attributes`) `data/floor_categories.csv`. All but
the product's own shop and those to which a sheet is carried have a client in `gateways.marketplaces`."""

import csv
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from core.config import config
from core.errors import InvalidInput, text
from models import Goods, OrderStatus
from models.orders import SHOP

SHEET_FLOORS = ("postmart", "voso")
"""Nobody but people can put anything there: staff carry a sheet (`services.sheet_floors`)."""
DATA = Path(__file__).resolve().parent.parent / "data"


def read_rows(name: str) -> list[dict[str, str]]:
    return _read(DATA / name)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


MARKETPLACES = {row["marketplace"]: row["name"] for row in read_rows("floors.csv")}
"""What people call them."""
BY_WORKERS = [name for name in MARKETPLACES if name not in {SHOP, *SHEET_FLOORS}]
"""Those that workers make equal to a listing."""


@dataclass(frozen=True)
class Floor:
    """What one floor asks of a listing; lengths in characters."""

    marketplace: str
    calls_per_second: float
    title_min: int
    title_max: int
    description_min: int
    description_max: int
    photos_min: int
    photos_max: int
    weight: bool
    package: bool
    category: bool
    labels_from: OrderStatus | None
    """How far an order must be, as the floor knows, before it prints the labels of its parcels; None where it prints
    none."""
    tells_delivery: bool
    """Whether it ever says that a buyer has the goods; else the seller does."""
    source: str
    """Who says so."""


def floors_with_trees() -> list[str]:
    """Those on which goods stand in one of the floor's own categories."""
    return [name for name in MARKETPLACES if floor_named(name).category]


def open_floors() -> list[str]:
    """Those that this installation is connected to; our own shop always is,
    and a sheet can always be carried."""
    return [name for name in MARKETPLACES if name not in BY_WORKERS or config().connects(name)]


def offered_floors(standing: Collection[str] = ()) -> list[str]:
    """Those to choose from: the open ones, and those on which the listing is meant to stand all the same."""
    offered = {*open_floors(), *standing}
    return [name for name in MARKETPLACES if name in offered]


def require_offered(chosen: Collection[str], standing: Collection[str] = ()) -> None:
    """Raises InvalidInput for a floor that is not to be chosen: nobody could help what is refused there."""
    offered = offered_floors(standing)
    if not set(chosen) <= {*offered}:
        choices = ", ".join(MARKETPLACES[name].partition(" (")[0] for name in offered)
        said = text("Có sàn chưa kết nối ở đây; hãy chọn trong: %(choices)s", choices=choices)
        raise InvalidInput.of("marketplaces", said)


@cache
def floor_named(marketplace: str) -> Floor:
    """Raises KeyError for a floor that `data/floors.csv` does not know."""
    floor = _floors()[marketplace]
    agreed = dict(config().floor_paces).get(marketplace)
    return replace(floor, calls_per_second=agreed) if agreed else floor


@cache
def category_in_files(marketplace: str, goods: Goods) -> str | None:
    """The floor's own category for such goods, where no administrator has chosen one; None where no file says which."""
    return _categories().get((marketplace, goods))


def categories_in_files(marketplace: str) -> set[str]:
    return {category for (name, _), category in _categories().items() if name == marketplace}


@cache
def _floors() -> dict[str, Floor]:
    return {row["marketplace"]: _floor(row) for row in read_rows("floors.csv")}


def _floor(row: dict[str, str]) -> Floor:
    return Floor(
        marketplace=row["marketplace"],
        calls_per_second=float(row["calls_per_second"]),
        title_min=int(row["title_min"]),
        title_max=int(row["title_max"]),
        description_min=int(row["description_min"]),
        description_max=int(row["description_max"]),
        photos_min=int(row["photos_min"]),
        photos_max=int(row["photos_max"]),
        weight=row["weight"] == "yes",
        package=row["package"] == "yes",
        category=row["category"] == "yes",
        labels_from=OrderStatus(row["labels_from"]) if row["labels_from"] else None,
        tells_delivery=row["tells_delivery"] == "yes",
        source=row["source"],
    )


@cache
def _categories() -> dict[tuple[str, Goods], str]:
    """This installation's own go before those of every installation: floors change them, and shops choose."""
    own = config().floor_categories
    rows = read_rows("floor_categories.csv") + (_read(Path(own)) if own else [])
    return {(row["marketplace"], Goods(row["goods"])): row["category"] for row in rows}
