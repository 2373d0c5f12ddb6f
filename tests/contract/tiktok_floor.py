"""The TikTok Shop of the sandbox, as a `Floor`."""

import html

from gateways.marketplaces.tiktok import wire
from gateways.marketplaces.tiktok.api import TiktokAccount, TiktokApi
from gateways.marketplaces.tiktok.categories import TiktokCategoryDesk
from gateways.marketplaces.tiktok.client import EDITS, PRODUCTS, TiktokMarketplace
from gateways.marketplaces.tiktok.labels import TiktokLabelDesk
from gateways.marketplaces.tiktok.orders import TiktokOrderDesk
from gateways.marketplaces.tiktok.settlements import TiktokSettlementDesk
from gateways.ports import Offer
from tests.contract.floors import Bounds
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor

APP_KEY, APP_SECRET, SHOP = "sandbox-app", "sandbox-tiktok-secret", "ROW_sandbox_1"
WAREHOUSE = "7000000000000000001"


class TiktokFloor(SandboxFloor):
    bounds = Bounds(
        smallest={"title": "x" * 25, "description": "x", "price": 1, "stock": 1},
        largest={"title": "x" * 255, "description": "x" * 10_000, "price": 180_000_000, "stock": 99_999},
    )
    deleted = "DELETED"
    reviewing = "PENDING"
    calls = 5
    change_calls = 3
    shows_sold_out = False

    def __init__(self, sandbox: FloorsSandbox) -> None:
        super().__init__(sandbox, "tiktok", SHOP)
        self.let_in()

    def api(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> TiktokApi:
        address = url or self.url
        account = TiktokAccount(address, address, APP_KEY, password or APP_SECRET, SHOP, timeout)
        return TiktokApi(account, self.tokens)

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> TiktokMarketplace:
        return TiktokMarketplace(self.api(url, password, timeout), self.shelf)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> TiktokOrderDesk:
        return TiktokOrderDesk(self.api(url, password, timeout))

    def categories(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> TiktokCategoryDesk:
        return TiktokCategoryDesk(self.api(url, password, timeout))

    def settlements(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> TiktokSettlementDesk:
        return TiktokSettlementDesk(self.api(url, password, timeout))

    def text_of(self, description: str) -> str:
        return html.unescape(description.replace("<br>", ""))

    def labels(self) -> TiktokLabelDesk:
        return TiktokLabelDesk(self.api())

    def rename(self, external_id: str, sku: str) -> None:
        found = self.api().get(f"{PRODUCTS}/{external_id}", sku)["skus"][0]
        price = wire.price_of(int(found["price"]["sale_price"]))
        skus = [{**found, "seller_sku": sku, "price": price}]
        self.api().send("POST", f"{EDITS}/{external_id}/partial_edit", sku, {"skus": skus})

    def abandon(self, offer: Offer) -> None:
        """Taken off again, with other words and a picture that is not the offer's."""
        told = self.api().upload("/product/202309/images/upload", "left", offer.pictures[0].read())
        fields = wire.product_fields(offer, (told["uri"],)) | {"description": "Hàng làm dở dang"}
        body = {**fields, "skus": [wire.sku_of(offer, WAREHOUSE)]}
        made = self.api().send("POST", PRODUCTS, offer.sku, body)
        self.api().send("POST", f"{PRODUCTS}/deactivate", offer.sku, {"product_ids": [made["product_id"]]})
