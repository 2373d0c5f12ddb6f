"""Days and moments as banks write them: the day before the month, or ISO's order."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache

from core.clock import VIETNAM
from core.errors import text
from services.statements.lines import Unreadable

FIRST_YEAR, LAST_YEAR = 2000, 2099
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})[/-](\d{1,2})[/-](\d{1,2})", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?", re.ASCII)

When = tuple[date, datetime | None]


def read_when(cell: object) -> When:
    """The bank day, and the moment (UTC) where the cell has a time. Raises Unreadable."""
    if isinstance(cell, str):
        day, _, clock = cell.strip().replace("T", " ").partition(" ")
        return _day(day), _moment(_day(day), clock) if clock else None
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
    try:
        return _known(date(int(iso_year or year), int(iso_month or month), int(iso_day or day)))
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
