"""Periods of fees."""

from datetime import date

import pytest

from core import periods


@pytest.mark.parametrize(
    ("period", "begins"),
    [
        ("2026-11", date(2026, 11, 1)),
        ("2026-11-22", date(2026, 11, 22)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-13", None),
        ("2026-00", None),
        ("2026-02-30", None),
        ("26-11", None),
        ("2026-11-2", None),
        ("２０２６-11", None),
        ("2026-11\n", None),
        ("", None),
    ],
)
def test_first_day(period, begins):
    assert periods.first_day(period) == begins


def test_months_follow_each_other():
    assert periods.next_month("2026-11") == "2026-12"
    assert periods.next_month("2026-12") == "2027-01"
    assert periods.next_month("2027-01") == "2027-02"


def test_periods_are_said_as_people_write_them():
    assert (periods.say("2026-11"), periods.say("2026-11-22")) == ("11/2026", "22/11/2026")


def test_months_back_begin_with_this_one():
    assert periods.months_back(date(2027, 1, 31), 3) == ["2027-01", "2026-12", "2026-11"]
