"""Fields that forms and the API share: what people type, made into what the product stores."""

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from core import money, national_id, phones
from core.errors import text

LONGEST_NAME = 120
LONGEST_KEY = 200
LONGEST_TEXT = 2_000
_TRACKING = re.compile(r"[A-Za-z0-9-]{5,40}")

fields.Field.default_error_messages = {
    **fields.Field.default_error_messages,
    "required": text("Cần điền ô này"),
    "null": text("Cần điền ô này"),
    "validator_failed": text("Giá trị chưa hợp lệ"),
}
_INVALID = {
    fields.String: text("Cần một đoạn chữ"),
    fields.UUID: text("Mã định danh chưa đúng"),
    fields.Integer: text("Cần một số nguyên"),
    fields.Float: text("Cần một con số"),
    fields.Boolean: text("Cần chọn có hoặc không"),
    fields.DateTime: text("Ngày giờ chưa đúng"),
    fields.Date: text("Ngày chưa đúng"),
    fields.List: text("Cần một danh sách"),
    fields.Enum: text("Không có lựa chọn này"),
    fields.Nested: text("Thiếu các ô bên trong"),
    fields.Dict: text("Cần các cặp tên và giá trị"),
}
for _field, _message in _INVALID.items():
    _known = {key for base in _field.__mro__ for key in getattr(base, "default_error_messages", {})}
    _general = fields.Field.default_error_messages
    _field.default_error_messages = {**dict.fromkeys(_known, _message), "unknown": _message, **_general}

fields.Enum.default_error_messages["required"] = text("Hãy chọn một")


class Input(Schema):
    """What is sent to us. Blank text counts as nothing; unknown fields are refused."""

    error_messages = {
        "unknown": text("Không có ô này"),
        "type": text("Dữ liệu gửi lên chưa đúng dạng"),
    }

    @pre_load
    def _drop_blanks(self, data: Any, **_: object) -> Any:
        if not isinstance(data, dict):
            return data
        stripped = {name: value.strip() if isinstance(value, str) else value for name, value in data.items()}
        return {name: value for name, value in stripped.items() if value != ""}


class Longest(validate.Length):
    """At most `max` characters, and none that cannot be stored or seen."""

    def __call__(self, value: str) -> str:
        if len(value) > self.max:
            raise ValidationError([text("Nhiều nhất %(limit)s ký tự", limit=self.max)])
        if any(ord(character) < ord(" ") and character not in "\n\r\t" for character in value):
            raise ValidationError([text("Có ký tự không đọc được")])
        return value


def longest(limit: int) -> validate.Validator:
    return Longest(max=limit)


class Line(fields.String):
    """One line of text of a name's length."""

    def __init__(self, limit: int = LONGEST_NAME, **options: Any) -> None:
        super().__init__(validate=longest(limit), **options)


class Phone(fields.String):
    """A Vietnamese phone number as people write it, to E.164."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        typed = super()._deserialize(value, attr, data, **options)
        e164 = phones.normalise(typed)
        if e164 is None:
            raise ValidationError([text("Số điện thoại chưa đúng, ví dụ: 0912 345 678")])
        return e164


class TrackingNumber(fields.String):
    """What a carrier knows a parcel by; blanks are forgiven."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        number = "".join(super()._deserialize(value, attr, data, **options).split())
        if not _TRACKING.fullmatch(number):
            raise ValidationError(
                [text("Mã vận đơn gồm 5 đến 40 chữ cái không dấu, chữ số hoặc dấu gạch ngang")]
            )
        return number


class NationalId(fields.String):
    """The twelve digits of a citizen card; spaces are forgiven."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        digits = super()._deserialize(value, attr, data, **options).replace(" ", "")
        if problem := national_id.problem_of(digits):
            raise ValidationError([problem])
        return digits


class Dong(fields.Field[int]):
    """An amount in whole đồng: a JSON integer, or what a person types (`1.250.000`)."""

    default_error_messages = {"invalid": text("Số tiền là số nguyên đồng, không có phần lẻ")}

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **options: Any) -> int | None:
        return value

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        amount = money.parse_dong(value) if isinstance(value, str) else value
        if amount is None and value is not None:
            raise ValidationError([money.typing_problem(value)])
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise self.make_error("invalid")
        if problem := money.amount_problem(amount):
            raise ValidationError([problem])
        return amount
