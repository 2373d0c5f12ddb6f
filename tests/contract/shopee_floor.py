"""The Shopee of the sandbox, as a `Floor`."""

from gateways.marketplaces.shopee import wire
from gateways.marketplaces.shopee.api import ShopeeAccount, ShopeeApi
from gateways.marketplaces.shopee.categories import ShopeeCategoryDesk
from gateways.marketplaces.shopee.client import ShopeeMarketplace
from gateways.marketplaces.shopee.labels import ShopeeLabelDesk
from gateways.marketplaces.shopee.orders import ShopeeOrderDesk
from gateways.marketplaces.shopee.settlements import ShopeeSettlementDesk
from gateways.ports import Offer
from tests.contract.floors import Bounds
from tests.contract.floors_sandbox import FloorsSandbox, SandboxFloor

PARTNER_ID, PARTNER_KEY, SHOP = 1000001, "sandbox-shopee-partner-key", 2000001


class ShopeeFloor(SandboxFloor):
    bounds = Bounds(
        smallest={"title": "Lê Tai Nung", "description": "Quả to, giòn", "price": 1_000, "stock": 0},
        largest={"title": "x" * 120, "description": "x" * 5_000, "price": 120_000_000, "stock": 10_000_000},
    )
    deleted = "SELLER_DELETE"
    reviewing = "REVIEWING"
    calls = 5
    change_calls = 3
    withholds = 15

    def __init__(self, sandbox: FloorsSandbox) -> None:
        super().__init__(sandbox, "shopee", str(SHOP))
        self.let_in()

    def api(self, url: str | None = None, password: str | None = None, timeout: float = 30) -> ShopeeApi:
        account = ShopeeAccount(url or self.url, PARTNER_ID, password or PARTNER_KEY, SHOP, timeout)
        return ShopeeApi(account, self.tokens)

    def connect(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> ShopeeMarketplace:
        return ShopeeMarketplace(self.api(url, password, timeout), self.shelf)

    def desk(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> ShopeeOrderDesk:
        return ShopeeOrderDesk(self.api(url, password, timeout))

    def categories(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> ShopeeCategoryDesk:
        return ShopeeCategoryDesk(self.api(url, password, timeout))

    def settlements(
        self, url: str | None = None, password: str | None = None, timeout: float = 30
    ) -> ShopeeSettlementDesk:
        return ShopeeSettlementDesk(self.api(url, password, timeout))

    def labels(self) -> ShopeeLabelDesk:
        return ShopeeLabelDesk(self.api())

    def rename(self, external_id: str, sku: str) -> None:
        self.api().post("/api/v2/product/update_item", sku, item_id=int(external_id), item_sku=sku)

    def abandon(self, offer: Offer) -> None:
        """Not on sale, with other words and a picture that is not the offer's."""
        told = self.api().upload("/api/v2/media_space/upload_image", "left", offer.pictures[0].read())
        item = wire.new_item(offer, (told["image_info"]["image_id"],), (50021,))
        half = {"item_status": "UNLIST", "description": "Hàng làm dở dang"}
        self.api().post("/api/v2/product/add_item", offer.sku, **{**item, **half})
