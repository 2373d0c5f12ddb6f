"""Days and moments as banks write them: the day before the month, or ISO's order."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache

from core.clock import VIETNAM
from core.errors import text
from models import DateFormat
from services.statements.lines import Unreadable

FIRST_YEAR, LAST_YEAR = 2000, 2099
CENTURY = 2000
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)

When = tuple[date, datetime | None]

_YEAR = r"(?P<year>\d{4}|\d{2})"
_ORDERED = {
    DateFormat.DAY_FIRST: rf"(?P<day>\d{{1,2}})(?P<mark>[/.-]?)(?P<month>\d{{1,2}})(?P=mark){_YEAR}",
    DateFormat.MONTH_FIRST: rf"(?P<month>\d{{1,2}})(?P<mark>[/.-]?)(?P<day>\d{{1,2}})(?P=mark){_YEAR}",
    DateFormat.YEAR_FIRST: rf"{_YEAR}(?P<mark>[/.-]?)(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})",
}


def read_when(cell: object) -> When:
    """The bank day, and the moment (UTC) where the cell has a time. Raises Unreadable."""
    return _when(cell, _day)


@cache
def when_reader(order: DateFormat) -> Callable[[object], When]:
    """A reader like `read_when` of days in one order only, as a person says that a table writes them: with any of
    the usual marks or none, the year with four digits or (of this century) two."""
    shape = re.compile(_ORDERED[order], re.ASCII)

    @lru_cache(maxsize=4096)
    def read_day(words: str) -> date:
        found = shape.fullmatch(words)
        if found is None or not (found["mark"] or len(words) in {6, 8}):
            raise Unreadable(text("Không đọc được ngày: %(cell)s", cell=words[:40]))
        year = int(found["year"]) + (CENTURY if len(found["year"]) == 2 else 0)
        return _dated(year, int(found["month"]), int(found["day"]), words)

    def read(cell: object) -> When:
        return _when(str(cell) if type(cell) is int else cell, read_day)

    return read


def _when(cell: object, read_day: Callable[[str], date]) -> When:
    if isinstance(cell, str):
        day, _, clock = " ".join(cell.split()).replace("T", " ").partition(" ")
        return read_day(day), _moment(read_day(day), clock) if clock else None
    if isinstance(cell, datetime):
        at = None if cell.time() == time() else cell.replace(tzinfo=VIETNAM).astimezone(UTC)
        return _known(cell.date()), at
    if isinstance(cell, date):
        return _known(cell), None
    raise Unreadable(text("Không có ngày giao dịch"))


@lru_cache(maxsize=4096)
def _day(words: str) -> date:
    found = _DAY.fullmatch(words)
    if found is None:
        raise Unreadable(text("Không đọc được ngày: %(cell)s", cell=words[:40]))
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    return _dated(int(iso_year or year), int(iso_month or month), int(iso_day or day), words)


def _dated(year: int, month: int, day: int, words: str) -> date:
    try:
        return _known(date(year, month, day))
    except ValueError:
        raise Unreadable(text("Không có ngày này: %(cell)s", cell=words)) from None


def _known(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Unreadable(text("Năm ngoài khoảng cho phép: %(year)s", year=day.year))
    return day


def _moment(day: date, clock: str) -> datetime:
    found = _TIME.fullmatch(clock.strip())
    if found is None:
        raise Unreadable(text("Không đọc được giờ: %(cell)s", cell=clock[:40]))
    hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=VIETNAM)
    except ValueError:
        raise Unreadable(text("Không có giờ này: %(cell)s", cell=clock)) from None
    return local.astimezone(UTC)
