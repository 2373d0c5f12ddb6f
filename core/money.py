"""Money is a whole number of đồng, always."""

import re

from core.errors import Text, text

MAX_DONG = 9_999_999_999_999
"""Thirteen digits: the most that a VietQR amount (EMVCo tag 54) can carry."""

_WHOLE = re.compile(r"[1-9][0-9]{0,2}(?:([., \u00a0])[0-9]{3})(?:\1[0-9]{3}){0,4}|[0-9]{1,18}")


def format_number(number: int) -> str:
    """`1250000` as people write it: `1.250.000`."""
    return f"{number:,}".replace(",", ".")


def format_dong(amount: int) -> str:
    """`1250000` as people write it: `1.250.000 ₫`."""
    return f"{format_number(amount)} ₫"


def amount_problem(amount: int) -> Text | None:
    """Why `amount` cannot be paid, or None."""
    if amount <= 0:
        return text("Số tiền phải lớn hơn 0")
    if amount > MAX_DONG:
        return text("Số tiền không được quá 13 chữ số")
    return None


def parse_dong(typed: str) -> int | None:
    """What a person typed (`1.250.000`, `1250000 đ`) as đồng; None where it is no whole amount."""
    digits = re.sub(r"\s*(₫|đ|đồng|vnd)$", "", typed.strip().lower())
    if not _WHOLE.fullmatch(digits):
        return None
    return int(re.sub(r"[^0-9]", "", digits))
