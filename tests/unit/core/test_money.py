import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import MAX_DONG, amount_problem, format_dong, parse_dong


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 ₫"), (999, "999 ₫"), (1000, "1.000 ₫"), (1_250_000, "1.250.000 ₫"), (-5000, "-5.000 ₫")],
)
def test_amounts_are_shown_with_dots(amount: int, shown: str) -> None:
    assert format_dong(amount) == shown


@given(st.integers(0, MAX_DONG))
def test_what_is_shown_can_be_typed_again(amount: int) -> None:
    assert parse_dong(format_dong(amount)) == amount
    assert parse_dong(str(amount)) == amount
    assert parse_dong(f"{amount:,} VND") == amount


@pytest.mark.parametrize(
    "typed", ["1250000", "1.250.000", "1,250,000", "1 250 000", "1.250.000đ", "1250000 ĐỒNG", " 1250000 vnd "]
)
def test_every_usual_way_of_typing_is_understood(typed: str) -> None:
    assert parse_dong(typed) == 1_250_000


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "đ",
        "-5",
        "1.5",
        "12.34",
        "0.500",
        "000.500",
        "1,250.00",
        "1.250,000",
        "1.2500",
        "1e6",
        "0x10",
        "1.250.000.",
        "12a",
        "1_000",
        "١٢٣",
        "１２３",
        "1\n000",
        "1.250.000,00",
        "9" * 5000,
    ],
)
def test_what_is_no_whole_amount_is_none(typed: str) -> None:
    assert parse_dong(typed) is None


@given(st.text())
def test_any_text_is_an_amount_or_none(typed: str) -> None:
    assert parse_dong(typed) is None or parse_dong(typed) >= 0  # type: ignore[operator]


@pytest.mark.parametrize("amount", [1, MAX_DONG])
def test_payable_amounts_have_no_problem(amount: int) -> None:
    assert amount_problem(amount) is None


@pytest.mark.parametrize("amount", [0, -1, MAX_DONG + 1])
def test_other_amounts_cannot_be_paid(amount: int) -> None:
    assert amount_problem(amount) is not None


def test_the_most_is_what_a_vietqr_carries() -> None:
    assert len(str(MAX_DONG)) == 13
    assert len(str(MAX_DONG + 1)) == 14
