"""Each slip in a number has plain words of its own."""

import pytest
from marshmallow import ValidationError

from web.api.fields import Whole
from web.schemas import Dong
from web.typed import WholeNumber

FEW = WholeNumber(0, 1_000_000_000)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("-5", "Số tiền phải lớn hơn 0"),
        ("0", "Số tiền phải lớn hơn 0"),
        ("ba mươi", "Hãy ghi bằng chữ số, ví dụ: 35.000"),
        ("35k", "Hãy ghi đủ số đồng, ví dụ: 35.000, không ghi tắt 35k"),
        ("35 nghìn", "Hãy ghi đủ số đồng, ví dụ: 35.000, không ghi tắt 35k"),
        ("1tr5", "Hãy ghi đủ số đồng, ví dụ: 35.000, không ghi tắt 35k"),
        ("35,5", "Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000"),
        ("35.000.5 đ", "Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000"),
        ("0.500", "Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000"),
        ("1.2500", "Dấu chấm đặt chưa đúng chỗ; hãy ghi như 35.000 hoặc 35000"),
        ("9" * 30, "Số tiền không được quá 13 chữ số"),
    ],
)
def test_amounts(typed: str, said: str) -> None:
    assert _refusal(Dong(), typed) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("99999999999", "Từ 0 đến 1.000.000.000"),
        ("9" * 5_000, "Từ 0 đến 1.000.000.000"),
        ("-5", "Từ 0 đến 1.000.000.000"),
        ("ba mươi", "Hãy ghi bằng chữ số, ví dụ: 12"),
        ("1,5", "Cần một số nguyên, không có phần lẻ"),
        ("0.500", "Cần một số nguyên, không có phần lẻ"),
    ],
)
def test_whole_numbers(typed: str, said: str) -> None:
    assert _refusal(FEW, typed) == said


def test_the_api_groups_limits_too() -> None:
    assert _refusal(Whole(1, 2_000), 2_001) == "Từ 1 đến 2.000"


def _refusal(field: Dong | WholeNumber | Whole, sent: object) -> str:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(sent)
    return str(caught.value.messages[0])
