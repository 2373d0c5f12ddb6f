"""What people type about goods beside plain words: months, papers, sizes that belong together."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

from core import gtin
from core.errors import text
from models import Certificate, Product
from web.forms import label
from web.schemas import LONGEST_TEXT, Input, Line
from web.typed import WholeNumber

MOST_PAPERS = 20
LONGEST_PAPER = 120
LONGEST_CODE = 10
"""Of a commune."""
LONGEST_UNIT = 20
LONGEST_GRADE = 60
LONGEST_STORAGE = LONGEST_TEXT
LONGEST_VARIANT = 60
LONGEST_SIDE = 300
"""Of a package, in centimetres."""
LARGEST_WEIGHT = 100_000_000
"""Of one unit, in grams."""
LONGEST_SHELF_LIFE = 36_500
"""In days."""
LARGEST_STOCK = LARGEST_VERSION = 1_000_000_000
TOGETHER = (("season_from", "season_to"), ("package_length", "package_width", "package_height"))
MOST_ATTRIBUTES = 50
LONGEST_VALUE = 500
"""Of an attribute."""
DAY = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})|(\d{2})(\d{2})(\d{4})")


class Month(WholeNumber):
    """1 to 12."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, 12, **options)


class RightPrice(fields.List):
    """A tick that a price which jumps is no slip; a page asks for it only then."""

    def __init__(self) -> None:
        words = label(text("Giá mới đúng chứ?"), mark_optional=False)
        super().__init__(fields.String(), load_default=False, metadata=words)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> bool:  # type: ignore[override]
        return bool(super()._deserialize(value, attr, data, **options))


class WrittenDay(fields.Field[date]):
    """A day as people write it: `25/11/2026`, and what a phone's keys for numbers allow: `25.11.2026`, `25112026`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        return read_day(str(value))


class Gtin(fields.Field[str]):
    """A trade item's number of 8 to 14 digits, as 14."""

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **options: Any) -> str | None:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        found = gtin.normalise(str(value))
        if found is None:
            raise ValidationError([text("Mã GTIN chưa đúng: 8 đến 14 chữ số dưới mã vạch, do GS1 cấp")])
        return found


class PaperForm(Input):
    """A certificate in a row of its own, its fields in the API's order."""

    name = Line(
        LONGEST_PAPER, required=True, metadata=label(text("Loại giấy"), text("Ví dụ: VietGAP, hữu cơ"))
    )
    number = Line(LONGEST_PAPER, required=True, metadata=label(text("Số giấy"), text("Ví dụ: 0123/2026")))
    expires_on = WrittenDay(
        required=True, metadata=label(text("Ngày cuối còn hạn"), text("Ngày/tháng/năm, ví dụ: 31/12/2027"))
    )


def read_day(written: str) -> date:
    found = DAY.fullmatch(written.strip())
    if found is None:
        raise ValidationError([text("Cần ngày/tháng/năm, ví dụ: 25/11/2026")])
    day, month, year = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day)
    except ValueError:
        raise ValidationError([text("Không có ngày %(day)s", day=written)]) from None


def require_whole(facts: Mapping[str, Any]) -> None:
    """Sizes and seasons are said whole or not at all. Raises ValidationError beside what is missing."""
    missing = {
        name: [text("Cần điền cả các ô đi cùng, hoặc để trống hết")]
        for names in TOGETHER
        if 0 < sum(facts.get(name) is not None for name in names) < len(names)
        for name in names
        if facts.get(name) is None
    }
    if missing:
        raise ValidationError(missing)


def shown_facts(product: Product, names: Iterable[str]) -> dict[str, object]:
    """What stands in the fields of a product's form at first."""
    return {name: getattr(product, name) for name in names} | {
        "papers": list(map(_shown_paper, product.papers))
    }


def _shown_paper(paper: Certificate) -> dict[str, str]:
    return {"name": paper.name, "number": paper.number, "expires_on": f"{paper.expires_on:%d/%m/%Y}"}
