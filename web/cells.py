"""Facts of goods in one cell of a sheet that a form asks for in several fields: how they are written, and read back
the same. A sign that parts them stands with `\\` before it where it is part of a word; `\\n` is a new line."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from core import money
from core.errors import text
from core.text import fold, in_cell
from models import Certificate
from services.marketplaces import MARKETPLACES, open_floors
from web.goods import DAY, LONGEST_PAPER, LONGEST_VALUE, MOST_ATTRIBUTES, MOST_PAPERS, read_day
from web.schemas import LONGEST_NAME, Line

LONGEST_CELL = 32_767
"""What Excel keeps."""
COMMUNE_DIGITS = 5
FLOORS_NAMED = {
    fold(words): code
    for code, name in MARKETPLACES.items()
    for words in (code, name, name.partition(" (")[0])
}
"""A floor's code, its whole name, and that without what explains it."""
TICKS = frozenset({"x", "v", "✓", "co", "dung"})


class PapersInCell(fields.Field[list[dict[str, Any]]]):
    """Certificates, one a line: name; number; last day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[dict[str, Any]]:
        lines = [line for line in str(value).splitlines() if line.strip()]
        if len(lines) > MOST_PAPERS:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=MOST_PAPERS)])
        return [_paper(line) for line in lines]


def _paper(line: str) -> dict[str, Any]:
    parts = [" ".join(_read(part).split()) for part in _apart(line, ";")]
    whole = len(parts) == 3 and DAY.fullmatch(parts[2]) and all(parts)
    if not whole or max(map(len, parts)) > LONGEST_PAPER:
        raise ValidationError([text("Cần đủ: tên; số; ngày hết hạn, ví dụ: VietGAP; 0123/2026; 31/12/2027")])
    return {"name": parts[0], "number": parts[1], "expires_on": read_day(parts[2])}


def papers_in_cell(papers: Iterable[Certificate]) -> str:
    """As PapersInCell reads them."""
    rows = ([paper.name, paper.number, f"{paper.expires_on:%d/%m/%Y}"] for paper in papers)
    return "\n".join("; ".join(_written(" ".join(part.split())) for part in row) for row in rows)


class FloorsInCell(fields.Field[list[str]]):
    """Floors between commas, by their codes or as pages name them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[str]:
        words = [fold(word) for word in re.split(r"[,;\n]", str(value)) if word.strip()]
        if not FLOORS_NAMED.keys() >= set(words):
            floors = ", ".join(MARKETPLACES[name].partition(" (")[0] for name in open_floors())
            raise ValidationError([text("Không có lựa chọn này; hãy ghi: %(choices)s", choices=floors)])
        return list(dict.fromkeys(FLOORS_NAMED[word] for word in words))


class PricesInCell(fields.Field[dict[str, int]]):
    """Prices of single floors: `shopee: 46.000; tiktok: 47.000`, in đồng."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, int]:
        pairs = [pair.split(":") for pair in re.split(r"[;\n]", str(value)) if pair.strip()]
        named = [
            (FLOORS_NAMED.get(fold(pair[0])), money.parse_dong(pair[-1])) for pair in pairs if len(pair) == 2
        ]
        found = {name: price for name, price in named if name and price and not money.amount_problem(price)}
        if len(found) < len(pairs):
            raise ValidationError([text("Cần tên sàn và giá, ví dụ: shopee: 46.000; tiktok: 47.000")])
        return found


def prices_in_cell(prices: Mapping[str, int]) -> str:
    """As PricesInCell reads them."""
    return "; ".join(f"{name}: {price}" for name, price in prices.items())


class AttributesInCell(fields.Field[dict[str, str]]):
    """What else is said of a product: `màu=đỏ; cỡ=to`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, str]:
        if len(value) >= LONGEST_CELL:
            raise ValidationError([text("Ô này dài hơn Excel giữ được; hãy bỏ cột này")])
        pairs = [_attribute(pair) for pair in _apart(value, ";\n") if pair.strip()]
        found = dict(pairs)
        if len(found) < len(pairs):
            raise ValidationError([text("Có tên được ghi hai lần")])
        if len(found) > MOST_ATTRIBUTES:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=MOST_ATTRIBUTES)])
        return found


def _attribute(pair: str) -> tuple[str, str]:
    name, *rest = (_read(part) for part in _apart(pair, "="))
    said = "=".join(rest)
    if not name or not rest or len(name) > LONGEST_NAME or len(said) > LONGEST_VALUE:
        raise ValidationError([text("Cần tên=giá trị, cách nhau bằng dấu chấm phẩy, ví dụ: màu=đỏ; cỡ=to")])
    return name, said


def attributes_in_cell(attributes: Mapping[str, Any]) -> str:
    """As AttributesInCell reads them."""
    return "; ".join(f"{_written(name)}={_written(str(said))}" for name, said in sorted(attributes.items()))


class CommuneCode(Line):
    """A commune's code; as a number Excel leaves its first noughts away."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        code: str = super()._deserialize(value, attr, data, **options)
        return code.zfill(COMMUNE_DIGITS)


class Tick(fields.Field[bool]):
    """An `x` says yes, an empty cell no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:
        if fold(str(value)) not in TICKS:
            raise ValidationError([text("Chỉ ghi x, hoặc để trống")])
        return True


def _written(words: str) -> str:
    return re.sub(r"[\\;=]", r"\\\g<0>", in_cell(words)).replace("\n", "\\n")


def _apart(cell: str, marks: str) -> list[str]:
    """The parts between `marks`, still as they are written."""
    parts = [""]
    for sign in re.findall(r"\\[\\;=n]|.", cell, re.DOTALL):
        if sign in marks:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _read(part: str) -> str:
    return re.sub(r"\\([\\;=n])", lambda sign: "\n" if sign[1] == "n" else sign[1], part.strip())
