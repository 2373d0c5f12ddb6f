"""Money is a whole number of đồng, always."""

import re

from core.errors import Text, text

MAX_DONG = 9_999_999_999_999
"""Thirteen digits: the most that a VietQR amount (EMVCo tag 54) can carry."""

_WHOLE = re.compile(r"[1-9][0-9]{0,2}(?:([., \u00a0])[0-9]{3})(?:\1[0-9]{3}){0,4}|[0-9]{1,18}")

_CURRENCY = re.compile(r"\s*(₫|đ|đồng|vnd)$")


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


def typing_problem(typed: str) -> Text:
    """Why `parse_dong` makes nothing of what a person typed."""
    digits = _CURRENCY.sub("", typed.strip().lower())
    if re.fullmatch(r"-[0-9][0-9., \u00a0]*", digits):
        return text("Số tiền phải lớn hơn 0")
    if re.fullmatch(r"[0-9][0-9., \u00a0]*\s*(k|n|ng|nghìn|nghin|ngàn|ngan|tr|triệu|trieu)[0-9]*", digits):
        return text("Hãy ghi đủ số đồng, ví dụ: 35.000, không ghi tắt 35k")
    if not re.fullmatch(r"[0-9][0-9., \u00a0]*", digits):
        return text("Hãy ghi bằng chữ số, ví dụ: 35.000")
    if re.fullmatch(r"[0-9]+", digits):
        return text("Số tiền không được quá 13 chữ số")
    if re.search(r"[.,][0-9]{1,2}$|^0", digits):
        return text("Số tiền là số nguyên đồng, không có phần lẻ, ví dụ: 35.000")
    return text("Dấu chấm đặt chưa đúng chỗ; hãy ghi như 35.000 hoặc 35000")


def parse_dong(typed: str) -> int | None:
    """What a person typed (`1.250.000`, `1250000 đ`) as đồng; None where it is no whole amount."""
    digits = _CURRENCY.sub("", typed.strip().lower())
    if not _WHOLE.fullmatch(digits):
        return None
    return int(re.sub(r"[^0-9]", "", digits))
