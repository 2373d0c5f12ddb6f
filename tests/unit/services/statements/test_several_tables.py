"""Files that hold more than one table: of several accounts one below the other, or on several sheets."""

import pytest

from core.errors import InvalidInput
from services.statements.lines import BrokenLine, Line
from services.statements.reading import read_statement
from tests.unit.services.statements.files import (
    LETTERHEAD,
    MB_HEADER,
    VCB_HEADER,
    delimited,
    sheets,
    workbook,
)

OURS = "1900000001"
OTHER = ("Số tài khoản: 1900 9999 99",)


def row(reference, amount="5,000", day="02/11/2026"):
    return (1, day, reference, "", amount, "x")


def read(file):
    return list(read_statement(file, account=OURS).found)


def references(found):
    return [line.bank_reference for line in found if isinstance(line, Line)]


def reasons(found):
    return [str(line.reason) for line in found if isinstance(line, BrokenLine)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (OTHER, "tài khoản khác"),
        (("Số TK", "", 1900999999), "tài khoản khác"),
        (("Loại tiền: USD",), "USD"),
        (("Currency", "usd"), "USD"),
    ],
)
@pytest.mark.parametrize("header", [[], [VCB_HEADER]])
def test_rows_below_a_line_of_another_account_or_money_are_not_ours(said, reason, header):
    found = read(workbook([*LETTERHEAD, VCB_HEADER, row("FT1"), said, *header, row("FT2"), row("FT3")]))
    assert references(found) == ["FT1"]
    assert [reason in told for told in reasons(found)] == [True, True]


@pytest.mark.parametrize(
    ("said", "back"), [(OTHER, LETTERHEAD[2]), (("Loại tiền: USD",), ("Loại tiền: VND",))]
)
def test_until_a_line_says_that_they_are(said, back):
    found = read(workbook([VCB_HEADER, row("FT1"), said, row("FT2"), back, VCB_HEADER, row("FT3")]))
    assert references(found) == ["FT1", "FT3"]


@pytest.mark.parametrize("said", [("Số tài khoản: 19009xxxx9",), ("Tài khoản", "thanh toán"), LETTERHEAD[2]])
def test_a_line_that_tells_of_no_other_account_changes_nothing(said):
    assert references(read(workbook([VCB_HEADER, row("FT1"), said, row("FT2")]))) == ["FT1", "FT2"]


def test_a_row_whose_day_is_broken_says_nothing_of_those_below():
    broken = (1, "32/11/2026", "FT1", "", "5,000", "So tai khoan: 1900999999 chuyen tien")
    found = read(workbook([VCB_HEADER, broken, row("FT2")]))
    assert references(found) == ["FT2"]
    assert len(reasons(found)) == 1


def test_another_account_below_in_delimited_text():
    found = read(
        delimited(
            "Ngay GD;Ma GD;So tien;Dien giai\n02-11-2026;FT1;+5000;a\n"
            "So tai khoan: 1900999999;;;\n02-11-2026;FT2;+7000000;b\n"
        )
    )
    assert references(found) == ["FT1"]
    assert len(reasons(found)) == 1


def test_every_sheet_is_read_with_the_header_of_its_own():
    mb = (MB_HEADER, ("03/11/2026", "FT3", "", "7.000", "", "y"))
    found = read(sheets([("Bìa",), ("x",)], [*LETTERHEAD, VCB_HEADER, row("FT1"), row("FT2")], [("z",)], mb))
    assert references(found) == ["FT1", "FT2", "FT3"]
    assert [line.amount for line in found] == [5_000, 5_000, 7_000]
    assert len({line.number for line in found}) == 3


def test_a_sheet_of_another_account_is_told_and_not_taken():
    found = read(sheets([VCB_HEADER, row("FT1")], [OTHER, VCB_HEADER, row("FT2")]))
    assert references(found) == ["FT1"]
    assert ["tài khoản khác" in told for told in reasons(found)] == [True]
    assert references(read(sheets([OTHER, VCB_HEADER, row("FT2")], [VCB_HEADER, row("FT1")]))) == ["FT1"]


def test_a_workbook_of_other_accounts_alone_is_refused_with_that_reason():
    with pytest.raises(InvalidInput) as refused:
        read(sheets([("Bìa",), ("x",)], [OTHER, VCB_HEADER, row("FT2")]))
    assert "tài khoản khác" in str(refused.value.errors["file"][0])
