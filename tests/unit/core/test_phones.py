import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phones import display, normalise


@pytest.mark.parametrize(
    "typed",
    [
        "0900000001",
        "0900 000 001",
        "0900.000.001",
        "+84900000001",
        "+84 90-000-0001",
        "84900000001",
        " 0900000001 ",
    ],
)
def test_every_way_of_writing_a_number_is_the_same_number(typed: str) -> None:
    assert normalise(typed) == "+84900000001"


@pytest.mark.parametrize("number", [f"090000000{digit}" for digit in range(1, 6)])
def test_demo_accounts_have_numbers(number: str) -> None:
    assert normalise(number) == "+84" + number[1:]


def test_fixed_lines_are_numbers_too() -> None:
    assert normalise("(0214) 382 0123") == "+842143820123"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "090000001",  # one digit short
        "09000000011",
        "0100000001",  # no such prefix
        "19001234",  # a service line
        "1900 1234",
        "113",
        "+1 650 253 0000",
        "0900000001 ext 5",
        "0900000001x5",
        "O900000001",
        "٠٩٠٠٠٠٠٠٠١",
        "++84900000001",
        "0900000001\n0900000002",
    ],
)
def test_what_is_no_vietnamese_number_of_a_person_is_none(typed: str) -> None:
    assert normalise(typed) is None


@given(st.text() | st.text("+()-. 0123456789", max_size=20))
def test_whatever_is_typed_comes_out_stable_or_not_at_all(typed: str) -> None:
    number = normalise(typed)
    assert number is None or (normalise(number) == number and normalise(display(number)) == number)


def test_display_groups_the_digits() -> None:
    assert display("+84900000001") == "0900 000 001"
