"""Business errors: what went wrong, said kindly, with the HTTP status it means.

A text is a Vietnamese template plus its values, so that the edge can say it in the reader's language
(`text("Số quầy %(number)s đã có", number=7)`); the templates are the message ids of `translations/`.
"""

from collections.abc import Mapping
from typing import ClassVar, Self


class Text(str):
    """A message that still knows its template, so that it can be translated later."""

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Self:
        message = super().__new__(cls, template % values if values else template)
        message.template = template
        message.values = values
        return message

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object]]]:
        """Copies and pickles are made of the template and its values."""
        return type(self), (self.template, self.values)


def text(template: str, **values: object) -> Text:
    """Mark `template` for translation; `pybabel extract -k text` finds it."""
    return Text(template, values)


class BusinessError(Exception):
    """Something the user can understand and mend; never a defect of the program."""

    status: ClassVar[int] = 400
    title: ClassVar[Text] = text("Yêu cầu chưa hợp lệ")

    def __init__(self, detail: Text | None = None) -> None:
        self.detail = detail or self.title
        super().__init__(self.detail)


class InvalidInput(BusinessError):
    """Fields that cannot be stored: `errors` maps a field's name to what is wrong with it."""

    status = 422
    title = text("Có ô chưa đúng")

    def __init__(self, errors: Mapping[str, list[Text]]) -> None:
        super().__init__()
        self.errors = errors

    @classmethod
    def of(cls, field: str, message: Text) -> Self:
        return cls({field: [message]})


class NotFound(BusinessError):
    """It does not exist, or the person may not know that it does."""

    status = 404
    title = text("Không tìm thấy")


class Forbidden(BusinessError):
    status = 403
    title = text("Bạn không có quyền làm việc này")


class Conflict(BusinessError):
    """The request is well-formed, but what is stored already stands against it."""

    status = 409
    title = text("Trùng với dữ liệu đã có")
