"""What all readers of notices share: strict JSON, the replay window, and the fields of a bank's movement."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from core.clock import VIETNAM
from core.money import MAX_DONG
from core.strict_json import unique_names

REPLAY_WINDOW = timedelta(minutes=5)
"""How far a notice's time stamp may be from our clock, in either direction (developer.sepay.vn, «Bảo mật»)."""
LONGEST_NAME = 64
"""More than any bank's reference or account number has."""
LONGEST_MEMO = 1_000
YEARS = range(2000, 2100)
"""Another one is a placeholder; nobody can reckon with days at the ends of the calendar."""


class NoticeMalformed(Exception):
    """The body is no notice of this provider (HTTP 400). The message names what is wrong, never a value."""


class NoticeForged(Exception):
    """No key of the channel made this signature (HTTP 401)."""


class NoticeStale(NoticeForged):
    """Genuine once: its signature is right, its time stamp outside the window (HTTP 401)."""


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object that `body` is. Raises NoticeMalformed: also for a name that stands twice, for what is no
    number, and for what the database could not store."""
    if b"\\u0000" in body:
        raise NoticeMalformed("NUL")  # PostgreSQL can store it in neither text nor jsonb
    try:
        found = _DECODER.decode(body.decode())
    except (ValueError, RecursionError):
        raise NoticeMalformed("JSON") from None
    if not isinstance(found, dict):
        raise NoticeMalformed("JSON")
    return found


def _finite(digits: str) -> float:
    """Also of a number that is too large to be one: the database takes no infinity."""
    number = float(digits)
    if not isfinite(number):
        raise ValueError(digits)
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=unique_names, parse_constant=_finite, parse_float=_finite)


def require_fresh(stamp: datetime, moment: datetime) -> None:
    """Raises NoticeStale where `stamp` is further from `moment` than the window, before or after."""
    if abs(moment - stamp) > REPLAY_WINDOW:
        raise NoticeStale("timestamp")


def moment_of(stamp: str, per_second: int) -> datetime:
    """A UNIX time of so many ticks a second. Raises NoticeForged for what is none."""
    try:
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= 16):
            raise ValueError
        return datetime.fromtimestamp(int(stamp) / per_second, UTC)
    except (ValueError, OverflowError, OSError):
        raise NoticeForged("timestamp") from None


def read_whole_amount(data: Mapping[str, Any], field: str) -> int:
    """Đồng, of either sign and never 0. Raises NoticeMalformed: a text or a fraction is no amount."""
    amount = data.get(field)
    if type(amount) is not int or not 0 < abs(amount) <= MAX_DONG:
        raise NoticeMalformed(field)
    return amount


def read_number(data: Mapping[str, Any], field: str) -> int:
    """A provider's own number of a movement. Raises NoticeMalformed."""
    number = data.get(field)
    if type(number) is not int or not 0 <= number < 2**63:
        raise NoticeMalformed(field)
    return number


def read_name(data: Mapping[str, Any], field: str) -> str:
    """A reference or an account number; empty where there is none. Raises NoticeMalformed."""
    value = data.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_NAME or not _storable(value):
        raise NoticeMalformed(field)
    return value.strip()


def read_virtual_account(data: Mapping[str, Any], field: str, *, beside: str) -> str:
    """A number beside the account's own; empty where there is none, or it is the account's. Raises NoticeMalformed."""
    number = read_name(data, field).upper()
    return "" if number == read_name(data, beside).upper() else number


def read_memo(data: Mapping[str, Any], field: str) -> str:
    """The note, cut where it is endless; empty where there is none. Raises NoticeMalformed."""
    value = data.get(field)
    if value is None:
        return ""
    if not isinstance(value, str) or not _storable(value):
        raise NoticeMalformed(field)
    return value[:LONGEST_MEMO]


def texts_of(data: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Those of the fields that are texts and can be stored, none of them endless."""
    found = {name: data.get(name) for name in names}
    return {
        name: value[:LONGEST_MEMO]
        for name, value in found.items()
        if isinstance(value, str) and value and _storable(value)
    }


def _storable(value: str) -> bool:
    """Half an emoji, as is left where a text was cut, is no text that a database takes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_local_time(text: object) -> datetime | None:
    """A time in UTC: Vietnam's where it has no offset; None where it is no time, or none of ours."""
    try:
        moment = datetime.fromisoformat(text)  # type: ignore[arg-type]  # a TypeError says the same
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None
