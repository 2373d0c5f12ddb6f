"""Fields of a form that hold several values: rows of one kind, and a value for each of some names.

On a page a part of such a field is called `papers-0-number` or `prices-shopee`; a reason names it as the API would,
`papers.0.number`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from marshmallow import ValidationError, fields
from werkzeug.datastructures import MultiDict

from core.errors import text
from web.schemas import Input

Key = TypeVar("Key")
Sent = TypeVar("Sent")
Loaded = TypeVar("Loaded")
DROP = "drop"
"""The part of a row that, sent with anything, leaves the row away."""
_IN_ROW = re.compile(r"([0-9]{1,3})-([a-z_]+)")


class Parted(fields.Field[Any]):
    """A field whose value travels in several parts."""

    def gather(self, parts: Mapping[str, str]) -> Any:
        """What was sent, by the rest of each part's name; None where nothing was."""
        raise NotImplementedError

    def part(self, rest: str) -> fields.Field[Any]:
        """The field behind the rest of a part's name."""
        raise NotImplementedError


class ByName(Parted):
    """A value for each of some names, such as a price by floor; what is blank is left away."""

    def __init__(self, parts: Mapping[str, fields.Field[Any]], **options: Any) -> None:
        super().__init__(**options)
        self.parts = parts

    def gather(self, parts: Mapping[str, str]) -> dict[str, str] | None:
        return {name: value for name, value in parts.items() if name in self.parts and value.strip()} or None

    def part(self, rest: str) -> fields.Field[Any]:
        return self.parts[rest]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> dict[str, Any]:
        return _load_each(value, lambda name, typed: self.parts[name].deserialize(typed.strip()))


class Rows(Parted):
    """Rows of one kind, in their order; one that is blank or crossed out is left away."""

    def __init__(self, row: type[Input], most: int, **options: Any) -> None:
        super().__init__(**options)
        self.row, self.most = row(), most

    def gather(self, parts: Mapping[str, str]) -> dict[int, dict[str, str]] | None:
        rows: dict[int, dict[str, str]] = {}
        for rest, value in parts.items():
            if found := _IN_ROW.fullmatch(rest):
                rows.setdefault(int(found[1]), {})[found[2]] = value.strip()
        return {number: row for number, row in sorted(rows.items()) if any(row.values())} or None

    def part(self, rest: str) -> fields.Field[Any]:
        return self.row.fields[rest.partition("-")[2]]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[dict[str, Any]]:
        kept = {number: row for number, row in value.items() if not row.get(DROP)}
        if len(kept) > self.most:
            raise ValidationError([text("Nhiều nhất %(most)s mục", most=self.most)])
        return list(_load_each(kept, lambda _, row: self.row.load(_of_schema(self.row, row))).values())


def _of_schema(schema: Input, row: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if name in schema.fields}


def _load_each(values: Mapping[Key, Sent], load: Callable[[Key, Sent], Loaded]) -> dict[Key, Loaded]:
    """What `load` makes of each. Raises ValidationError for all that are wrong, by key."""
    loaded: dict[Any, Loaded] = {}
    wrong: dict[Any, Any] = {}
    for key, value in values.items():
        try:
            loaded[key] = load(key, value)
        except ValidationError as error:
            wrong[key] = error.messages
    if wrong:
        raise ValidationError(wrong, valid_data=loaded)
    return loaded


def parts_of(sent: "MultiDict[str, str]", name: str) -> dict[str, str]:
    """The parts of the field `name` that were sent, by the rest of their names."""
    begin = f"{name}-"
    return {key.removeprefix(begin): sent.get(key, "") for key in sent if key.startswith(begin)}


def spread(name: str, value: object) -> dict[str, object]:
    """A value as the parts of a form show it: mappings by key, rows by number, anything else by `name` itself."""
    if isinstance(value, Mapping):
        pairs: Sequence[tuple[object, object]] = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
        pairs = list(enumerate(value))
    else:
        return {name: value}
    return {key: one for rest, inner in pairs for key, one in spread(f"{name}-{rest}", inner).items()}
