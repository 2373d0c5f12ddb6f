"""The floors' trees of categories, and what each leaf wants to know. One tree serves all: each floor has its own form
and names its attributes itself."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sandbox.floors.door import Visit


@dataclass(frozen=True)
class Attribute:
    """Named by each floor; `values` by their numbers, none where any words are taken."""

    names: dict[str, str]
    label: str
    required: bool
    values: dict[int, str]
    free: bool


@dataclass(frozen=True)
class Category:
    number: int
    parent: int
    name: str
    attributes: tuple[Attribute, ...] | None = None
    """None where it is no leaf."""


ORIGIN = Attribute(
    {"shopee": "100002", "lazada": "origin", "tiktok": "100107"}, "Nơi làm ra", True, {}, free=True
)
STORAGE = Attribute(
    {"shopee": "100010", "lazada": "storage_type", "tiktok": "100110"},
    "Cách bảo quản",
    True,
    {501: "Nơi khô mát", 502: "Ngăn mát tủ lạnh"},
    free=False,
)
TASTE = Attribute(
    {"shopee": "100011", "lazada": "flavor", "tiktok": "100111"},
    "Vị",
    False,
    {601: "Ngọt", 602: "Chua"},
    True,
)
TREE = (
    Category(100001, 0, "Thực phẩm và đồ uống"),
    Category(100600, 100001, "Nông sản tươi"),
    Category(100630, 100600, "Rau củ quả", ()),
    Category(100631, 100600, "Đặc sản vùng miền", (ORIGIN,)),
    Category(100640, 100001, "Trà và cà phê"),
    Category(100641, 100640, "Chè khô", (STORAGE, TASTE)),
    Category(100650, 100001, "Mật ong", (ORIGIN, STORAGE)),
    Category(100002, 0, "Nhà cửa đời sống"),
    Category(100700, 100002, "Đồ thủ công, thổ cẩm", ()),
)


def open_tree(visit: Visit) -> Iterator[Category]:
    """As the floor tells it now."""
    return (one for one in TREE if (visit.floor, one.number) not in visit.house.closed)


def leaf(visit: Visit, number: int | str) -> Category | None:
    """An open leaf of that number."""
    return next(
        (one for one in open_tree(visit) if str(one.number) == str(number) and one.attributes is not None),
        None,
    )


def is_closed(visit: Visit, number: int | str) -> bool:
    return (visit.floor, int(number)) in visit.house.closed if str(number).isdecimal() else False


def lacking(visit: Visit, category: Category, given: Collection[str]) -> list[str]:
    """What the category wants and is not `given`, by the floor's names."""
    wanted = [one.names[visit.floor] for one in category.attributes or () if one.required]
    return [name for name in wanted if name not in given]
