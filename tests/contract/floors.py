"""What the contract tests need to know of a floor, and do on it behind the product's back."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from threading import Thread
from typing import Any, Protocol
from uuid import uuid4

import pytest

from gateways.errors import GatewayRejected
from gateways.ports import FloorListing, Marketplace, Offer, OrderDesk
from tests.contract.pictures import PictureHost

_numbers = count(1)


@dataclass(frozen=True)
class Shown:
    """One thing that customers see on the floor; `price` in đồng."""

    external_id: str
    title: str
    description: str
    price: int
    stock: int


@dataclass(frozen=True)
class Bounds:
    """The least and the most of each field that a floor takes, as changes of an offer."""

    smallest: dict[str, Any]
    largest: dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Who buys; nobody that there is."""

    last_name: str = "Giàng"
    first_name: str = "Thị Mỷ"
    phone: str = "+84912000001"
    street: str = "Thôn Na Hối"
    town: str = "Bắc Hà"
    email: str = "khach@example.org"


CUSTOMER = Person()


class Floor(Protocol):
    """A real marketplace server, and its people."""

    url: str
    bounds: Bounds
    calls: int
    """How many calls the first publish of an offer takes, at least."""
    change_calls: int
    """How many a new price takes, the look at what stands there included, at most."""
    needs_pictures: bool
    shows_sold_out: bool
    withholds: int
    """Tax that it keeps back of an order, per mille."""

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> Marketplace:
        """The product's client, by default with the right password straight to the server."""
        ...

    def shown(self, offer: Offer) -> list[Shown]:
        """What customers find of `offer`."""
        ...

    def pages(self, offer: Offer) -> int:
        """How many pages the floor holds for `offer`, shown or not."""
        ...

    def pictures(self, offer: Offer) -> list[bytes]:
        """The photos that customers see of `offer`, in order, as they download them."""
        ...

    def desk(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> OrderDesk:
        """The product's client for orders."""
        ...

    def order(self, *wanted: tuple[Offer, int]) -> str:
        """CUSTOMER buys so many of each; the number that the customer is told."""
        ...

    def cancel(self, number: str) -> None:
        """The floor's own people cancel this order."""
        ...

    def abandon(self, offer: Offer) -> None:
        """Leave what a publisher leaves that died halfway through its first publish of `offer`."""
        ...

    def rename(self, external_id: str, sku: str) -> None:
        """The floor's own people give the product another SKU."""
        ...

    def remove(self, external_id: str) -> None:
        """The floor's own people delete the product."""
        ...

    def add_theirs(self, sku: str, title: str) -> str:
        """The floor's own people have something else on sale under this SKU; its number."""
        ...

    def unwanted(self, photos: PictureHost) -> dict[str, Any]:
        """What the floor will refuse of an offer next, besides price and stock."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """The server lives, takes connections and answers nothing."""
        ...


_asked: dict[str, Callable[[], Any]] = {}


@contextmanager
def asking(**fields: Callable[[], Any]) -> Iterator[None]:
    """Offers that are made meanwhile have these fields too: the floor under test asks for them."""
    before = dict(_asked)
    _asked.update(fields)
    try:
        yield
    finally:
        _asked.clear()
        _asked.update(before)


def make_offer(**changes: Any) -> Offer:
    offer = Offer(
        listing_id=uuid4(),
        sku=f"CP-{uuid4().hex[:8].upper()}",
        title=f"Mận tam hoa Bắc Hà loại {next(_numbers)}",
        description="Hái trong ngày.\nGiòn & ngọt, < 2 ngày đến nơi.",
        price=45_000,
        stock=12,
    )
    asked = {name: make() for name, make in _asked.items() if name not in changes}
    return replace(offer, **asked, **changes)


def known(offer: Offer, listing: FloorListing, **changes: Any) -> Offer:
    """The offer as it is published again once it stands."""
    return replace(offer, external_id=listing.external_id, **{"told_stock": offer.stock} | changes)


def problems(caught: pytest.ExceptionInfo[GatewayRejected]) -> list[tuple[str | None, str]]:
    """What a person is told of a refusal, by field and code."""
    return [(problem.field, problem.code) for problem in caught.value.problems]


def at_once(act: Callable[[], Any], times: int = 8) -> list[Exception]:
    """What goes wrong where so many do the same at the same moment."""
    failures: list[Exception] = []

    def one() -> None:
        try:
            act()
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures
