"""Rows out of an Excel workbook, a few at a time."""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from core.errors import InvalidInput, text
from services.statements.table import NumberedRow

LARGEST_UNPACKED = 2 << 30
"""What a workbook may weigh unpacked: a full sheet of a million rows weighs about a quarter of it."""


def numbered_rows(file: BinaryIO) -> Iterator[NumberedRow]:
    """The rows of the first sheet that has any. Raises InvalidInput for what is no workbook.

    Formulas are not computed: their cells hold their text, which no amount or date can be.
    """
    try:
        _refuse_bombs(file)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some banks' programs write wrong ones
            number = 0
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
                yield number, row
            if number > 1:
                return
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError, SyntaxError) as error:
        raise InvalidInput.of("file", text("Tệp Excel này bị hỏng")) from error


def _refuse_bombs(file: BinaryIO) -> None:
    with zipfile.ZipFile(file) as archive:
        if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
            raise InvalidInput.of("file", text("Tệp Excel này quá lớn"))
