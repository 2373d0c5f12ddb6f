"""Our listings in a TikTok Shop."""

from typing import Any

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import advice
from gateways.marketplaces.base import LOST, listed, page_at, rejected, words
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.marketplaces.tiktok import wire
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.marketplaces.tiktok.wire import Product
from gateways.ports import FloorListing, Offer, Picture, PictureShelf, Standing

SHOPS = {"open-api.tiktokglobalshop.com": "https://shop.tiktok.com"}
PRODUCTS, EDITS = "/product/202309/products", "/product/202509/products"
BLOCKED = Problem(
    None, "blocked", text("Sàn đang khoá sản phẩm này: hãy xem lý do ở trang người bán của sàn")
)
NOTHING_TO_SELL = Problem("stock", "too_low", text("TikTok Shop chỉ nhận sản phẩm mới khi có hàng"))
NO_WAREHOUSE = Problem(
    None, "no_warehouse", text("Gian hàng chưa có kho: hãy mở kho ở trang người bán của sàn")
)
NOT_CARRIED_OUT = "not_carried_out"


class TiktokMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: TiktokApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf
        self._known_warehouse: str | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the oldest product of its SKU; any others are hidden. TikTok Shop shows nothing that is
        sold out: that is hidden, with a warning."""
        if problems := wire.offer_faults(offer):
            raise rejected(*problems)
        try:
            number, status = self._show(offer)
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise
        page = page_at(self._api.base_url, SHOPS, f"/view/product/{number}")
        return FloorListing(number, page, wire.warnings(status, offer.stock))

    def withdraw(self, sku: str) -> None:
        """Hide every product of `sku`. Nothing is deleted: orders keep their product."""
        shown = [number for number, status in self._find(sku) if status == wire.LIVE]
        if not shown:
            raise AlreadyDone(f"{sku} is not shown")
        self._switch("deactivate", shown, sku)

    def read(self, sku: str) -> Standing | None:
        """The oldest product of `sku`."""
        found = self._find(sku)
        return self._get(found[0][0], sku).standing if found else None

    def _show(self, offer: Offer) -> tuple[str, str]:
        """The product's number and its status: of a new one, as TikTok Shop's review has it so far."""
        found = self._find(offer.sku)
        if not found and not offer.stock:
            raise rejected(NOTHING_TO_SELL)
        fields = wire.product_fields(offer, names_of(self._shelf, offer.pictures, self._upload))
        if not found:
            return self._create(offer, fields)
        (number, status), *doubles = found
        self._change(self._get(number, offer.sku), offer, fields)
        if double := [other for other, state in doubles if state == wire.LIVE]:
            self._switch("deactivate", double, offer.sku)
        return number, status

    def _create(self, offer: Offer, fields: dict[str, Any]) -> tuple[str, str]:
        body = wire.new_product(fields, offer, self._warehouse(offer.sku), clock.now().date())
        try:
            number = str(self._api.send("POST", PRODUCTS, offer.sku, body)["product_id"])
        except PictureGone:
            raise
        except LOST:
            if made := self._find(offer.sku):
                return made[0]
            raise
        return number, self._get(number, offer.sku).status

    def _change(self, product: Product, offer: Offer, fields: dict[str, Any]) -> None:
        """Only what differs; price and stock have calls of their own, which need no review."""
        if product.status in wire.BLOCKED:
            raise rejected(BLOCKED)
        self._edit(product, offer, fields)
        if product.price != offer.price:
            self._change_sku(product, "prices/update", offer.sku, price=wire.price_of(offer))
        if not offer.stock:
            if product.status == wire.LIVE:
                self._switch("deactivate", [product.id], offer.sku)
            return
        if product.stock != offer.stock:
            place = {"warehouse_id": product.warehouse, "quantity": offer.stock}
            self._change_sku(product, "inventory/update", offer.sku, inventory=[place])
        if product.status == wire.OFF:
            self._switch("activate", [product.id], offer.sku)

    def _edit(self, product: Product, offer: Offer, fields: dict[str, Any]) -> None:
        """A category goes with the whole product. What failed its review is sent again only where it differs."""
        differ = wire.changes(product, fields)
        if not differ:
            if product.status == wire.FAILED and product.failures:
                raise rejected(
                    *(Problem(None, "failed_review", advice(None, why)) for why in product.failures)
                )
            return
        if "category_id" in differ:
            warehouse = product.warehouse or self._warehouse(offer.sku)
            sku = {**wire.sku_of(offer, warehouse), "id": product.sku_id}
            sku["inventory"][0]["quantity"] = offer.stock or product.stock
            self._api.send("PUT", f"{EDITS}/{product.id}", offer.sku, {**fields, "skus": [sku]})
        else:
            self._api.send("POST", f"{EDITS}/{product.id}/partial_edit", offer.sku, differ)

    def _change_sku(self, product: Product, what: str, sku: str, **change: Any) -> None:
        body = {"skus": [{"id": product.sku_id, **change}]}
        self._api.send("POST", f"{PRODUCTS}/{product.id}/{what}", sku, body)

    def _switch(self, way: str, numbers: list[str], sku: str) -> None:
        """Raises GatewayRejected for the first that was not carried out: that comes with code 0 too."""
        told = self._api.send("POST", f"{PRODUCTS}/{way}", sku, {"product_ids": numbers})
        for error in told.get("errors") or []:
            said = str(error.get("message"))[:300]
            raise rejected(Problem(None, NOT_CARRIED_OUT, advice(None, said)))

    def _find(self, sku: str) -> list[tuple[str, str]]:
        """Number and status of our products of exactly this SKU that are not deleted, the oldest first."""
        path = "/product/202502/products/search"
        told = self._api.send("POST", path, sku, {"seller_skus": [sku]}, page_size="100")
        ours = [
            (int(product.get("create_time") or 0), str(product["id"]), product["status"])
            for product in listed(told, "products", "total_count")
            if any(words(one["seller_sku"]) == sku for one in product["skus"])
            and words(product["status"]) != wire.DELETED
        ]
        oldest_first = sorted(ours, key=lambda product: (product[0], len(product[1]), product[1]))
        return [(number, status) for _, number, status in oldest_first]

    def _get(self, number: str, sku: str) -> Product:
        return Product.read(self._api.get(f"{PRODUCTS}/{number}", sku))

    def _upload(self, picture: Picture) -> str:
        told = self._api.upload("/product/202309/images/upload", picture.key[:12], picture.read())
        return str(told["uri"])

    def _warehouse(self, sku: str) -> str:
        """Where the shop sells from: asked once."""
        if self._known_warehouse is None:
            told = self._api.get("/logistics/202309/warehouses", sku)
            open_ones = [
                place
                for place in told.get("warehouses") or []
                if place.get("type") == "SALES_WAREHOUSE" and place.get("effect_status") == "ENABLED"
            ]
            if not open_ones:
                raise rejected(NO_WAREHOUSE)
            chosen = next((place for place in open_ones if place.get("is_default")), open_ones[0])
            self._known_warehouse = str(chosen["id"])
        return self._known_warehouse
