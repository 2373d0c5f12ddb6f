"""The form that takes an Excel sheet: all its rows, or none and each wrong one is named."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request
from marshmallow import fields

from core.errors import InvalidInput, Text, text
from services.listing_sheets import RowProblem, WrongRows
from web.forms import Form, Page, Stored, label
from web.schemas import Input
from web.sheets import MEDIA_TYPE

SHOWN_PROBLEMS = 50


class SheetForm(Form):
    """`words` and `hint` name the file; `titles` are its columns by field, as in `web.sheets`."""

    def __init__(self, words: Text, hint: Text, titles: Mapping[str, str]) -> None:
        file = fields.Raw(metadata=label(words, hint, mark_optional=False))
        super().__init__(Input.from_dict({"file": file})())
        self.titles = titles
        self.wrong: list[RowProblem] = []

    def take(self, act: Callable[[bytes], Stored]) -> Stored | None:
        """What `act` makes of the file's content; None where none was sent, or it refuses."""
        return self.submit(lambda **_: self._take(act))

    def _take(self, act: Callable[[bytes], Stored]) -> Stored:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise InvalidInput.of("file", text("Hãy chọn tệp Excel"))
        try:
            return act(file.read())
        except WrongRows as error:
            self.wrong = list(error.problems)
            raise

    def page(self, template: str, **values: Any) -> Page:
        shown = {"wrong": self.wrong[:SHOWN_PROBLEMS], "more": len(self.wrong) - SHOWN_PROBLEMS}
        return super().page(template, titles=self.titles, **shown, **values)


def sheet_file(content: bytes, name: str) -> Response:
    """A workbook to take away, as `name`.xlsx."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, mimetype=MEDIA_TYPE, headers=headers)
