"""When a channel is asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import PaymentStatus
from models.payment_states import OPEN
from services.polling import FIRST_POLLS_EVERY, FIRST_POLLS_UNTIL, LAST_POLL, next_poll

MADE = datetime(2026, 11, 22, 5, tzinfo=UTC)
ages = st.timedeltas(timedelta(0), timedelta(days=5))


@given(st.sampled_from(PaymentStatus), ages)
def test_next_time_lies_ahead_or_there_is_none(status: PaymentStatus, age: timedelta) -> None:
    due = next_poll(status, MADE, MADE + age)
    assert due is None or MADE + age < due <= MADE + LAST_POLL


@pytest.mark.parametrize("status", sorted(OPEN))
@pytest.mark.parametrize("age", [0, 19, 599])
def test_young_open_request_is_asked_about_within_a_minute(status: PaymentStatus, age: int) -> None:
    """The clock beats every ten seconds; a notice that is lost is found within 60 s."""
    moment = MADE + timedelta(seconds=age)
    assert next_poll(status, MADE, moment) == moment + FIRST_POLLS_EVERY
    assert FIRST_POLLS_EVERY + timedelta(seconds=10) < timedelta(seconds=60)


def test_old_request_is_asked_about_at_growing_intervals() -> None:
    moment, waits = MADE + FIRST_POLLS_UNTIL, []
    while due := next_poll(PaymentStatus.AWAITING_PAYMENT, MADE, moment):
        waits.append(due - moment)
        moment = due
    assert waits == sorted(waits)
    assert len(waits) > 5
    assert moment - MADE > LAST_POLL / 2


def test_nobody_is_asked_for_ever() -> None:
    assert next_poll(PaymentStatus.AWAITING_PAYMENT, MADE, MADE + LAST_POLL) is None


def test_paid_request_is_asked_about_too_since_money_may_come_twice() -> None:
    assert next_poll(PaymentStatus.PAID, MADE, MADE) == MADE + FIRST_POLLS_UNTIL
