"""Trade item numbers, and the addresses on labels."""

import re

import pytest
from stdnum import ean

from core import gtin


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("8936012345674", "08936012345674"),
        ("893 6012 345674", "08936012345674"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        ("18936012345671", "18936012345671"),
    ],
)
def test_numbers_in_trade_are_fourteen_digits(typed: str, whole: str) -> None:
    assert gtin.normalise(typed) == whole
    assert gtin.in_trade(whole)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "x",
        "8936012345675",
        "123456789",
        "0000000000000",
        "٨936012345674",
        "2000000000015",
        "0200000000011",
    ],
)
def test_others_are_none(typed: str) -> None:
    """A wrong check digit, a wrong length, or a number that GS1 gives to nobody in trade."""
    assert gtin.normalise(typed) is None


@pytest.mark.parametrize("number", [1, 42, 9_999_999_999])
def test_own_numbers_are_restricted_ones_with_a_check_digit(number: int) -> None:
    """As another implementation of the same rule sees it."""
    made = gtin.internal(number)
    assert len(made) == 14
    assert ean.is_valid(made[1:])
    assert made[1:3] == "20"
    assert not gtin.in_trade(made)
    assert gtin.normalise(made) is None


def test_two_products_never_share_one() -> None:
    assert len({gtin.internal(number) for number in range(1, 2_000)}) == 1_999


def test_a_lots_address_follows_the_digital_link() -> None:
    assert gtin.lot_path("02000000000015", "261125-7KM") == "/01/02000000000015/10/261125-7KM"
    for bad in ("a", "A/B", "A" * 21, "-A"):
        with pytest.raises(ValueError, match=re.escape(repr(bad)[1:-1])):
            gtin.lot_path("02000000000015", bad)
