"""What stood in a form when its page was opened, which the form brings along, sealed. A field that the person did not
touch asks for nothing, so what others wrote there meanwhile stays; one that both changed is refused beside it.

A field of several parts (a price for each floor, a tick for each) is compared part by part.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from cryptography.fernet import InvalidToken
from marshmallow import fields
from werkzeug.datastructures import MultiDict

from core.crypto import seal, unseal
from core.errors import InvalidInput
from web.schemas import Input

FIELD = "shown"
WHOLE = ""


class ChangeSchema(Input):
    """A form over what is stored already. `compared_elsewhere` are fields of which a service knows better what happened
    since."""

    compared_elsewhere: ClassVar[frozenset[str]] = frozenset()
    shown = fields.String()


class ChangedSince(InvalidInput):
    """Somebody else wrote another value since the page was opened."""


def sealed(shown: "MultiDict[str, str]") -> str:
    return seal(json.dumps(list(shown.items(multi=True)), ensure_ascii=False)).decode()


def opened(brought: str | None) -> "MultiDict[str, str] | None":
    """What `sealed` took; None for anything else."""
    try:
        return MultiDict(json.loads(unseal((brought or "").encode())))
    except InvalidToken:
        return None


def asked_for(
    typed: Mapping[str, Any], shown: Mapping[str, Any], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str]]:
    """Of what was `typed` what differs from what was `shown`, brought into what is `stored` now; and the paths of what
    differs there too, in another way."""
    asked, overtaken = dict(typed), []
    for name in [name for name in typed if name in shown and name in stored]:
        mine, before, theirs = (_parts(values[name]) for values in (typed, shown, stored))
        if mine == before:
            del asked[name]
            continue
        touched = {part for part in mine | before if mine.get(part) != before.get(part)}
        overtaken += [
            f"{name}.{part}" if part else name
            for part in sorted(touched)
            if theirs.get(part) not in (before.get(part), mine.get(part))
        ]
        if WHOLE not in mine:
            left = {part: one for part, one in theirs.items() if part not in touched}
            merged = left | {part: one for part, one in mine.items() if part in touched}
            asked[name] = merged if isinstance(typed[name], dict) else sorted(merged)
    return asked, overtaken


def _parts(value: Any) -> dict[str, Any]:
    """By name: values, ticks, or the one whole value. Rows are one, in any order; browsers end lines their own way."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return dict.fromkeys(value, True)
    if isinstance(value, list):
        return {WHOLE: sorted(value, key=str)}
    return {WHOLE: value.replace("\r\n", "\n") if isinstance(value, str) else value}
