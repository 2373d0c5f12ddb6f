"""HTML forms: a marshmallow schema over what a browser sent.

A schema's field says its own label and hint (`metadata=label(…)`). Where anything is wrong the page is shown
again with everything that was typed, the reasons beside their fields, and nothing stored.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from flask import flash, g, redirect, render_template, request
from marshmallow import ValidationError, fields
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.errors import BusinessError, InvalidInput, NotFound, Text, text
from core.ids import new_id
from core.money import format_dong
from web import database
from web.errors import flatten
from web.languages import translate
from web.parted import Parted, Rows, parts_of, spread
from web.schemas import Dong, Input
from web.shown_forms import FIELD, ChangedSince, ChangeSchema, asked_for, opened, sealed

Stored = TypeVar("Stored")
State = TypeVar("State", bound=StrEnum)
Page = tuple[str, int]

LAST_PAGE = 100_000
"""Of any list; the database cannot count up to what an address can say."""


class FieldShown(NamedTuple):
    """A field as a page shows it."""

    name: str
    label: Text
    hint: Text | None
    optional: bool
    value: str
    values: list[str]
    error: str | None

    @property
    def id(self) -> str:
        return f"field-{self.name}"


def label(words: Text, hint: Text | None = None, *, mark_optional: bool = True) -> dict[str, Any]:
    """The metadata of a field that people fill in; one that may stay empty says so."""
    return {"label": words, "hint": hint, "mark_optional": mark_optional}


class FormSchema(Input):
    """A form that stores something: its page carries the new row's `id`, so that sending twice stores once."""

    id = fields.UUID()


class Form:
    """One form on one page."""

    def __init__(
        self,
        schema: Input,
        initial: Mapping[str, object] | None = None,
        sent: Mapping[str, object] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        """`initial` stands in the fields at first; `sent` is what came where it did not come by POST. `words` are what
        people call the initial value of fields that hold codes."""
        self.schema = schema
        self.stores = sent is None
        self.sent = _shown(sent) if sent else request.form if request.method == "POST" else None
        self.stored, self.words = _shown(initial or {}), words or {}
        self.typed = MultiDict(self.sent if self.sent is not None else g.get("typed_before") or self.stored)
        self.shown = opened(self.typed.get(FIELD)) or MultiDict(self.stored)
        self.data: dict[str, Any] = {}
        self.errors: dict[str, list[str]] = {}
        self.problem: str | None = None
        self.refusal: BusinessError | None = None
        self.status = 200

    def submit(self, act: Callable[..., Stored]) -> Stored | None:
        """What `act(**data)` gives; None where nothing was sent, a field is wrong or `act` refuses."""
        if self.sent is None:
            return None
        try:
            self.data = self.schema.load(self._picked(self.sent))
            return act(**self._asked(self.schema) if isinstance(self.schema, ChangeSchema) else self.data)
        except ValidationError as error:
            self.refuse(InvalidInput(flatten(error.messages)))
        except NotFound:
            raise
        except BusinessError as error:
            self.refuse(error)
        return None

    def _asked(self, schema: ChangeSchema) -> dict[str, Any]:
        """What the person changed, beside what others have since. What was not touched is shown as it is now. Raises
        ChangedSince."""
        elsewhere = {FIELD, *schema.compared_elsewhere}
        typed = {name: value for name, value in self.data.items() if name not in elsewhere}
        asked, overtaken = asked_for(typed, self._read(self.shown), self._read(self.stored))
        for name in typed.keys() - asked.keys():
            _put(self.typed, name, self.stored)
            _put(self.shown, name, self.stored)
        if overtaken:
            told = {path: [self._now_told(self._own_name(path))] for path in overtaken}
            for path in overtaken:
                _put(self.shown, self._own_name(path), self.stored)
            raise ChangedSince(told)
        return asked | {name: self.data[name] for name in self.data.keys() & schema.compared_elsewhere}

    def _read(self, shown: "MultiDict[str, str]") -> dict[str, Any]:
        """As if it had been typed, but for what nobody could type."""
        try:
            return dict(self.schema.load(self._picked(shown)))
        except ValidationError as error:
            return dict(error.valid_data or {})

    def _now_told(self, name: str) -> Text:
        values = self.words.get(name) or ", ".join(
            value for key, value in self.stored.items(multi=True) if _is_part(key, name)
        )
        if not values:
            return text("Vừa có người xóa trống ô này. Hãy xem lại rồi ghi lại")
        is_money = isinstance(self._declared(name), Dong)
        now_told = format_dong(int(values)) if is_money else values
        return text("Vừa có người sửa ô này, nay là «%(value)s». Hãy xem lại rồi ghi lại", value=now_told)

    @property
    def sealed(self) -> str:
        """What the person has before their eyes, for the form to bring along."""
        return sealed(self.shown)

    def refuse(self, error: BusinessError) -> None:
        """Show why it was not done; what was begun is undone."""
        self.refusal, self.status = error, error.status
        if isinstance(error, InvalidInput):
            self.errors = {self._own_name(name): list(texts) for name, texts in error.errors.items()}
        else:
            self.problem = error.detail
        database.session().rollback()

    def ask_for(self, words: Text, wanted: Mapping[str, list[Text]]) -> None:
        """Before anything is sent: say in `words`, and beside each field, what somebody still wants to know."""
        self.errors = {name: texts for name, texts in wanted.items() if texts and self.is_labelled(name)}
        self.problem = words if self.errors else None

    def _own_name(self, path: str) -> str:
        """`payout_account.bin` and `marketplaces.0` are the fields `bin` and `marketplaces` of a flat form;
        `papers.0.number` is the part `papers-0-number` of one."""
        parts = path.split(".")
        if isinstance(self.schema.fields.get(parts[0]), Parted):
            return "-".join(parts)
        return next((part for part in reversed(parts) if part in self.schema.fields), parts[-1])

    def page(self, template: str, **values: Any) -> Page:
        return render_template(template, form=self, **values), self.status

    def field(self, name: str) -> FieldShown:
        declared = self._declared(name)
        errors = self.errors.get(name)
        return FieldShown(
            name=name,
            label=declared.metadata["label"],
            hint=declared.metadata["hint"],
            optional=not declared.required and declared.metadata["mark_optional"] and not errors,
            value=self.typed.get(name, ""),
            values=self.typed.getlist(name),
            error=errors[0] if errors else None,
        )

    def rows(self, name: str) -> list[tuple[str, bool]]:
        """What the names of each row's parts begin with, and whether it is filled in: there is an empty one more."""
        declared = self.schema.fields[name]
        assert isinstance(declared, Rows), name
        numbers = list(declared.gather(parts_of(self.typed, name)) or ())
        filled = [(f"{name}-{number}", True) for number in numbers]
        more = len(numbers) < declared.most
        return [*filled, (f"{name}-{max(numbers, default=-1) + 1}", False)] if more else filled

    def is_labelled(self, name: str) -> bool:
        """Whether people see the field; a problem with any other stands alone."""
        return name.partition("-")[0] in self.schema.fields and "label" in self._declared(name).metadata

    def is_wrong(self, *names: str) -> bool:
        """Whether anything is wrong with these fields or their parts."""
        return any(name.partition("-")[0] in names for name in self.errors)

    def _declared(self, name: str) -> fields.Field[Any]:
        first, _, rest = name.partition("-")
        declared = self.schema.fields[first]
        return declared.part(rest) if rest and isinstance(declared, Parted) else declared

    @property
    def typed_by(self) -> str | None:
        """Whose page this is, where only who has signed in sees it."""
        typed_by: str | None = g.get("typed_by")
        return typed_by

    @property
    def new_id(self) -> str:
        return self.typed.get("id") or str(new_id())

    def _picked(self, sent: "MultiDict[str, str]") -> dict[str, Any]:
        """The schema's fields; what else came is not ours."""
        found = ((name, _sent_for(name, field, sent)) for name, field in self.schema.fields.items())
        return {name: value for name, value in found if value is not None}


def _sent_for(name: str, field: fields.Field[Any], sent: "MultiDict[str, str]") -> Any:
    if isinstance(field, Parted):
        return field.gather(parts_of(sent, name))
    return (sent.getlist(name) or None) if isinstance(field, fields.List) else sent.get(name)


def _shown(values: Mapping[str, object]) -> "MultiDict[str, str]":
    shown: MultiDict[str, str] = MultiDict()
    parts = {key: one for name, value in values.items() for key, one in spread(name, value).items()}
    for name, value in parts.items():
        several = value if isinstance(value, list | tuple | set | frozenset) else [value]
        shown.setlist(name, [str(one) for one in several if one is not None])
    return shown


def _is_part(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}-")


def _put(target: "MultiDict[str, str]", name: str, source: "MultiDict[str, str]") -> None:
    """The field `name`, with all its parts, as it stands in `source`."""
    for key in [key for key in target if _is_part(key, name)]:
        del target[key]
    for key in [key for key in source if _is_part(key, name)]:
        target.setlist(key, source.getlist(key))


def do(act: Callable[[], object], *, done: Text, back: str) -> Response:
    """A deed without a form: do it, and say on the page `back` how it went."""
    try:
        act()
        flash(translate(done))
    except NotFound:
        raise
    except BusinessError as error:
        database.session().rollback()
        flash(" ".join(translate(reason) for reason in _reasons(error)), "bad")
    return redirect(back, 303)


def _reasons(error: BusinessError) -> list[Text]:
    if isinstance(error, InvalidInput):
        return [reason for reasons in error.errors.values() for reason in reasons]
    return [error.detail]


def chosen(states: type[State], name: str) -> State | None:
    """The state that a list's address asks for; None for none, or for one that there is not."""
    asked = request.args.get(name)
    return states(asked) if asked in set(states) else None


def page_asked() -> int:
    """The number of a list's page that the address asks for; the first for none, or for one that there cannot be."""
    number = request.args.get("page", 1, int)
    return number if 1 <= number <= LAST_PAGE else 1


def uuid_asked(name: str) -> UUID | None:
    """The identifier that the address or the form names, where it is one."""
    try:
        return UUID(request.values.get(name, ""))
    except ValueError:
        return None
