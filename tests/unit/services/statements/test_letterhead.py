"""A statement of another account, or in another money, is no statement of this one."""

import pytest

from core.errors import InvalidInput
from services.statements.reading import read_statement
from tests.unit.services.statements.files import LETTERHEAD, VCB_HEADER, workbook

OURS = "1900000001"
ROW = (1, "02/11/2026", "FT1", "", "5,000", "x")


def read(*rows, account=OURS):
    return list(read_statement(workbook([*rows, ROW]), account=account).found)


def refusal(*rows):
    with pytest.raises(InvalidInput) as refused:
        read(*rows)
    (said,) = refused.value.errors["file"]
    return str(said)


@pytest.mark.parametrize("account", [OURS, "1900 0000 01", "01900000001", None])
def test_the_account_above_the_header_is_ours(account):
    assert len(read(*LETTERHEAD, VCB_HEADER, account=account)) == 1


@pytest.mark.parametrize(
    "above",
    [
        ("Số tài khoản: 1900 0000 02",),
        ("Số TK", "", "1900000002"),
        ("SAO KÊ", "Account number", 1900000002),
        ("Tài khoản: 1900.000.002", "Từ ngày 01/11/2026"),
    ],
)
def test_another_account_above_the_header_is_refused_without_its_number(above):
    said = refusal(above, VCB_HEADER)
    assert "tài khoản khác" in said
    assert "•••••••002" in said


@pytest.mark.parametrize(
    "above",
    [
        ("Số tài khoản: 19000xxxx9",),
        ("Chủ tài khoản: GIÀNG THỊ SỬA",),
        ("Số tài khoản đối ứng: 2900000002",),
        ("Số điện thoại: 0900000002",),
        ("Loại tài khoản", "Thanh toán"),
        ("Loại tiền: VND",),
        ("Currency", "vnd"),
        ("Tiền tệ: Đồng Việt Nam",),
    ],
)
def test_what_tells_of_no_other_account_or_money_is_left_alone(above):
    assert len(read(above, VCB_HEADER)) == 1


@pytest.mark.parametrize(
    "above", [("Loại tiền: USD",), ("Currency", "eur"), ("Loại tiền tệ", "", "Đô la Mỹ (USD)")]
)
def test_another_money_above_the_header_is_refused(above):
    assert refusal(above, VCB_HEADER).endswith(("USD", "EUR"))


def test_another_money_in_the_header_is_refused():
    def header(unit):
        return [f"{name} ({unit})" if name.startswith("Số tiền") else name for name in VCB_HEADER]

    assert len(read(header("VND"))) == 1
    assert refusal(header("USD")).endswith("USD")
