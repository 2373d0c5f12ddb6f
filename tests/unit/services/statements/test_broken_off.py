"""A file that ends before its end: what may be cut is no money, what stands before it is."""

import pytest

from services.statements.lines import BrokenLine, Line
from services.statements.reading import read_statement
from tests.unit.services.statements.files import BIDV, MT940, delimited

TABLE = f"{BIDV}02-11-2026;FT1;+5000;a\n03-11-2026;FT2;+1250000;b"


def read(words):
    found = list(read_statement(delimited(words)).found)
    lines = [line for line in found if isinstance(line, Line)]
    return [(line.bank_reference, line.amount) for line in lines], [
        line for line in found if isinstance(line, BrokenLine)
    ]


def test_a_table_without_a_last_line_end_is_whole():
    assert read(TABLE) == ([("FT1", 5_000), ("FT2", 1_250_000)], [])


@pytest.mark.parametrize("kept", ["03-11-2026;FT2;+125", "03-11-2026;FT2;+1250000", "03-11-2026;FT2;"])
def test_a_row_that_the_file_ends_in_is_no_money(kept):
    lines, broken = read(TABLE[: TABLE.index("03-11")] + kept)
    assert lines == [("FT1", 5_000)]
    assert len(broken) == 1


AMOUNT_LAST = "Date,Reference,Description,Balance,Debit,Credit\n02/11/2026,FT1,a,5000,,5000\n"


@pytest.mark.parametrize(
    ("last", "whole"),
    [
        ("03/11/2026,FT2,b,1255000,,125", False),
        ("03/11/2026,FT2,b,1255000,,1250000", False),
        ("03/11/2026,FT2,b,1255000,,1250000\n", True),
        ('"03/11/2026","FT2","b","1255000","","1250000"', True),
    ],
)
def test_an_amount_that_the_file_ends_in_may_be_a_part_of_it(last, whole):
    lines, broken = read(AMOUNT_LAST + last)
    assert lines == [("FT1", 5_000), ("FT2", 1_250_000)][: 1 + whole]
    assert len(broken) == (not whole)


def test_a_short_row_that_ends_is_read():
    assert read(f"{BIDV}02-11-2026;FT1;+5000\n") == ([("FT1", 5_000)], [])


def test_a_signature_that_the_file_ends_in_is_nothing():
    assert read(f"{BIDV}02-11-2026;FT1;+5000;a\nNguoi lap bieu") == ([("FT1", 5_000)], [])


@pytest.mark.parametrize(
    "end", ["HOAN TRA\n", "HOAN", "D50000,NTRFNONREF//FT00000", "D50000,", "D5", ":61:2611031103D"]
)
def test_a_message_without_its_closing_balance_keeps_what_is_whole(end):
    lines, broken = read(MT940[: MT940.index(end) + len(end)])
    assert lines == [("FT0000000001", 250_000)]
    assert len(broken) == 1


def test_an_amount_without_its_comma_is_none():
    lines, broken = read(MT940.replace("C250000,00NTRF", "C250NTRF"))
    assert lines == [("FT0000000002", -50_000)]
    assert len(broken) == 1
