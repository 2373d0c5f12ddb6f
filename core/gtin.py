"""Numbers of trade items (GTIN), and the address that a lot's label carries.

Sources: GS1 General Specifications, section 1.4 (prefixes) and 7.9 (check digit); GS1 Digital Link Standard: URI
Syntax (a GTIN under `/01/` as 14 digits, its lot under `/10/`).
"""

import re
from itertools import cycle

LENGTHS = frozenset({8, 12, 13, 14})
LENGTH = 14
INTERNAL_PREFIX = "020"
"""In 14 digits: a filling zero and the prefix 20."""
_LOT = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}")
_RESTRICTED = re.compile(r"0(?:02|04|2)")
"""Prefixes 02, 04 and 20 to 29 of a GTIN-13, behind the filling zero."""


def check_digit(digits: str) -> str:
    """Of the digits before it: weighed 3 and 1 in turn from the right, what is missing to the next ten."""
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle((3, 1)), strict=False))
    return str(-total % 10)


def normalise(typed: str) -> str | None:
    """A GTIN of 8, 12, 13 or 14 digits, spaces and dashes forgiven, as 14; None for what is none.

    One that GS1 gives to nobody in trade (restricted circulation) is none either: shops and search engines
    refuse it.
    """
    digits = re.sub(r"[ -]", "", typed)
    if len(digits) not in LENGTHS or not (digits.isascii() and digits.isdigit()):
        return None
    whole = digits.zfill(LENGTH)
    if check_digit(whole[:-1]) != whole[-1] or _RESTRICTED.match(whole) or not int(whole):
        return None
    return whole


def internal(number: int) -> str:
    """The GTIN of the product `number` (1 to 9,999,999,999) that has none in trade.

    GS1 keeps the prefixes 02 and 20 to 29 for *restricted circulation* numbers: anybody may give them out within
    a region or house of one's own, so they are unique here only, and mean nothing to anybody else's scanner. Their
    form and check digit are those of every GTIN.
    """
    body = f"{INTERNAL_PREFIX}{number:010}"
    return body + check_digit(body)


def in_trade(gtin: str) -> bool:
    """It is known beyond these pages."""
    return not _RESTRICTED.match(gtin)


def lot_path(gtin: str, lot: str) -> str:
    """`/01/<GTIN>/10/<lot>`. Raises ValueError for a lot's code that a label of ours does not carry."""
    if not _LOT.fullmatch(lot):
        raise ValueError(lot)
    return f"/01/{gtin}/10/{lot}"
