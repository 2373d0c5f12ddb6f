"""Vietnam's time, as payOS tells it."""

from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))


def vietnam_now() -> str:
    """ISO with offset, to the second: 2026-01-31T08:30:00+07:00."""
    return datetime.now(VIETNAM).isoformat(timespec="seconds")


def without_offset(moment: str) -> str:
    """The same as notices have it: 2026-01-31 08:30:00."""
    return moment[:19].replace("T", " ")
