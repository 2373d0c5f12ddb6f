"""What a fee is for: a month, written `2026-11`, or one day, written `2026-11-22`."""

import re
from datetime import date, timedelta

_WRITTEN = re.compile(r"20[0-9]{2}-[0-9]{2}(-[0-9]{2})?")
MONTH_LENGTH = len("2026-11")


def first_day(period: str) -> date | None:
    """The first day of a month or the day itself; None for what is no period of this century."""
    if not _WRITTEN.fullmatch(period):
        return None
    try:
        return date.fromisoformat(period if not is_month(period) else f"{period}-01")
    except ValueError:
        return None


def is_month(period: str) -> bool:
    return len(period) == MONTH_LENGTH


def month_of(day: date) -> str:
    """`2026-11` of 22 November 2026."""
    return f"{day:%Y-%m}"


def next_month(period: str) -> str:
    """`2027-01` after `2026-12`."""
    return month_of(date.fromisoformat(f"{period}-28") + timedelta(days=4))


def months_back(day: date, count: int) -> list[str]:
    """The month of `day` and those before it, `count` in all."""
    found = [month_of(day)]
    while len(found) < count:
        found.append(month_of(date.fromisoformat(f"{found[-1]}-01") - timedelta(days=1)))
    return found


def say(period: str) -> str:
    """`11/2026` or `22/11/2026`, as people write it."""
    return "/".join(reversed(period.split("-")))
