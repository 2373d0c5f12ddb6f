"""What people type about goods beside plain words: months, papers, sizes that belong together."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, fields

from core import gtin
from core.errors import text
from models import Certificate, Product
from web.typed import WholeNumber

MOST_PAPERS = 20
LONGEST_PAPER = 120
TOGETHER = (("season_from", "season_to"), ("package_length", "package_width", "package_height"))
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


class Month(WholeNumber):
    """1 to 12."""

    def __init__(self, **options: Any) -> None:
        super().__init__(1, 12, **options)


class WrittenDay(fields.Field[date]):
    """A day as people write it: `25/11/2026`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        return _day(str(value))


class Gtin(fields.Field[str]):
    """A trade item's number of 8 to 14 digits, as 14."""

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **options: Any) -> str | None:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        found = gtin.normalise(str(value))
        if found is None:
            raise ValidationError([text("Mã GTIN chưa đúng: 8 đến 14 chữ số dưới mã vạch, do GS1 cấp")])
        return found


class Papers(fields.Field[list[dict[str, Any]]]):
    """Certificates, one a line: name; number; last day."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[dict[str, Any]]:
        lines = [line for line in str(value).splitlines() if line.strip()]
        if len(lines) > MOST_PAPERS:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=MOST_PAPERS)])
        papers = [_paper(line) for line in lines]
        if len({(paper["name"], paper["number"]) for paper in papers}) < len(papers):
            raise ValidationError([text("Một giấy được ghi hai lần")])
        return papers


def _paper(line: str) -> dict[str, Any]:
    parts = [" ".join(part.split()) for part in line.split(";")]
    whole = len(parts) == 3 and _DAY.fullmatch(parts[2]) and all(parts)
    if not whole or max(map(len, parts)) > LONGEST_PAPER:
        raise ValidationError([text("Cần đủ: tên; số; ngày hết hạn, ví dụ: VietGAP; 0123/2026; 31/12/2027")])
    return {"name": parts[0], "number": parts[1], "expires_on": _day(parts[2])}


def _day(written: str) -> date:
    found = _DAY.fullmatch(written.strip())
    if found is None:
        raise ValidationError([text("Cần ngày/tháng/năm, ví dụ: 25/11/2026")])
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
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
        "papers": "\n".join(map(_shown_paper, product.papers))
    }


def _shown_paper(paper: Certificate) -> str:
    return f"{paper.name}; {paper.number}; {paper.expires_on:%d/%m/%Y}"
