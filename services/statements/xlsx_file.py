"""Rows out of an Excel workbook, a few at a time."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import InvalidInput, text
from services.statements.lines import NumberedRow

LARGEST_UNPACKED = 2 << 30
"""What a workbook may weigh unpacked: a full sheet of a million rows weighs about a quarter of it."""


def sheets(file: BinaryIO) -> Iterator[Iterator[NumberedRow]]:
    """The rows of every sheet, numbered on from sheet to sheet. Raises InvalidInput, here or while reading, for what is
    no workbook.

    Formulas are not computed: their cells hold their text, which no amount or date can be.
    """
    with _whole():
        _refuse_bombs(file)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    numbers = count(1)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some banks' programs write wrong ones
        yield _rows(sheet, numbers)


def _rows(sheet: Any, numbers: Iterator[int]) -> Iterator[NumberedRow]:
    with _whole():
        yield from zip(numbers, sheet.iter_rows(values_only=True), strict=False)


@contextmanager
def _whole() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, SyntaxError) as error:
        raise InvalidInput.of("file", text("Tệp Excel này bị hỏng")) from error


def _refuse_bombs(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
            raise InvalidInput.of("file", text("Tệp Excel này quá lớn"))
