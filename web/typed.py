"""Fields for what people type into forms: separators and spaces are forgiven, doubtful numbers are not."""

import re
from typing import Any

from marshmallow import ValidationError, fields

from core.errors import Text, text
from core.money import format_number

_ACCOUNT = re.compile(r"[0-9A-Za-z]{1,19}")
_WHOLE = re.compile(r"-?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+)")
_FRACTION = re.compile(r"-?[0-9.]+[.,][0-9]+")
_LONGEST = 18
"""Digits: no limit of ours has more."""
_AREA = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,2})?")


def limits(least: int, most: int) -> Text:
    """What a number beyond them is told."""
    return text("Từ %(least)s đến %(most)s", least=format_number(least), most=format_number(most))


class WholeNumber(fields.Field[int]):
    """A whole number from `least` to `most`, with or without points between thousands."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        typed = str(value)
        if _WHOLE.fullmatch(typed):
            number = int(typed.replace(".", "")[: _LONGEST + 2])
            if self.least <= number <= self.most:
                return number
            raise ValidationError([limits(self.least, self.most)])
        if _FRACTION.fullmatch(typed):
            raise ValidationError([text("Cần một số nguyên, không có phần lẻ")])
        raise ValidationError([text("Hãy ghi bằng chữ số, ví dụ: 12")])


class AccountNumber(fields.String):
    """A bank account or wallet as VietQR can carry it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        number = re.sub(r"[ .-]", "", super()._deserialize(value, attr, data, **options))
        if not _ACCOUNT.fullmatch(number):
            raise ValidationError([text("Số tài khoản gồm 1 đến 19 chữ cái không dấu hoặc chữ số")])
        return number


class Area(fields.Field[float]):
    """Square metres, with a comma or a point."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float:
        if not _AREA.fullmatch(str(value)):
            raise ValidationError([text("Cần một con số, ví dụ: 4,5")])
        area = float(str(value).replace(",", "."))
        if area <= 0:
            raise ValidationError([text("Diện tích phải lớn hơn 0")])
        return area


class Several(fields.Field[list[str]]):
    """Names typed one after the other, between commas or on lines of their own."""

    def __init__(self, most: int, longest: int, **options: Any) -> None:
        super().__init__(**options)
        self.most, self.longest = most, longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[str]:
        names = [" ".join(name.split()) for name in re.split(r"[,;\n]", str(value))]
        unique = list(dict.fromkeys(filter(None, names)))
        if len(unique) > self.most:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=self.most)])
        if any(len(name) > self.longest for name in unique):
            raise ValidationError([text("Mỗi tên nhiều nhất %(limit)s ký tự", limit=self.longest)])
        return unique
