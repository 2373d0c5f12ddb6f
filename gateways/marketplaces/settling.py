"""What floors that pay out share: how their amounts are read, and what an answer of an unknown form means."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

from core.money import MAX_DONG
from gateways.errors import GatewayUnavailable
from gateways.settlements import SettledAmounts


class NotWhole(Exception):
    """An amount that is no whole number, or more than any."""


def whole(told: Any) -> int:
    """`1234` of `1234`, `1234.0` or `"1234.00"`; 0 of nothing. Raises NotWhole."""
    try:
        number = Decimal(str(told or 0))
        if number.is_finite() and abs(number) <= MAX_DONG and number == number.to_integral_value():
            return int(number)
    except InvalidOperation as error:
        raise NotWhole from error
    raise NotWhole


def amounts_or_none(read: Callable[[], SettledAmounts]) -> SettledAmounts | None:
    """What `read` makes of a floor's amounts; None where they are no whole numbers."""
    try:
        return read()
    except NotWhole:
        return None


@contextmanager
def known_form(floor: str) -> Iterator[None]:
    """What has not the form of the floor's documents is read another time, never half."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise GatewayUnavailable(f"an answer of an unknown form from {floor}") from error
