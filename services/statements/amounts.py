"""Amounts as banks write them, read strictly: a wrong đồng is worse than a broken row."""

import re
from collections.abc import Callable
from functools import cache
from math import isfinite
from typing import Literal

from core.errors import text
from core.money import MAX_DONG
from services.statements.lines import Unreadable

Mark = Literal[",", "."]
_UNIT = re.compile(r"\s*(?:₫|đ|vnd|vnđ)$", re.IGNORECASE)


@cache
def amount_reader(decimal: Mark) -> Callable[[object], int]:
    """A reader of cells whose fractions stand after `decimal` and whose thousands are parted by the other mark
    (or a space, or not at all). It gives đồng, 0 for an empty cell; raises Unreadable for a fraction of a
    đồng, a formula, and whatever is no whole amount."""
    thousands = "," if decimal == "." else "."
    grouped = rf"\d{{1,3}}(?P<mark>[{thousands} \u00a0\u202f])\d{{3}}(?:(?P=mark)\d{{3}})*"
    shape = re.compile(
        rf"(?P<sign>[+-]?)(?P<whole>{grouped}|\d{{1,18}})"
        rf"(?:[{decimal}](?P<part>\d{{1,2}}))?",
        re.ASCII,
    )

    def read(cell: object) -> int:
        if cell is None or cell == "":
            return 0
        if not isinstance(cell, str):
            return _number(cell)
        found = shape.fullmatch(cell) or shape.fullmatch(_UNIT.sub("", cell.strip()))
        if found is None:
            return _odd(cell)
        sign, whole, mark, part = found.groups()
        if part and part.strip("0"):
            raise Unreadable(text("Số tiền lẻ dưới một đồng: %(cell)s", cell=cell))
        amount = int(whole.replace(mark, "") if mark else whole)
        return within(-amount if sign == "-" else amount)

    return read


def _number(cell: object) -> int:
    """A cell that the spreadsheet itself holds as a number."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not isfinite(cell):
        raise Unreadable(text("Ô số tiền không phải là số"))
    if cell != int(cell):
        raise Unreadable(text("Số tiền lẻ dưới một đồng: %(cell)s", cell=cell))
    return within(int(cell))


def _odd(cell: str) -> int:
    """What else may stand in an amount's cell: nothing at all, a dash for nothing, a formula, nonsense."""
    if cell.strip() in {"", "-"}:
        return 0
    if cell.startswith("="):
        raise Unreadable(text("Ô số tiền là công thức"))
    raise Unreadable(text("Không đọc được số tiền: %(cell)s", cell=cell[:40]))


def within(amount: int) -> int:
    """`amount`, where an account can hold it."""
    if abs(amount) > MAX_DONG:
        raise Unreadable(text("Số tiền quá lớn"))
    return amount
