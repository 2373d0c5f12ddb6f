"""The revenue book as an A4 PDF: its head again on every page, sums after each month."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.enums import Align, MethodReturnValue, XPos, YPos

from core.money import format_dong
from core.revenue_books import DayLine, PeriodLine, RevenueBook, Sums, say_day, say_period, say_rate

MARGIN, LINE = 14.0, 6.5
GREEN, INK, GREY = (10, 77, 52), (20, 26, 23), (110, 118, 113)
FAMILY = "BeVietnamPro"
DATE_WIDTH, AMOUNT_WIDTH, TAX_WIDTH = 22.0, 32.0, 32.0

_FONTS = Path(__file__).parent.parent / "data" / "fonts"


class _Sheet(FPDF):
    """Pages that begin with the columns' names and end with their number."""

    def __init__(self, book: RevenueBook) -> None:
        super().__init__(format="A4")
        self.book = book
        self.set_margin(MARGIN)
        self.set_auto_page_break(True, MARGIN + LINE)
        self.add_font(FAMILY, "", _FONTS / "BeVietnamPro-Regular.ttf")
        self.add_font(FAMILY, "B", _FONTS / "BeVietnamPro-Bold.ttf")
        self.set_lang("vi")
        self.set_title(f"Sổ doanh thu {book.year}")

    def header(self) -> None:
        if self.page_no() == 1:
            _head(self, self.book)
        _row(self, column_names(self.book), bold=True, colour=GREY)
        self.set_draw_color(*GREY)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())

    def footer(self) -> None:
        self.set_y(-MARGIN)
        _font(self, 8, GREY)
        self.cell(0, 4, f"{self.book.form_name} · {self.book.year} · trang {self.page_no()}", align=Align.R)


def revenue_pdf(book: RevenueBook) -> bytes:
    pdf = _Sheet(book)
    pdf.add_page()
    for month in book.months:
        for day in book.days:
            if f"{day.date:%Y-%m}" == month.period:
                _row(pdf, _day(book, day))
        _total(pdf, book, month)
    pdf.ln(LINE)
    for line in (*book.quarters, book.total):
        _total(pdf, book, line)
    return bytes(pdf.output())


def column_names(book: RevenueBook) -> list[str]:
    """Shared with the spreadsheet."""
    names = ["Ngày", "Diễn giải", "Doanh thu"]
    if book.taxed:
        names += [f"Thuế GTGT {say_rate(book.vat_rate)}", f"Thuế TNCN {say_rate(book.pit_rate)}"]
    return [*names, "Sàn đã khấu trừ"] if book.has_withheld else names


def amounts_of(book: RevenueBook, line: Sums) -> list[int]:
    """What stands under those names, from the third on."""
    amounts = [line.revenue, line.vat, line.pit] if book.taxed else [line.revenue]
    return [*amounts, line.withheld] if book.has_withheld else amounts


def _day(book: RevenueBook, day: DayLine) -> list[str]:
    return [f"{day.date:%d/%m/%Y}", say_day(day), *_amounts(book, day)]


def _amounts(book: RevenueBook, line: Sums) -> list[str]:
    return [format_dong(amount) for amount in amounts_of(book, line)]


def _total(pdf: FPDF, book: RevenueBook, line: PeriodLine) -> None:
    _row(pdf, ["", say_period(line.period), *_amounts(book, line)], bold=True, colour=GREEN)


def _head(pdf: FPDF, book: RevenueBook) -> None:
    _said(pdf, f"Mẫu {book.form_name} · {book.source}", 9, GREY)
    _said(pdf, f"Sổ doanh thu năm {book.year}", 18, GREEN, bold=True)
    _said(pdf, f"Hộ, cá nhân kinh doanh: {book.seller_name}", 11, INK)
    _said(pdf, f"Nơi đăng ký: {book.place}", 11, INK)
    pdf.ln(LINE / 2)


def _row(pdf: FPDF, words: Sequence[str], *, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
    """What was sold takes as many lines as it needs, so that it runs under no amount."""
    _font(pdf, 9, colour, bold=bold)
    widths = [DATE_WIDTH, 0.0, AMOUNT_WIDTH, *[TAX_WIDTH] * (len(words) - 3)]
    widths[1] = pdf.epw - sum(widths)
    said = pdf.multi_cell(
        widths[1], LINE, words[1], align=Align.L, dry_run=True, output=MethodReturnValue.HEIGHT
    )
    height = max(LINE, cast(float, said))
    if pdf.will_page_break(height):
        pdf.add_page()
        _font(pdf, 9, colour, bold=bold)
    top = pdf.get_y()
    pdf.cell(widths[0], LINE, words[0])
    pdf.multi_cell(widths[1], LINE, words[1], align=Align.L, new_x=XPos.RIGHT, new_y=YPos.TOP)
    for word, width in zip(words[2:], widths[2:], strict=True):
        pdf.cell(width, LINE, word, align=Align.R)
    pdf.set_y(top + height)


def _said(pdf: FPDF, words: str, points: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
    _font(pdf, points, colour, bold=bold)
    pdf.multi_cell(0, points * 0.55, words, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _font(pdf: FPDF, points: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
    pdf.set_font(FAMILY, "B" if bold else "", points)
    pdf.set_text_color(*colour)
