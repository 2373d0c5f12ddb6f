"""The WooCommerce shop of the sandbox, as a `Floor`."""

import html
from collections.abc import Callable
from typing import Any, ClassVar

from gateways.marketplaces.woocommerce import wire
from gateways.marketplaces.woocommerce.api import WooAccount, WooApi
from gateways.marketplaces.woocommerce.client import WooMarketplace
from gateways.marketplaces.woocommerce.orders import WooOrderDesk
from gateways.ports import Offer
from tests.contract.floors import Bounds
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor

KEY, SECRET = "ck_sandbox", "cs_sandbox"


class WooFloor(SandboxFloor):
    bounds = Bounds(
        smallest={"title": "x", "description": "", "price": 1, "stock": 0},
        largest={"title": "x" * 1_000, "description": "x" * 60_000, "price": 10**12, "stock": 2**31 - 1},
    )
    deleted = "trash"
    calls = 4
    change_calls = 2
    asks: ClassVar[dict[str, Callable[[], Any]]] = {}
    needs_pictures = False
    tells_delivery = False

    def __init__(self, sandbox: FloorsSandbox) -> None:
        super().__init__(sandbox, "woocommerce", "shop")

    def api(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> WooApi:
        return WooApi(WooAccount(url or self.url, KEY, password or SECRET, timeout))

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> WooMarketplace:
        return WooMarketplace(self.api(url, password, timeout))

    def desk(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> WooOrderDesk:
        return WooOrderDesk(self.api(url, password, timeout))

    def text_of(self, description: str) -> str:
        return html.unescape(description.replace("<br>", ""))

    def rename(self, external_id: str, sku: str) -> None:
        self.api().put(f"products/{external_id}", sku, {"sku": sku})

    def abandon(self, offer: Offer) -> None:
        """A draft without price and pictures."""
        self.api().post("products", offer.sku, {"name": offer.title, "sku": offer.sku, "status": wire.DRAFT})
