"""The revenue book as a spreadsheet: days and sums as real dates and whole numbers, to be counted on."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.revenue_books import PeriodLine, RevenueBook, say_day, say_period
from core.revenue_pdf import amounts_of, column_names

Cells = list[object]
FORMATS = {date: "dd/mm/yyyy", int: "#,##0"}
WIDTHS = {"A": 14, "B": 44, "C": 18, "D": 18, "E": 18, "F": 18}


def revenue_xlsx(book: RevenueBook) -> bytes:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(f"{book.form_name} {book.year}")
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    for cells in _lines(book):
        sheet.append([_shown(sheet, value) for value in cells])
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def _shown(sheet: Any, value: Any) -> Any:
    """A cell with its days as people write them, its numbers with a sign between thousands."""
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = FORMATS.get(type(value), "General")
    return cell


def _lines(book: RevenueBook) -> Iterator[Cells]:
    """No cell begins with what somebody typed, so none is taken for a formula."""
    yield [f"Mẫu {book.form_name} · {book.source}"]
    yield [f"Sổ doanh thu năm {book.year}"]
    yield [f"Hộ, cá nhân kinh doanh: {book.seller_name}"]
    yield [f"Nơi đăng ký: {book.place}"]
    yield []
    yield [*column_names(book)]
    for month in book.months:
        for day in book.days:
            if f"{day.date:%Y-%m}" == month.period:
                yield [day.date, say_day(day), *amounts_of(book, day)]
        yield _total(book, month)
    yield []
    for line in (*book.quarters, book.total):
        yield _total(book, line)


def _total(book: RevenueBook, line: PeriodLine) -> Cells:
    return [None, say_period(line.period), *amounts_of(book, line)]
