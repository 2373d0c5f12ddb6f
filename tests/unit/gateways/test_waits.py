"""How long a floor wants to be left alone, however it says so."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
import requests

from core import clock
from gateways.errors import GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.base import LONGEST_RETRY_AFTER, listed, retry_after, send


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("3600", 3600.0),
        ("86400", LONGEST_RETRY_AFTER),
        ("9" * 400, LONGEST_RETRY_AFTER),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 41 Jan 2026 00:00:00 GMT", None),
        ("Thu, 01 Jan 2026 00:00:00", None),
    ],
)
def test_no_word_makes_us_wait_for_more_than_an_hour_or_less_than_nothing(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header) == seconds


def test_a_date_is_seconds_from_now() -> None:
    told = retry_after(format_datetime(clock.now() + timedelta(minutes=5), usegmt=True))
    assert told
    assert 290 < told <= 300


class Answers(requests.adapters.BaseAdapter):
    """Says the same to everything."""

    def __init__(self, status: int, **headers: str) -> None:
        super().__init__()
        self._said = (status, headers)

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        response = requests.Response()
        response.status_code, headers = self._said
        response.headers.update(headers)
        return response

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("status", "kind"), [(429, GatewayThrottled), (503, GatewayUnavailable), (500, GatewayUnavailable)]
)
@pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "90000"}, LONGEST_RETRY_AFTER), ({}, None)])
def test_it_is_heard_with_every_fault(
    status: int, kind: type[Exception], header: dict[str, str], seconds: float | None
) -> None:
    session = requests.Session()
    session.mount("https://", Answers(status, **header))
    with pytest.raises(kind) as caught:
        send(session, "GET", "https://floor.example/", 1)
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    "answer", [{}, {"of": None}, {"of": []}, {"of": {"1": 2}, "n": 0}, {"of": [], "n": None}]
)
def test_nothing_is_found_only_where_the_floor_counts_nothing(answer: dict[str, object]) -> None:
    with pytest.raises(GatewayUnavailable):
        listed(answer, "of", "n")
    assert listed({"of": [1]}, "of", "n") == [1]
    assert listed({"n": 0}, "of", "n") == listed({"of": [], "n": "0"}, "of", "n") == []
