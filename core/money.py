"""Money is a whole number of đồng, always."""

import re

from core.errors import Text, text

MAX_DONG = 9_999_999_999_999
"""Thirteen digits: the most that a VietQR amount (EMVCo tag 54) can carry."""

_GROUPED = re.compile(r"\d{1,3}(?:([.,\s])\d{3})(?:\1\d{3})*|\d+")


def format_dong(amount: int) -> str:
    """`1250000` as people write it: `1.250.000 ₫`."""
    return f"{amount:,}".replace(",", ".") + " ₫"


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
    if not _GROUPED.fullmatch(digits):
        return None
    return int(re.sub(r"\D", "", digits))
