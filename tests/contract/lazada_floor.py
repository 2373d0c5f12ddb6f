"""The Lazada of the sandbox, as a `Floor`."""

import html
import json

from gateways.marketplaces.lazada import wire
from gateways.marketplaces.lazada.api import LazadaAccount, LazadaApi
from gateways.marketplaces.lazada.categories import LazadaCategoryDesk
from gateways.marketplaces.lazada.client import LazadaMarketplace
from gateways.marketplaces.lazada.labels import LazadaLabelDesk
from gateways.marketplaces.lazada.orders import LazadaOrderDesk
from gateways.marketplaces.lazada.settlements import LazadaSettlementDesk
from gateways.ports import Offer
from tests.contract.floors import Bounds
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor

APP_KEY, APP_SECRET, SELLER = "100001", "sandbox-lazada-secret", "VN1"


class LazadaFloor(SandboxFloor):
    bounds = Bounds(
        smallest={"title": "x", "description": "x", "price": 1, "stock": 0},
        largest={"title": "x" * 255, "description": "x" * 25_000, "price": 10**12, "stock": 2**31 - 1},
    )
    deleted = "Deleted"
    reviewing = "Pending QC"
    calls = 3
    change_calls = 2

    def __init__(self, sandbox: FloorsSandbox) -> None:
        super().__init__(sandbox, "lazada", SELLER)
        self.let_in()

    def api(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> LazadaApi:
        address = url or self.url
        account = LazadaAccount(address, address, APP_KEY, password or APP_SECRET, timeout)
        return LazadaApi(account, self.tokens)

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> LazadaMarketplace:
        return LazadaMarketplace(self.api(url, password, timeout), self.shelf)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> LazadaOrderDesk:
        return LazadaOrderDesk(self.api(url, password, timeout))

    def categories(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> LazadaCategoryDesk:
        return LazadaCategoryDesk(self.api(url, password, timeout))

    def settlements(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> LazadaSettlementDesk:
        return LazadaSettlementDesk(self.api(url, password, timeout))

    def text_of(self, description: str) -> str:
        return html.unescape(description.replace("<br>", ""))

    def labels(self) -> LazadaLabelDesk:
        return LazadaLabelDesk(self.api())

    def rename(self, external_id: str, sku: str) -> None:
        found = self.api().get("/product/item/get", sku, item_id=external_id)["data"]["skus"][0]
        renamed = {"SkuId": found["SkuId"], "SellerSku": sku}
        wish = {"Request": {"Product": {"ItemId": external_id, "Skus": {"Sku": [renamed]}}}}
        self.api().post("/product/update", sku, payload=json.dumps(wish))

    def abandon(self, offer: Offer) -> None:
        """Taken off again, with other words and a picture that is not the offer's."""
        url = self.api().upload("/image/upload", "left", offer.pictures[0].read())["data"]["image"]["url"]
        product = json.loads(wire.new_product(offer, (url,)))
        product["Request"]["Product"]["Attributes"]["description"] = "Hàng làm dở dang"
        made = self.api().post("/product/create", offer.sku, payload=json.dumps(product))["data"]
        item = json.dumps({"Request": {"Product": {"ItemId": made["item_id"]}}})
        self.api().post("/product/deactivate", offer.sku, apiRequestBody=item)
