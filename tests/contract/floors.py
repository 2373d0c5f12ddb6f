"""What the contract tests need to know of a floor, and do on it behind the product's back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

from gateways.ports import Marketplace, Offer, OrderDesk, Package
from tests.contract.photos import make_picture

_numbers = count(1)
CATEGORY = "100630"
"""Stands on every floor that asks for one."""


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


class Floor(Protocol):
    """A real marketplace server, and its people."""

    url: str
    bounds: Bounds
    calls: int
    """How many calls the first publish of an offer takes."""
    change_calls: int
    """How many a new price takes, the look at what stands there included."""
    shows_pictures: bool
    shows_sold_out: bool

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

    def abandon(self, offer: Offer) -> None:
        """Leave what a publisher leaves that died halfway through its first publish of `offer`."""
        ...

    def paused(self) -> AbstractContextManager[None]:
        """The server lives, takes connections and answers nothing."""
        ...


class PictureFloor(Floor, Protocol):
    """One that shows pictures."""

    def pictures(self, offer: Offer) -> list[str]:
        """The keys of the pictures that customers see of `offer`, in their order."""
        ...

    def taken(self, key: str) -> int:
        """How often the floor was given this picture."""
        ...


class OrderFloor(Floor, Protocol):
    """One through which buyers order."""

    tells_delivery: bool
    """Whether it knows that a parcel came."""

    def desk(self, url: str | None = None) -> OrderDesk: ...

    def place_order(self, lines: Sequence[tuple[str, int]]) -> str:
        """A buyer orders and pays for quantities of SKUs; the order's id."""
        ...

    def move_order(self, external_id: str, status: str) -> None:
        """What the carrier or the buyer does: `shipped`, `delivered` or `cancelled`."""
        ...


def make_offer(**changes: Any) -> Offer:
    offer = Offer(
        listing_id=uuid4(),
        sku=f"CP-{uuid4().hex[:8].upper()}",
        title=f"Mận tam hoa Bắc Hà loại {next(_numbers)}",
        description="Hái trong ngày.\nGiòn & ngọt, < 2 ngày đến nơi.",
        price=45_000,
        stock=12,
        unit="kg",
        weight_grams=1_200,
        package=Package(30, 20, 15),
        category=CATEGORY,
        pictures=(make_picture(),),
    )
    return replace(offer, **changes)
