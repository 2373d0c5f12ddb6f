"""The first rows of a table that no layout fits: kept sealed, so that a page can show them without reading the file."""

import io
import json
import re
from collections.abc import Iterable
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple

from core.crypto import mask, seal_bytes, unseal_bytes
from core.errors import InvalidInput, Text
from services.statements.described import Row, can_be_header
from services.statements.layouts import HEADER_WITHIN
from services.statements.reading import table_rows

MOST_COLUMNS = 60
LONGEST_CELL = 300
_NUMBER = re.compile(r"\d{9,}")
_NAME = re.compile(r"(?<![^\W\d_])([^\W\d_]+)((?: [^\W\d_]+)+)")


class HeadRow(NamedTuple):
    """A row by its number in the file."""

    number: int
    cells: list[object]


Head = list[HeadRow]


def take_head(content: bytes) -> Head | None:
    """None where nobody could say what is what: no row that can be a header with anything below it."""
    try:
        rows = islice(table_rows(io.BytesIO(content)), HEADER_WITHIN)
        head = [HeadRow(number, _short(row)) for number, row in rows if not isinstance(row, Text)]
    except InvalidInput:
        return None
    return head if header_rows(head) else None


def header_rows(head: Iterable[HeadRow]) -> Head:
    """The rows that can be the header: with enough names, and something below."""
    rows = [row for row in head if any(cell not in (None, "") for cell in row.cells)]
    return [row for row in rows[:-1] if can_be_header(row.cells)]


def pack(head: Head) -> bytes:
    """Sealed, for `models.StatementFile.head`."""
    return seal_bytes(json.dumps(head, default=lambda cell: {"at": cell.isoformat()}).encode())


def unpack(sealed: bytes) -> Head:
    return [
        HeadRow(number, [_cell(cell) for cell in cells]) for number, cells in json.loads(unseal_bytes(sealed))
    ]


def _short(row: Row) -> list[object]:
    return [_plain(cell) for cell in row[:MOST_COLUMNS]]


def _plain(cell: object) -> object:
    if cell is None or isinstance(cell, bool | int | float | date):
        return cell
    return str(cell)[:LONGEST_CELL]


def _cell(stored: object) -> object:
    return datetime.fromisoformat(stored["at"]) if isinstance(stored, dict) else stored


def veiled(cell: object) -> str:
    """A cell as a preview shows it: of what may be an account's number its end, of what may be a name (words in
    capitals) its first word."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S").removesuffix(" 00:00:00")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    words = _NUMBER.sub(lambda found: mask(found[0]), str(cell))
    return _NAME.sub(_initials, words)


def _initials(found: re.Match[str]) -> str:
    if not found[0].isupper():
        return found[0]
    return found[1] + "".join(f" {word[0]}•" for word in found[2].split())
