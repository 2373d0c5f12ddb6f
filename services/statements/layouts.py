"""Which columns a bank's table has. A layout is known by the names in its header row, wherever that row stands."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

from core.errors import InvalidInput, text
from core.text import fold
from services.statements.amounts import Mark
from services.statements.dates import When, read_when

HEADER_WITHIN = 80
"""How many rows a letterhead may take."""

OPTIONAL = {
    "balance": ("so du", "balance", "so du sau giao dich", "running balance"),
    "currency": ("loai tien", "currency", "ccy", "tien te", "nguyen te"),
    "account": ("so tai khoan", "tai khoan", "account", "account number", "account no"),
}
"""Columns that any layout may have besides, by their folded names."""


@dataclass(frozen=True)
class ColumnMapping:
    """What each column is called. Either `amount` (signed) or `credit` (and `debit`) must be named;
    `decimal` is the mark before fractions, the other one parts thousands."""

    name: str
    date: str
    memo: str
    reference: str = ""
    amount: str = ""
    credit: str = ""
    debit: str = ""
    balance: str = ""
    currency: str = ""
    account: str = ""
    decimal: Mark = "."

    def __post_init__(self) -> None:
        if not (self.date and self.memo):
            raise InvalidInput.of("columns", text("Cần cột ngày và cột nội dung"))
        if bool(self.amount) == bool(self.credit or self.debit) or (self.debit and not self.credit):
            raise InvalidInput.of("columns", text("Cần một cột số tiền, hoặc cột ghi có và cột ghi nợ"))
        if self.decimal not in (",", "."):
            raise InvalidInput.of("decimal", text("Dấu thập phân là dấu chấm hoặc dấu phẩy"))


COLUMNS = tuple(field.name for field in fields(ColumnMapping) if field.name not in {"name", "decimal"})

LAYOUTS = (
    ColumnMapping(
        "vietcombank",
        date="Ngày giao dịch",
        reference="Số tham chiếu",
        debit="Số tiền ghi nợ",
        credit="Số tiền ghi có",
        memo="Mô tả",
    ),
    ColumnMapping(
        "mb",
        date="Ngày hạch toán",
        reference="Số bút toán",
        debit="Phát sinh nợ",
        credit="Phát sinh có",
        memo="Nội dung",
        decimal=",",
    ),
    ColumnMapping("bidv", date="Ngay GD", reference="Ma GD", amount="So tien", memo="Dien giai"),
    ColumnMapping(
        "techcombank",
        date="Date",
        reference="Reference",
        debit="Debit",
        credit="Credit",
        memo="Description",
    ),
)


@dataclass(frozen=True)
class Header:
    """A header row that was found: the place of each column that the mapping names, and how its days are read."""

    mapping: ColumnMapping
    places: Mapping[str, int]
    width: int
    read_when: Callable[[object], When] = read_when


def find_header(row: Sequence[object], mappings: Sequence[ColumnMapping] = LAYOUTS) -> Header | None:
    """The header that `row` is, by the first of `mappings` whose columns all stand in it."""
    if sum(isinstance(cell, str) and bool(cell.strip()) for cell in row) < 3:
        return None
    where: dict[str, int] = {}
    for place, cell in enumerate(row):
        for name in _names(cell):
            where.setdefault(name, place)
    for mapping in mappings:
        places = _places(mapping, where)
        if places is not None:
            return Header(mapping, places, len(row))
    return None


def _places(mapping: ColumnMapping, where: Mapping[str, int]) -> dict[str, int] | None:
    places = {}
    for column in COLUMNS:
        name = getattr(mapping, column)
        place = where.get(plain_name(name)) if name else optional_place(column, where)
        if place is not None:
            places[column] = place
        elif name:
            return None
    return places


def optional_place(column: str, where: Mapping[str, int]) -> int | None:
    """Where a column stands that any layout may have besides."""
    return next((where[name] for name in OPTIONAL.get(column, ()) if name in where), None)


def _names(cell: object) -> list[str]:
    """`Số tiền ghi có (VND) / Credit` is called by the whole, and by each of its parts."""
    if not isinstance(cell, str) or not cell.strip():
        return []
    return [plain_name(name) for name in (cell, *re.split(r"[/\n(|]", cell)) if name.strip()]


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A column's name without accents, case and marks."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(name)).split())
