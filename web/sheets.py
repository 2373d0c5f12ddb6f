"""Excel sheets that people take away and bring back: how their cells are written and read."""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import InvalidInput, Text, text
from core.text import fold, in_cell

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LARGEST_UNPACKED = 64 * 1024 * 1024
SEPARATOR = ", "


class Column(NamedTuple):
    """A column by its title; `field` None only tells and is not read."""

    title: Text
    field: str | None
    width: int = 14


def titles_of(columns: Iterable[Column]) -> dict[str, str]:
    """The title of each field that is read."""
    return {column.field: str(column.title) for column in columns if column.field}


def write(name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet: the titles, then `rows`."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    titles = [WriteOnlyCell(sheet, str(column.title)) for column in columns]
    for cell in titles:
        cell.font = Font(bold=True)
    sheet.append(titles)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    """Text stays text: what begins with `=` is no formula."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, in_cell(value))
    cell.data_type = "s"
    return cell


def read(
    content: bytes, titles: Mapping[str, str], needed: Sequence[str], most: int
) -> Iterator[tuple[int, dict[str, str]]]:
    """The number of each row that is not empty, and its cells by field, as a person would type them. Raises
    InvalidInput (field `file`) for what is no workbook, lacks a column, has no rows or more than `most`."""
    numbered = _rows(content)
    places = _places(next((row for _, row in numbered), ()), titles, needed)
    found = 0
    for number, cells in numbered:
        values = {field: typed(cells[place]) if place < len(cells) else "" for field, place in places.items()}
        if not any(values.values()):
            continue
        found += 1
        if found > most:
            raise InvalidInput.of("file", text("Nhiều nhất %(most)s dòng một tệp", most=most))
        yield number, values
    if not found:
        raise InvalidInput.of("file", text("Tệp này không có dòng nào"))


def _rows(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise InvalidInput.of("file", text("Tệp Excel này quá lớn"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        return iter(list(enumerate(sheet.iter_rows(values_only=True), 1)))
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        ValueError,
        IndexError,
        EOFError,
        SyntaxError,
    ) as error:
        raise InvalidInput.of("file", text("Tệp này không phải tệp Excel (.xlsx) đọc được")) from error


def _places(header: Sequence[Any], titles: Mapping[str, str], needed: Sequence[str]) -> dict[str, int]:
    """Where each column stands, by its title; their order is free."""
    named = {fold(title): field for field, title in titles.items()}
    folded = [fold(str(cell or "")) for cell in header]
    places = {named[word]: place for place, word in enumerate(folded) if word in named}
    if missing := [titles[field] for field in needed if field not in places]:
        said = text("Thiếu cột: %(columns)s", columns=SEPARATOR.join(missing))
        raise InvalidInput.of("file", said)
    return places


def typed(cell: Any) -> str:
    """A cell as a person would type it."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return in_cell(str(cell))
