from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import VIETNAM, bank_day, business_day, now, start_of_day

moments = st.floats(631_152_000, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def local(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 1, hour, minute, tzinfo=VIETNAM)


def test_now_is_utc() -> None:
    assert now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "market", "bank"),
    [
        (local(0), date(2026, 3, 1), date(2026, 3, 1)),
        (local(4, 59), date(2026, 3, 1), date(2026, 3, 1)),
        (local(21, 59), date(2026, 3, 1), date(2026, 3, 1)),
        (local(22), date(2026, 3, 1), date(2026, 3, 2)),
        (local(23, 59), date(2026, 3, 1), date(2026, 3, 2)),
    ],
)
def test_market_day_and_bank_day_part_at_ten_in_the_evening(
    moment: datetime, market: date, bank: date
) -> None:
    assert business_day(moment) == business_day(moment.astimezone(UTC)) == market
    assert bank_day(moment) == bank_day(moment.astimezone(UTC)) == bank


def test_vietnam_is_seven_hours_ahead() -> None:
    assert business_day(datetime(2026, 2, 28, 16, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert business_day(datetime(2026, 2, 28, 17, 0, tzinfo=UTC)) == date(2026, 3, 1)
    assert start_of_day(date(2026, 3, 1)) == datetime(2026, 2, 28, 17, 0, tzinfo=UTC)


@given(moments)
def test_a_moment_lies_in_its_business_day(moment: datetime) -> None:
    day = business_day(moment)
    assert start_of_day(day) <= moment < start_of_day(day + timedelta(days=1))
    assert bank_day(moment) - day in (timedelta(0), timedelta(days=1))


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_day_begins_in_itself(day: date) -> None:
    assert business_day(start_of_day(day)) == day
    assert business_day(start_of_day(day) - timedelta(microseconds=1)) == day - timedelta(days=1)
