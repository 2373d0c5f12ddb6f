"""Fields and schemas that the API has beside the forms' (`web.schemas`): JSON is strict, a query is text."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from core.errors import text
from gateways.formats import COLLECTORS
from models import DIRECT
from services.queries.paging import DEFAULT_LIMIT
from web.languages import translate
from web.schemas import Dong, Input, Line
from web.typed import limits

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_CODE = 10
LONGEST_SEARCH = 100
MOST_ITEMS = 200


class Within(validate.Range):
    """From `min` to `max`, said in the reader's language."""

    def __call__(self, value: Any) -> Any:
        if not self.min <= value <= self.max:
            raise ValidationError([limits(self.min, self.max)])
        return value


class Amount(Dong):
    """Whole đồng as a JSON integer; `"1.000"` could mean one or a thousand, so text is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if isinstance(value, str):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **options)


class AmountInQuery(Dong):
    """Whole đồng as digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if not (value.isascii() and value.isdigit()):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **options)


class Whole(fields.Integer):
    """A JSON integer from `least` to `most`."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(strict=True, validate=Within(least, most), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if not isinstance(value, int):
            raise self.make_error("invalid")
        found: int = super()._deserialize(value, attr, data, **options)
        return found


class Day(fields.Date):
    """A business day of this century, ISO 8601."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> date:
        found = super()._deserialize(value, attr, data, **options)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise self.make_error("invalid", obj_type=self.OBJ_TYPE, input=value)
        return found


class Word(Line):
    """One item of a list of texts; not blank."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        word: str = super()._deserialize(value, attr, data, **options).strip()
        if not word:
            raise self.make_error("required")
        return word


class Said(fields.String):
    """A message to the person, in the person's language."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **options: Any) -> str | None:
        return None if value is None else translate(value)


def choice(values: type, **options: Any) -> fields.Enum:
    """One of an enum's values, by value."""
    return fields.Enum(values, by_value=True, **options)


def channel_kind() -> fields.String:
    return fields.String(metadata={"enum": [*COLLECTORS, DIRECT]})


def words(most: int, limit: int, **options: Any) -> fields.List:
    """A list of at most `most` texts of at most `limit` characters."""
    return fields.List(Word(limit), validate=AtMost(max=most), **options)


class AtMost(validate.Length):
    """No more than `max` items."""

    def __call__(self, value: Any) -> Any:
        if len(value) > self.max:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=self.max)])
        return value


def computed(function: Callable[[Any], str | None]) -> fields.Function:
    """A text made from the object."""
    return fields.Function(function, metadata={"type": "string"})


class View(Schema):
    """What is answered. More may come one day, so the document closes no view."""

    class Meta:
        unknown = EXCLUDE


class Query(Schema):
    """What stands behind the `?` of an address; what is blank is not asked for, what is unknown is ignored."""

    @pre_load
    def _take_texts(self, data: Any, **_: object) -> dict[str, str]:
        names = (field.data_key or name for name, field in self.fields.items())
        given = {name: data[name].strip() for name in names if name in data}
        return {name: value for name, value in given.items() if value}


class Paging(Query):
    limit = fields.Integer(load_default=DEFAULT_LIMIT, validate=Within(1, MOST_ITEMS))
    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})


class Days(Query):
    """Business days, both included."""

    since = Day(data_key="from")
    until = Day(data_key="to")


def search(description: str) -> Line:
    return Line(LONGEST_SEARCH, metadata={"description": description})


class WithId(Input):
    """An object that may be made offline: sent again with its `id`, it is stored once."""

    id = fields.UUID()


@cache
def page_of(view: type[Schema]) -> type[Schema]:
    """The answer of a list of such views."""
    return View.from_dict(
        {"items": fields.List(fields.Nested(view)), "next_cursor": fields.String(allow_none=True)},
        name=view.__name__.removesuffix("View") + "Page",
    )
