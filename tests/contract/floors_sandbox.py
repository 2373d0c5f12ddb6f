"""The sandbox of the four large floors as a process of its own, and the `Floor`s in it."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests

from gateways.categories import CategoryDesk
from gateways.labels import LabelDesk
from gateways.ports import Marketplace, Offer, OrderDesk, Package, Tokens
from gateways.settlements import SettlementDesk
from tests.contract.floors import CUSTOMER, Bounds, Shown, make_offer
from tests.contract.pictures import PictureHost, make_picture
from tests.contract.processes import SandboxProcess
from tests.contract.stores import LockedTokens, Shelf

CATEGORY = "100630"
"""Stands on every floor of the sandbox, and asks for nothing more."""


class FloorsSandbox(SandboxProcess):
    """A running sandbox and the hand on it."""

    module = "sandbox.floors"

    def control(self, method: str, path: str, **wish: Any) -> Any:
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=wish, timeout=30)
        assert answer.ok, answer.text
        return answer.json()


class SandboxFloor:
    """One floor of the sandbox, with one account that all its clients share."""

    asks: ClassVar[dict[str, Callable[[], Any]]] = {
        "weight_grams": lambda: 1_200,
        "package": lambda: Package(30, 20, 15),
        "category": lambda: CATEGORY,
        "pictures": lambda: (make_picture(),),
    }
    """What an offer must have here."""
    needs_pictures = True
    shows_sold_out = True
    withholds = 0
    tells_delivery = True
    deleted: str
    """The floor's own word for it."""
    reviewing: str
    """Likewise."""
    bounds: Bounds
    calls: int
    change_calls: int

    def __init__(self, sandbox: FloorsSandbox, name: str, account: str) -> None:
        self.sandbox, self.name, self.account = sandbox, name, account
        self.url = f"{sandbox.url}/{name}"
        self.tokens = LockedTokens()
        self.shelf = Shelf()

    def let_in(self, **wish: Any) -> None:
        """The shop's owner lets the partner in anew."""
        told = self.sandbox.control("POST", "tokens", floor=self.name, account=self.account, **wish)
        until = datetime.fromtimestamp(told["expires_at"], UTC)
        self.tokens = LockedTokens(Tokens(told["access"], told["refresh"], until))

    @property
    def held(self) -> Tokens:
        """The tokens that let us in now."""
        tokens = self.tokens.current()
        assert tokens is not None
        return tokens

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> Marketplace:
        raise NotImplementedError

    def desk(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> OrderDesk:
        raise NotImplementedError

    def settlements(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> SettlementDesk:
        raise NotImplementedError

    def labels(self) -> LabelDesk:
        raise NotImplementedError

    def rename(self, external_id: str, sku: str) -> None:
        raise NotImplementedError

    def remove(self, external_id: str) -> None:
        self.sandbox.control("POST", f"products/{external_id}", state=self.deleted)

    def add_theirs(self, sku: str, title: str) -> str:
        return self.connect().publish(make_offer(sku=sku, title=title)).external_id

    def unwanted(self, photos: PictureHost) -> dict[str, Any]:
        self.fault("refuse_pictures")
        return {"pictures": (make_picture(),)}

    def categories(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> CategoryDesk:
        raise NotImplementedError

    def close(self, category: str, closed: bool = True) -> None:
        """The floor closes one of its categories, or opens it again."""
        self.sandbox.control("POST", f"categories/{category}", floor=self.name, closed=closed)

    def settle(self, external_id: str, **told: Any) -> str:
        """The floor pays the order out, or takes something of it back (`refund`); its number in the sandbox."""
        return str(self.sandbox.control("POST", "settlements", order=external_id, **told)["id"])

    def look_at(self, external_id: str, **state: str) -> None:
        """The floor's people have looked at the product: it is shown, or in the `state` that the floor calls so."""
        self.sandbox.control("POST", f"products/{external_id}", **state)

    def fault(self, kind: str, **more: Any) -> Any:
        wish = {"kind": kind, "floor": self.name, **more}
        return self.sandbox.control("POST", "faults", **wish)

    def products(self, sku: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.sandbox.control("GET", f"products?floor={self.name}&sku={sku}")[
            "products"
        ]
        return found

    def shown(self, offer: Offer) -> list[Shown]:
        return [
            Shown(
                str(found["id"]),
                found["title"],
                self.text_of(found["description"]),
                found["price"],
                found["stock"],
            )
            for found in self.products(offer.sku)
            if found["shown"]
        ]

    def text_of(self, description: str) -> str:
        return description

    def pages(self, offer: Offer) -> int:
        return len(self.products(offer.sku))

    def pictures(self, offer: Offer) -> list[bytes]:
        names = next(found["pictures"] for found in self.products(offer.sku) if found["shown"])
        place = f"{self.sandbox.url}/sandbox/pictures"
        return [requests.get(f"{place}/{name}", timeout=30).content for name in names]

    def taken(self, key: str) -> int:
        return len(self.sandbox.control("GET", f"pictures?floor={self.name}&sha256={key}")["pictures"])

    def order(self, *wanted: tuple[Offer, int]) -> str:
        buyer = {
            "name": f"{CUSTOMER.last_name} {CUSTOMER.first_name}",
            "phone": CUSTOMER.phone,
            "address": f"{CUSTOMER.street}, {CUSTOMER.town}",
        }
        return self.place_order([(offer.sku, quantity) for offer, quantity in wanted], buyer=buyer)

    def cancel(self, number: str) -> None:
        self.move_order(number, "cancelled")

    def place_order(self, lines: Sequence[tuple[str, int]], **more: Any) -> str:
        wish = [{"sku": sku, "quantity": quantity} for sku, quantity in lines]
        given = {"floor": self.name, "account": self.account, "lines": wish, **more}
        return str(self.sandbox.control("POST", "orders", **given)["id"])

    def move_order(self, external_id: str, status: str) -> None:
        self.sandbox.control("POST", f"orders/{external_id}", status=status)

    @contextmanager
    def paused(self) -> Iterator[None]:
        self.sandbox.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.sandbox.process.send_signal(signal.SIGCONT)
