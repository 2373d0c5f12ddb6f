"""Layouts that people described: known by the whole of their header row, wherever that row stands."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from models import PLACES, DateFormat, StatementMapping
from services.statements.amounts import Mark
from services.statements.dates import when_reader
from services.statements.layouts import ColumnMapping, Header, optional_place, plain_name

Row = Sequence[object]
_VALUE = re.compile(r"[\d.,:/+\- ]+", re.ASCII)
LEAST_NAMES = 3
"""How many columns a header must name."""


@dataclass(frozen=True)
class Described:
    """`places` are by the names that `layouts.Header` uses, counted from 0."""

    name: str
    fingerprint: bytes
    places: Mapping[str, int]
    date_format: DateFormat
    decimal: Mark

    def header_of(self, row: Row) -> Header | None:
        """Where `row` is this layout's header."""
        return self._header(row) if fingerprint(row) == self.fingerprint else None

    def _header(self, row: Row) -> Header:
        where = {plain_name(name): place for place, name in enumerate(header_names(row)) if name}
        currency = optional_place("currency", where)
        places = dict(self.places)
        if currency is not None and currency not in places.values():
            places["currency"] = currency
        mapping = ColumnMapping(
            self.name,
            date=str(row[places["date"]] or "-"),
            memo="-",
            amount="-" if "amount" in places else "",
            credit="-" if "credit" in places else "",
            decimal=self.decimal,
        )
        return Header(mapping, places, len(row), when_reader(self.date_format))


def header_names(row: Row) -> list[str]:
    """A header's cells as people read them, without the empty ones at its end."""
    names = [" ".join(str(cell).split()) if cell is not None else "" for cell in row]
    while names and not names[-1]:
        names.pop()
    return names


def can_be_header(row: Row) -> bool:
    """Enough names, and nothing that is a day, an amount or a number: those stand below a header."""
    if any(_is_value(str(cell)) for cell in row if cell is not None):
        return False
    return sum(isinstance(cell, str) and bool(cell.strip()) for cell in row) >= LEAST_NAMES


def _is_value(cell: str) -> bool:
    return bool(_VALUE.fullmatch(cell)) and any(letter.isdigit() for letter in cell)


def fingerprint(row: Row) -> bytes:
    """The same for headers that differ in accents, case, marks and empty cells at the end only."""
    names = [plain_name(name) for name in header_names(row)]
    return hashlib.sha256("\x1f".join(names).encode()).digest()


def described(mapping: StatementMapping) -> Described:
    places = {name.removesuffix("_at"): getattr(mapping, name) for name in PLACES}
    return Described(
        mapping.name,
        mapping.fingerprint,
        {name: place for name, place in places.items() if place is not None},
        mapping.date_format,
        cast("Mark", mapping.decimal),
    )


def find_described(row: Row, known: Iterable[Described]) -> Header | None:
    """The header that `row` is, by what people said."""
    if not can_be_header(row):
        return None
    found = fingerprint(row)
    return next((one.header_of(row) for one in known if one.fingerprint == found), None)
