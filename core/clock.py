"""Time: UTC inside, Asia/Ho_Chi_Minh where people see it, and the market's business day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_BOOKING_HOUR = 22


def now() -> datetime:
    return datetime.now(UTC)


def business_day(moment: datetime) -> date:
    """The market's day on which `moment` falls."""
    return moment.astimezone(VIETNAM).date()


def bank_day(moment: datetime) -> date:
    """The day a bank may book the transfer: from 22:00 on, the next one (`docs/glossary.md`)."""
    local = moment.astimezone(VIETNAM)
    return local.date() + timedelta(days=local.hour >= NIGHT_BOOKING_HOUR)


def start_of_day(day: date) -> datetime:
    """The instant (UTC) at which the business day `day` begins in Vietnam."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)
