"""What a person says about a table's columns: read as said, refused beside the field that cannot be."""

from datetime import UTC, date, datetime

import pytest

from core.errors import InvalidInput
from models import DateFormat
from services.statements.dates import when_reader
from services.statements.described import fingerprint
from services.statements.describing import Description, guess, try_description
from services.statements.heads import header_rows, pack, take_head, unpack, veiled
from services.statements.lines import BrokenLine, Line, Unreadable
from services.statements.reading import read_statement
from tests.unit.services.statements.files import delimited, workbook

NAMES = ("Posting day", "Movement", "Story", "Key", "Left", "From account", "From whom")
ROWS = (
    ("11/25/2026", "50.000,00", "C1234567X", "FT1", "1.050.000", "19034567890", "NGUYEN VAN AN"),
    ("11/26/2026", "-20.000", "phi", "FT2", "1.030.000", "", ""),
    ("11/27/2026", "1.250.000", "mua rau", "FT3", "2.280.000", "", "LE THI BE"),
)


def file_of(*rows: tuple[str, ...], head: tuple[str, ...] = NAMES) -> bytes:
    above = ("NGAN HANG LA", "")
    return "\n".join(";".join(row) for row in (above, head, *rows)).encode()


def said(**other: object) -> Description:
    places = {"date_at": 0, "amount_at": 1, "memo_at": 2, "reference_at": 3, "balance_at": 4}
    facts = {"header_row": 2, "date_format": DateFormat.MONTH_FIRST, "decimal": ","} | {
        name: value for name, value in other.items() if not name.endswith("_at")
    }
    places |= {name: value for name, value in other.items() if name.endswith("_at")}  # type: ignore[misc]
    return Description(places=places, **facts)  # type: ignore[arg-type]


def tried(content: bytes, wish: Description) -> list[Line | BrokenLine]:
    head = take_head(content)
    assert head
    return try_description(head, wish)


def refused(content: bytes, wish: Description) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as refusal:
        tried(content, wish)
    return {field: [str(text) for text in texts] for field, texts in refusal.value.errors.items()}


def test_lines_are_read_as_was_said() -> None:
    first, second, third = tried(file_of(*ROWS), said(payer_account_at=5, payer_name_at=6))
    assert first == Line(
        3,
        "FT1",
        50_000,
        date(2026, 11, 25),
        None,
        "C1234567X · ••••••••890 · NGUYEN VAN AN",
        1_050_000,
    )
    assert isinstance(second, Line)
    assert isinstance(third, Line)
    assert (second.amount, second.memo, third.amount) == (-20_000, "phi", 1_250_000)


def test_two_columns_may_say_what_came_and_what_went() -> None:
    head = ("Posting day", "In", "Out", "Story")
    rows = (("2026-11-25", "50,000", "", "a"), ("2026-11-26", "", "7,000", "b"))
    wish = said(
        amount_at=None,
        credit_at=1,
        debit_at=2,
        memo_at=3,
        reference_at=None,
        balance_at=None,
        date_format=DateFormat.YEAR_FIRST,
        decimal=".",
    )
    lines = tried(file_of(*rows, head=head), wish)
    assert [line.amount for line in lines if isinstance(line, Line)] == [50_000, -7_000]


@pytest.mark.parametrize(
    ("other", "fields"),
    [
        ({"date_format": DateFormat.DAY_FIRST}, ["date_at"]),
        ({"date_format": DateFormat.YEAR_FIRST}, ["date_at"]),
        ({"date_at": 3, "reference_at": None}, ["date_at"]),
        ({"amount_at": 2, "memo_at": 3, "reference_at": None}, ["amount_at"]),
        ({"amount_at": 0, "date_at": 1}, ["date_at", "amount_at"]),
        ({"decimal": "."}, ["amount_at", "balance_at"]),
        ({"balance_at": 2, "memo_at": 3, "reference_at": None}, ["balance_at"]),
        ({"memo_at": 1}, ["amount_at"]),
        ({"reference_at": 0}, ["reference_at"]),
        ({"amount_at": None}, ["amount_at"]),
        ({"credit_at": 4, "balance_at": None}, ["amount_at"]),
        ({"amount_at": None, "debit_at": 1}, ["credit_at"]),
        ({"amount_at": 7}, ["amount_at"]),
        ({"amount_at": -1}, ["amount_at"]),
        ({"header_row": 1}, ["header_row"]),
        ({"header_row": 99}, ["header_row"]),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(other: dict[str, object], fields: list[str]) -> None:
    assert list(refused(file_of(*ROWS), said(**other))) == fields


def test_empty_columns_are_no_amount_and_no_note() -> None:
    rows = [(row[0], "", *row[2:]) for row in ROWS]
    assert "amount_at" in refused(file_of(*rows), said())
    rows = [(*row[:2], "", *row[3:]) for row in ROWS]
    assert list(refused(file_of(*rows), said())) == ["memo_at"]


def test_one_bad_row_among_many_is_a_broken_row_and_no_refusal() -> None:
    rows = [*ROWS, *ROWS, ("31/31/2026", "1.000", "x", "FT9", "", "", "")]
    assert len(tried(file_of(*rows), said())) == 5
    bad_first = tried(file_of(rows[-1], *rows[:-1]), said())
    assert isinstance(bad_first[0], BrokenLine)


@pytest.mark.parametrize(
    ("order", "words", "day"),
    [
        (DateFormat.DAY_FIRST, "25/11/2026", date(2026, 11, 25)),
        (DateFormat.DAY_FIRST, "5-1-26", date(2026, 1, 5)),
        (DateFormat.DAY_FIRST, "25112026", date(2026, 11, 25)),
        (DateFormat.MONTH_FIRST, "11.25.2026", date(2026, 11, 25)),
        (DateFormat.YEAR_FIRST, "2026-11-25", date(2026, 11, 25)),
        (DateFormat.YEAR_FIRST, "20261125", date(2026, 11, 25)),
        (DateFormat.YEAR_FIRST, 20261125, date(2026, 11, 25)),
    ],
)
def test_days_are_read_in_the_order_that_was_said(order: DateFormat, words: object, day: date) -> None:
    assert when_reader(order)(words) == (day, None)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (DateFormat.DAY_FIRST, "11/25/2026"),
        (DateFormat.DAY_FIRST, "25/11-2026"),
        (DateFormat.MONTH_FIRST, "25/11/2026"),
        (DateFormat.YEAR_FIRST, "25/11/2026 08:00"),
        (DateFormat.DAY_FIRST, "1234567"),
        (DateFormat.DAY_FIRST, "hom nay"),
        (DateFormat.DAY_FIRST, None),
        (DateFormat.DAY_FIRST, 1.5),
    ],
)
def test_days_in_another_order_are_not_guessed(order: DateFormat, words: object) -> None:
    with pytest.raises(Unreadable):
        when_reader(order)(words)


def test_time_of_day_stays_with_its_day() -> None:
    assert when_reader(DateFormat.MONTH_FIRST)("11/25/2026  08:15:00") == (
        date(2026, 11, 25),
        datetime(2026, 11, 25, 1, 15, tzinfo=UTC),
    )


def test_header_is_known_again_whatever_its_accents_and_case() -> None:
    assert fingerprint(("Ngày GD", "SỐ TIỀN", "Nội dung")) == fingerprint(
        ["ngay gd", "Số  tiền:", "Noi dung", None, ""]
    )
    assert fingerprint(("Ngày", "Số tiền", "Nội dung")) != fingerprint(("Số tiền", "Ngày", "Nội dung"))


def test_dollars_are_no_dong_in_a_described_table_either() -> None:
    content = file_of(
        ("11/25/2026", "50", "x", "USD"), ("11/26/2026", "60", "y", "VND"), head=(*NAMES[:3], "Currency")
    )
    lines = tried(content, said(reference_at=None, balance_at=None))
    assert [type(line) for line in lines] == [BrokenLine, Line]


def test_first_guess_is_what_the_names_and_cells_say() -> None:
    head = take_head(
        "Sao ke\nNgày;Ghi nợ;Ghi có;Số dư;Diễn giải;Số tham chiếu\n25/11/2026;;50.000;1.000.000;a;FT1\n".encode()
    )
    assert head
    assert guess(head) == {
        "header_row": 2,
        "date_at": 0,
        "debit_at": 1,
        "credit_at": 2,
        "balance_at": 3,
        "memo_at": 4,
        "reference_at": 5,
        "date_format": "day_first",
        "decimal": ",",
    }


def test_head_of_a_workbook_comes_back_as_it_was() -> None:
    at = datetime(2026, 11, 25, 8, 15)  # noqa: DTZ001
    rows = [["LA"], ["Posting day", "Movement", "Story"], [at, 50_000, "a"]]
    head = take_head(workbook(rows).read())
    assert head
    assert unpack(pack(head)) == head
    assert b"Movement" not in pack(head)
    assert [row.number for row in header_rows(head)] == [2]


@pytest.mark.parametrize(
    "content", [b"xin chao\n", b"a;b\n1;2\n", b"a;b;c\n", b"\x89PNG\r\n\x1a\n" + bytes(300)]
)
def test_what_has_no_header_has_no_head(content: bytes) -> None:
    assert take_head(content) is None


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("19034567890", "••••••••890"),
        ("So TK 0123456789 tai", "So TK •••••••789 tai"),
        ("NGUYỄN VĂN AN", "NGUYỄN V• A•"),
        ("tien rau cua chi", "tien rau cua chi"),
        ("25/11/2026", "25/11/2026"),
        ("1.250.000", "1.250.000"),
        (50_000.0, "50000"),
        (datetime(2026, 11, 25), "25/11/2026"),  # noqa: DTZ001
        (None, ""),
    ],
)
def test_preview_veils_accounts_and_names(cell: object, shown: str) -> None:
    assert veiled(cell) == shown


def test_described_layout_comes_before_the_known_ones() -> None:
    content = "Ngay GD;Ma GD;So tien;Dien giai\n02-11-2026;FT1;+5.000;mua rau\n"
    head = take_head(content.encode())
    assert head
    swapped = said(
        header_row=1,
        reference_at=3,
        amount_at=2,
        memo_at=1,
        balance_at=None,
        date_format=DateFormat.DAY_FIRST,
    )
    described = swapped.described("cua toi", head[0])
    read = read_statement(delimited(content), described=[described])
    (line,) = read.found
    assert read.layout == "cua toi"
    assert isinstance(line, Line)
    assert (line.memo, line.bank_reference) == ("FT1", "mua rau")
