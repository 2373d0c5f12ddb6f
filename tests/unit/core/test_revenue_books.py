"""The revenue book's arithmetic, and what its PDF and spreadsheet say for a whole year."""

import io
from dataclasses import replace
from datetime import date, datetime, timedelta

import openpyxl
import pypdfium2
import pytest

from core.revenue_books import (
    BookForm,
    DayLine,
    PeriodLine,
    RevenueBook,
    add_up,
    by_month,
    by_quarter,
    say_day,
    say_period,
    say_rate,
    share_of,
)
from core.revenue_pdf import AMOUNT_WIDTH, MARGIN, TAX_WIDTH, revenue_pdf
from core.revenue_xlsx import revenue_xlsx

NAME = "=HYPERLINK() Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh"


@pytest.fixture
def book() -> RevenueBook:
    days = [
        DayLine(
            date=date(2026, 1, 1) + timedelta(days=day), cashless=1_000, cash=500, vat=15, pit=8, payments=2
        )
        for day in range(365)
    ]
    months = by_month(days)
    return RevenueBook(
        seller_name=NAME,
        place="Xã Bắc Hà, Lào Cai",
        year=2026,
        form=BookForm.PERCENTAGE,
        form_name="S2a-HKD",
        source="Circular 152/2025/TT-BTC",
        vat_rate=100,
        pit_rate=50,
        days=days,
        months=months,
        quarters=by_quarter(months),
        total=add_up(months, "2026"),
    )


def test_a_year_adds_up_to_months_and_quarters(book: RevenueBook) -> None:
    assert len(book.months) == 12
    assert [line.period for line in book.quarters] == [f"2026-Q{number}" for number in (1, 2, 3, 4)]
    for lines in (book.days, book.months, book.quarters):
        assert sum(line.revenue for line in lines) == book.total.revenue == 365 * 1_500
        assert sum(line.vat for line in lines) == book.total.vat


@pytest.mark.parametrize(
    ("amount", "rate", "share"),
    [
        (150, 100, 2),
        (149, 100, 1),
        (-150, 100, -2),
        (99, 50, 0),
        (100, 50, 1),
        (10**13, 150, 15 * 10**10),
        (7, None, 0),
    ],
)
def test_a_percentage_is_whole_dong_with_halves_away_from_zero(amount: int, rate: int, share: int) -> None:
    assert share_of(amount, rate) == share


@pytest.mark.parametrize(
    ("rate", "said"), [(100, "1%"), (50, "0,5%"), (150, "1,5%"), (205, "2,05%"), (None, "")]
)
def test_rates_are_said_as_people_write_them(rate: int, said: str) -> None:
    assert say_rate(rate) == said


def test_periods_and_days_are_said() -> None:
    assert [say_period(p) for p in ("2026-11", "2026-Q4", "2026")] == [
        "Tháng 11/2026",
        "Quý 4/2026",
        "Cả năm 2026",
    ]
    assert say_day(DayLine(payments=2, cashless=5)) == "Bán hàng: 2 lần chuyển khoản"
    assert say_day(DayLine(cash_notes=1, cash=5)) == "Bán hàng: 1 lần tiền mặt"
    assert PeriodLine(period="2026").revenue == 0


def test_pdf_of_a_whole_year_names_its_columns_on_every_page(book: RevenueBook) -> None:
    with pypdfium2.PdfDocument(revenue_pdf(book)) as pdf:
        pages = [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]
    assert len(pages) > 5
    for page in pages:
        assert "Diễn giải" in page
        assert "Thuế TNCN 0,5%" in page
    assert "Dược liệu Sa Pa Xanh" in pages[0]
    assert "Cả năm 2026 547.500 ₫" in pages[-1]


def test_long_words_run_under_no_amount(book: RevenueBook) -> None:
    much = {"payments": 136, "cash_notes": 14, "ordered": 1_000, "orders": 12, "lowered": 2, "withheld": 15}
    days = [replace(day, **much) for day in book.days[:60]]
    months = by_month(days)
    said = replace(book, days=days, months=months, quarters=[], total=add_up(months, "2026"))
    millimetre, columns = 72 / 25.4, AMOUNT_WIDTH + 3 * TAX_WIDTH
    with pypdfium2.PdfDocument(revenue_pdf(said)) as pdf:
        assert len(pdf) > 5, "each page breaks between two days"
        for page in pdf:
            left = page.get_width() - (MARGIN + columns) * millimetre
            amounts = page.get_textpage().get_text_bounded(left=left)
            assert "2.500 ₫" in amounts
            assert "lần" not in amounts
            assert "giảm trừ" in page.get_textpage().get_text_bounded()


def test_spreadsheet_holds_numbers_and_no_formula(book: RevenueBook) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(revenue_xlsx(book))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    assert [cell.value for cell in sheet[sheet.max_row]][1:] == ["Cả năm 2026", 547_500, 365 * 15, 365 * 8]
    assert {cell.number_format for cell in cells if isinstance(cell.value, datetime)} == {"dd/mm/yyyy"}
    assert {cell.number_format for cell in cells if isinstance(cell.value, int)} == {"#,##0"}
