"""Whatever is wrong with a row, it is listed, and all the others are read."""

import io
import random
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.statements.amounts import amount_reader
from services.statements.lines import BalanceBreak, BrokenLine, Line, Unreadable
from services.statements.reading import read_statement
from tests.unit.services.statements.files import BIDV, TECHCOMBANK, VCB_HEADER, delimited, workbook

GOOD = "02-11-2026;FT1;+1250000;IBFT\n"


def kinds(file, **options):
    return [type(found).__name__ for found in read_statement(file, **options).found]


@pytest.mark.parametrize(
    "row",
    [
        "32-11-2026;FT2;+5000;x",
        "2026;FT2;+5000;x",
        ";FT2;+5000;x",
        "02-11-1926;FT2;+5000;x",
        "02-11-2026;FT2;;x",
        "02-11-2026;FT2;0;x",
        "02-11-2026;FT2;5000.50;x",
        "02-11-2026;FT2;5,00;x",
        "02-11-2026;FT2;năm nghìn;x",
        "02-11-2026;FT2;=5000;x",
        "02-11-2026;FT2;1e9;x",
        "02-11-2026;FT2;99999999999999;x",
        "02-11-2026;FT2;５０００;x",
        "02-11-2026;FT2;+5000;x;more",
        "02-11-2026",
        '02-11-2026;FT2;+5000;"never closed',
        "02-11-2026;FT2;+5000;" + "x" * 200_000 + ";y",
    ],
    ids=lambda row: row[:40],
)
def test_a_broken_row_breaks_no_other(row):
    found = list(read_statement(delimited(BIDV + GOOD + row + "\n" + GOOD * 20)).found)
    assert [type(item) for item in found] == [Line, BrokenLine, *[Line] * 20]
    assert found[1].number == 5
    assert [line.number for line in found[2:]] == list(range(6, 26))


def test_stray_quotes_in_two_rows_swallow_none_between():
    rows = [f'"2026-11-02","FT{n}","","5,000.00","","rau"\n' for n in range(10)]
    rows[2] = '"2026-11-02","FT2","","5,000.00","","rau\n'
    rows[5] = '"2026-11-02","FT5","","5,000.00","",rau"\n'
    found = list(read_statement(delimited(TECHCOMBANK + "".join(rows))).found)
    read = [item.bank_reference for item in found if isinstance(item, Line)]
    assert read == [f"FT{n}" for n in range(10) if n != 2]
    assert [item.number for item in found if isinstance(item, BrokenLine)] == [4]


def test_destroyed_letters_break_their_row_only():
    good = "02-11-2026;FT1;+1250000;Tiền rau, cảm ơn cô\n"
    content = (BIDV + good * 5).encode() + b"02-11-2026;FT2;+5000;Ti\xe1\xbbn\n" + good.encode()
    read = [type(found) for found in read_statement(_bytes(content)).found]
    assert read == [*[Line] * 5, BrokenLine, Line]


def _bytes(content: bytes):
    return io.BytesIO(content)


def test_control_characters_leave_the_note():
    (line,) = read_statement(delimited(BIDV + "02-11-2026;FT1;+5000;ti\x00en\trau\u200e  ca\n")).found
    assert line.memo == "ti en rau ca"


def test_other_currency_and_other_account_are_broken_rows():
    header = "Ngay GD;Ma GD;So tien;Dien giai;Loại tiền;Số tài khoản\n"
    rows = [
        "02-11-2026;FT1;+5000;x;VND;1900 0000 01\n",
        "02-11-2026;FT2;+5000;x;USD;1900000001\n",
        "02-11-2026;FT3;+5000;x;VND;1900000002\n",
        "02-11-2026;FT4;+5000;x;;1900000001\n",
    ]
    assert kinds(delimited(header + "".join(rows))) == ["Line", "BrokenLine", "BrokenLine", "Line"]
    other = [1 for kind in kinds(delimited(header + "".join(rows)), account="1900000002") if kind == "Line"]
    assert len(other) == 1


def test_debit_and_credit_at_once_is_no_amount():
    rows = [
        VCB_HEADER,
        (1, "02/11/2026", "FT1", "5,000", "5,000", "x"),
        (2, "02/11/2026", "FT2", "", "-5,000", "x"),
    ]
    assert kinds(workbook(rows)) == ["BrokenLine", "BrokenLine"]


def test_balances_are_checked_in_either_order():
    rows = [("1,000.00", "1,000.00"), ("500.00", "1,500.00"), ("200.00", "1,700.00"), ("10.00", "1,710.00")]
    lines = [f'"2026-11-02","FT{a}","","{a}","{b}","x"\n' for a, b in rows]
    assert kinds(delimited(TECHCOMBANK + "".join(lines))) == ["Line"] * 4
    assert kinds(delimited(TECHCOMBANK + "".join(reversed(lines)))) == ["Line"] * 4
    missing = list(read_statement(delimited(TECHCOMBANK + "".join(lines[:2] + lines[3:]))).found)
    assert missing[-1] == BalanceBreak(4, 1510, 1710)


LINES = "02-11-2026;FT1;+300,000;IBFT\n03-11-2026;FT2;-50,000;phí\n"


def edged(above: str, below: str, lines: str = LINES):
    header = BIDV.splitlines()[-1]
    return list(read_statement(delimited(f"NGAN HANG\n{above}{header}\n{lines}{below}")).found)


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("Số dư đầu kỳ: 1,000,000 VND;;;\n", "Số dư cuối kỳ;;1,250,000;\n"),
        ("Opening balance;;1,000,000\nClosing balance;;1,250,000\n", ""),
        ("", "Số dư đầu ngày;;;1,000,000\nTổng cộng;;250,000;\nSố dư cuối ngày:1250000;;;\n"),
        ("Số dư đầu kỳ: 1,000,000;;;\n", ""),
        ("Số dư đầu kỳ;;;\n", "Số dư cuối kỳ: không rõ;;;\n"),
    ],
)
def test_edges_that_the_lines_fit_say_nothing(above, below):
    assert [type(item) for item in edged(above, below)] == [Line, Line]


def test_edges_that_the_lines_do_not_fit_are_told_where_they_stand_and_lose_no_line():
    found = edged("Số dư đầu kỳ: 1,000,000 VND;;;\n", "Số dư cuối kỳ;;1,270,000;\n")
    assert [type(item) for item in found] == [Line, Line, BalanceBreak]
    assert found[-1] == BalanceBreak(6, 1_250_000, 1_270_000, at_edge=True)


def test_edges_say_nothing_of_a_file_with_a_row_that_could_not_be_read():
    found = edged(
        "Số dư đầu kỳ: 1,000,000;;;\n", "Số dư cuối kỳ;;1,270,000;\n", LINES + "03-11-2026;FT3;x;y\n"
    )
    assert [type(item) for item in found] == [Line, Line, BrokenLine]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize(("label", "right"), [("Opening balance", 0), ("Closing balance", 1_700)])
def test_each_edge_is_held_against_the_running_balances(newest_first, label, right):
    rows = [("1,000.00", "1,000.00"), ("500.00", "1,500.00"), ("200.00", "1,700.00")]
    lines = [f'"2026-11-02","FT{a}","","{a}","{b}","x"\n' for a, b in rows]
    lines = lines[::-1] if newest_first else lines

    def told(amount):
        head = f'"{label}: {amount}"\n'
        return list(read_statement(delimited(head + TECHCOMBANK + "".join(lines))).found)

    assert [type(item) for item in told(right)] == [Line] * 3
    assert told(right + 40)[-1] == BalanceBreak(1, right, right + 40, at_edge=True)


def test_repeated_headers_of_pages_are_no_rows():
    page = "\n;;;\nNgay GD;Ma GD;So tien;Dien giai\n"
    assert kinds(delimited(BIDV + GOOD + page + GOOD + "Tổng cộng;;+2500000;\n")) == ["Line", "Line"]


@pytest.mark.parametrize(
    ("decimal", "cell", "amount"),
    [
        (".", "1,250,000", 1_250_000),
        (",", "1.250.000", 1_250_000),
        (".", "+1250000", 1_250_000),
        (".", "-1250000", -1_250_000),
        (".", "1,250,000.00", 1_250_000),
        (",", "1.250.000,0", 1_250_000),
        (".", " 1 250 000 VND", 1_250_000),
        (",", "1.250", 1_250),
        (".", "-", 0),
        (".", None, 0),
        (".", 1_250_000, 1_250_000),
        (".", 1_250_000.0, 1_250_000),
    ],
)
def test_amounts_in_each_notation(decimal, cell, amount):
    assert amount_reader(decimal)(cell) == amount


@pytest.mark.parametrize(
    ("decimal", "cell"),
    [
        (".", "1.250"),
        (",", "1,250"),
        (".", "1,25,000"),
        (".", "1,250.000,00"),
        (".", "1_000"),
        (".", True),
        (".", float("nan")),
        (".", float("inf")),
        (".", float("-inf")),
    ],
)
def test_doubtful_amounts_are_never_guessed(decimal, cell):
    with pytest.raises(Unreadable):
        amount_reader(decimal)(cell)


@given(st.integers(-(10**12), 10**12), st.sampled_from([".", ","]), st.booleans())
def test_written_amounts_are_read_back(amount, decimal, cents):
    words = f"{amount:,}" + (".00" if cents else "")
    written = words if decimal == "." else words.translate(str.maketrans(",.", ".,"))
    assert amount_reader(decimal)(written) == amount


@given(st.text(max_size=300))
@example(":61:")
def test_no_text_stops_the_reader(note):
    found = list(
        read_statement(
            delimited((BIDV + GOOD * 3 + note + "\n" + GOOD).encode("utf-8", "replace").decode())
        ).found
    )
    assert [item for item in found if isinstance(item, Line)][:3] == [
        Line(n, "FT1", 1_250_000, date(2026, 11, 2), None, "IBFT") for n in (4, 5, 6)
    ]


def test_a_long_file_is_read_to_its_end():
    chance = random.Random(1)
    amounts = [chance.randrange(1, 10**7) for _ in range(20_000)]
    words = BIDV + "".join(f"02-11-2026;FT{n};+{amount};IBFT\n" for n, amount in enumerate(amounts))
    assert [line.amount for line in read_statement(delimited(words)).found] == amounts
