"""When a channel is asked again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import PaymentStatus
from models.payment_states import OPEN
from services.polling import (
    EXPIRY_GRACE,
    FIRST_POLLS_EVERY,
    FIRST_POLLS_UNTIL,
    LAST_POLL,
    OPEN_POLLS_EVERY,
    next_poll,
)

MADE = datetime(2026, 11, 22, 5, tzinfo=UTC)
HALF_AN_HOUR, A_MONTH = timedelta(minutes=30), timedelta(days=30)
lives = st.timedeltas(timedelta(seconds=1), A_MONTH)
ages = st.timedeltas(timedelta(0), timedelta(days=34))


def polls(status: PaymentStatus, life: timedelta) -> list[timedelta]:
    """At which ages it is asked about, if its status stays."""
    found, moment = [], MADE
    while due := next_poll(status, MADE, MADE + life, moment):
        found.append(due - MADE)
        moment = due
    return found


@given(st.sampled_from(PaymentStatus), lives, ages)
def test_next_time_lies_ahead_or_there_is_none(
    status: PaymentStatus, life: timedelta, age: timedelta
) -> None:
    due = next_poll(status, MADE, MADE + life, MADE + age)
    assert due is None or MADE + age < due <= MADE + max(life + LAST_POLL, FIRST_POLLS_UNTIL * 2)


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize("age", [0, 19, 599])
def test_young_open_request_is_asked_about_within_a_minute(status: PaymentStatus, age: int) -> None:
    """The clock beats every ten seconds; a notice that is lost is found within 60 s."""
    moment = MADE + timedelta(seconds=age)
    assert next_poll(status, MADE, MADE + HALF_AN_HOUR, moment) == moment + FIRST_POLLS_EVERY
    assert FIRST_POLLS_EVERY + timedelta(seconds=10) < timedelta(seconds=60)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_open_request_is_asked_about_for_as_long_as_it_may_be_paid(status: PaymentStatus) -> None:
    asked = polls(status, A_MONTH)
    waits = [after - before for before, after in pairwise(asked)]
    assert max(waits) == OPEN_POLLS_EVERY
    assert asked[-1] > A_MONTH + LAST_POLL - OPEN_POLLS_EVERY


@given(st.sampled_from(sorted(OPEN)), lives)
def test_open_request_is_asked_about_as_its_time_runs_out(status: PaymentStatus, life: timedelta) -> None:
    """So that it is expired, and not found to be open days later."""
    over = life + EXPIRY_GRACE
    asked = [age for age in polls(status, life) if age >= over]
    assert asked[0] - over <= FIRST_POLLS_EVERY


@given(st.sampled_from(PaymentStatus), lives)
def test_nobody_is_asked_for_ever(status: PaymentStatus, life: timedelta) -> None:
    assert next_poll(status, MADE, MADE + life, MADE + life + LAST_POLL) is None


def test_paid_request_is_asked_about_too_since_money_may_come_twice() -> None:
    asked = polls(PaymentStatus.PAID, HALF_AN_HOUR)
    assert asked[0] == FIRST_POLLS_UNTIL
    assert asked[-1] > LAST_POLL / 2
