"""What of a listing waits to be approved, in words: field by field, before and after."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from core.errors import Text, text
from core.money import format_dong
from models import Goods
from services.approvals import Change
from services.marketplaces import MARKETPLACES
from web.languages import translate
from web.stall.products import ProductFacts
from web.words import word

LABELS: dict[str, Text] = {name: field.metadata["label"] for name, field in ProductFacts().fields.items()} | {
    "variant": text("Cỡ, loại gói"),
    "origin": text("Nơi trồng, làm ra"),
    "certificates": text("Chứng nhận khác"),
    "attributes": text("Đặc điểm"),
    "photos": text("Ảnh"),
    "price": text("Giá một đơn vị bán"),
    "prices": text("Giá riêng từng sàn"),
}


class Waiting(NamedTuple):
    """One change; both values are words, or photos' ids. What was not said is empty."""

    field: str
    label: Text
    before: Any
    after: Any


def in_words(changes: Iterable[Change]) -> list[Waiting]:
    return [
        Waiting(name, LABELS[name], *(_told(name, value) for value in values)) for name, *values in changes
    ]


def _told(field: str, value: Any) -> Any:
    if not value:
        return ""
    if field == "photos":
        return value
    if field == "goods":
        return translate(word(Goods(value)))
    if field == "origin":
        return f"{value['commune']}, {value['province']}"
    if field == "papers":
        return "\n".join(map(_paper, value))
    if field == "attributes":
        return "\n".join(f"{name}: {told}" for name, told in value.items())
    if field == "price":
        return format_dong(value)
    if field == "prices":
        return "\n".join(f"{MARKETPLACES[name]}: {format_dong(price)}" for name, price in value.items())
    return ", ".join(value) if field == "certificates" else str(value)


def _paper(paper: dict[str, str]) -> str:
    day = f"{date.fromisoformat(paper['expires_on']):%d/%m/%Y}"
    said = text("%(name)s số %(number)s (đến %(day)s)", name=paper["name"], number=paper["number"], day=day)
    return translate(said)
