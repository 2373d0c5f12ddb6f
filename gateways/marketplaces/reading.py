"""A floor's orders, read one by one: what cannot be read of one keeps no other out."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from gateways.marketplaces.base import ODD, place_of
from gateways.ports import FloorOrder, OrderPage

log = structlog.get_logger()

T = TypeVar("T")


def read_page(
    told: Iterable[T], read: Callable[[T], FloorOrder | None], number: Callable[[T], str], cursor: str
) -> OrderPage:
    """The page of what was `told`: `read` gives an order, or None for what is none yet, and `number` what the floor
    knows it by."""
    orders: list[FloorOrder] = []
    unread: list[str] = []
    for one in told:
        try:
            if order := read(one):
                orders.append(order)
        except ODD as error:
            log.warning("order_not_read", external_id=number(one), error=place_of(error))
            unread.append(number(one))
    return OrderPage(tuple(orders), cursor, tuple(unread))
