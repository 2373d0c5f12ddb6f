"""Our listings in a TikTok Shop."""

from dataclasses import replace
from typing import Any

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import REVIEWED_FIRST
from gateways.marketplaces.base import LOST, listed, page_at, rejected
from gateways.marketplaces.ours import ours_among, refuse_others, unsigned
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.marketplaces.steps import PRICE, STOCK, Selling, Steps, selling
from gateways.marketplaces.tiktok import wire
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.marketplaces.tiktok.refusals import carried_out, failed_review
from gateways.marketplaces.tiktok.wire import Found, Product
from gateways.ports import FloorListing, Offer, Ours, Picture, PictureShelf, Standing

SHOPS = {"open-api.tiktokglobalshop.com": "https://shop.tiktok.com"}
BATCH = 20
PRODUCTS, EDITS = "/product/202309/products", "/product/202509/products"
BLOCKED = Problem(
    None, "blocked", text("Sàn đang khoá sản phẩm này: hãy xem lý do ở trang người bán của sàn")
)
NOTHING_TO_SELL = Problem("stock", "too_low", text("TikTok Shop chỉ nhận sản phẩm mới khi có hàng"))
NO_WAREHOUSE = Problem(
    None, "no_warehouse", text("Gian hàng chưa có kho: hãy mở kho ở trang người bán của sàn")
)


class TiktokMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: TiktokApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf
        self._known_warehouse: str | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the product that it stands on, or the oldest that is ours; any others of ours are hidden.
        TikTok Shop shows nothing that is sold out: that is hidden, with a warning."""
        steps = Steps(offer, wire.offer_faults(offer))
        try:
            found = self._make_equal(offer, steps)
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise
        page = page_at(self._api.base_url, SHOPS, f"/view/product/{found.number}")
        return steps.end(FloorListing(found.number, page, wire.warnings(found.status, offer.stock)))

    def withdraw(self, ours: Ours) -> None:
        """Hide every product of ours. Nothing is deleted: orders keep their product. Raises GatewayRejected for what
        is in review: it cannot be hidden, and is shown once it has passed."""
        found = self._find(ours)
        if shown := [product.number for product in found if product.status == wire.LIVE]:
            self._switch("deactivate", shown, ours.sku)
        if any(product.status == wire.WAITING for product in found):
            raise rejected(REVIEWED_FIRST)
        if not shown:
            raise AlreadyDone(f"{ours.sku} is not shown")

    def read(self, ours: Ours) -> Standing | None:
        """None too for what is frozen: TikTok Shop tells nothing more of it, and shows it to nobody."""
        found = self._find(ours)
        if not found or found[0].status == wire.FROZEN:
            return None
        return self._get(found[0].number, ours.sku).standing

    def _make_equal(self, offer: Offer, steps: Steps) -> Found:
        """The product, with its status: of a new one, and of one that is sent again after it failed, as TikTok Shop's
        review has it so far."""
        found = self._find(offer, to_change=True)
        if not found:
            steps.need_all()
            return self._create(offer)
        place, *doubles = found
        if place.status in wire.BLOCKED:
            raise rejected(BLOCKED)
        self._change(self._get(place.number, offer.sku), offer, steps)
        if place.status == wire.FAILED:
            place = replace(place, status=self._get(place.number, offer.sku).status)
        if double := [other.number for other in doubles if other.status == wire.LIVE]:
            self._switch("deactivate", double, offer.sku)
        return place

    def _create(self, offer: Offer) -> Found:
        if not offer.stock:
            raise rejected(NOTHING_TO_SELL)
        body = wire.new_product(self._fields(offer), offer, self._warehouse(offer.sku), clock.now().date())
        try:
            number = str(int(self._api.send("POST", PRODUCTS, offer.sku, body)["product_id"]))
        except PictureGone:
            raise
        except LOST:
            if made := self._find(offer):
                return made[0]
            raise
        return Found(number, offer.title, self._get(number, offer.sku).status)

    def _change(self, product: Product, offer: Offer, steps: Steps) -> None:
        """Only what differs; price and stock need no review."""
        sold_out = product.status == wire.OFF and offer.told_stock == 0
        left = 0 if sold_out else product.stock
        new = selling(offer, same_price=product.price == offer.price, stock=left)
        stays_live = product.status == wire.LIVE and offer.stock > 0
        for name in new:
            steps.sell({name: new[name]}, lambda told: self._sell(product, offer.sku, told, stays_live))
        if sold_out and offer.stock:
            self._switch("activate", [product.number], offer.sku)
        steps.show(lambda: self._show(product, offer, was_hidden=product.status == wire.OFF and not sold_out))

    def _sell(self, product: Product, sku: str, told: Selling, is_live: bool) -> None:
        """One of the two. A stock of nothing is no stock there: the product is hidden."""
        if PRICE in told:
            self._change_sku(product, "prices/update", sku, is_live, price=wire.price_of(told[PRICE]))
        elif told[STOCK]:
            place = {"warehouse_id": product.warehouse or self._warehouse(sku), "quantity": told[STOCK]}
            self._change_sku(product, "inventory/update", sku, is_live, inventory=[place])
        elif product.status == wire.LIVE:
            self._switch("deactivate", [product.number], sku)

    def _show(self, product: Product, offer: Offer, was_hidden: bool) -> None:
        self._edit(product, offer)
        if was_hidden and offer.stock:
            self._switch("activate", [product.number], offer.sku)

    def _edit(self, product: Product, offer: Offer) -> None:
        """A category and a SKU go with the whole product. What failed its review is sent again only where it
        differs."""
        fields = self._fields(offer)
        differ = wire.changes(product, fields)
        if "category_id" in differ or product.sku != offer.sku:
            whole = {**fields, "skus": [product.sold_as(offer.sku)]}
            self._api.send("PUT", f"{EDITS}/{product.number}", offer.sku, whole)
        elif differ:
            self._api.send("POST", f"{EDITS}/{product.number}/partial_edit", offer.sku, differ)
        elif product.status == wire.FAILED:
            raise rejected(*failed_review(product.failures))

    def _fields(self, offer: Offer) -> dict[str, Any]:
        return wire.product_fields(offer, names_of(self._shelf, offer.pictures, self._upload))

    def _change_sku(self, product: Product, what: str, sku: str, is_live: bool, **change: Any) -> None:
        """The calls for one thing are for what is live; everything else of it is edited."""
        if is_live:
            body = {"skus": [{"id": product.sku_id, **change}]}
            carried_out(self._api.send("POST", f"{PRODUCTS}/{product.number}/{what}", sku, body))
        else:
            body = {"skus": [product.sold_as(product.sku, **change)]}
            self._api.send("POST", f"{EDITS}/{product.number}/partial_edit", sku, body)

    def _switch(self, way: str, numbers: list[str], sku: str) -> None:
        for at in range(0, len(numbers), BATCH):
            body = {"product_ids": numbers[at : at + BATCH]}
            carried_out(self._api.send("POST", f"{PRODUCTS}/{way}", sku, body))

    def _find(self, ours: Ours, to_change: bool = False) -> list[Found]:
        """Our products that are not deleted: where it stands, then its doubles, the oldest first."""
        path = "/product/202502/products/search"
        told = self._api.send("POST", path, ours.sku, {"seller_skus": [ours.sku]}, page_size="100")
        known = wire.found(listed(told, "products", "total_count"), ours.sku)
        of_our_sku = [product for product in known if product.status != wire.DELETED]
        deleted = {product.number for product in known} - {product.number for product in of_our_sku}

        def look_up(number: str) -> Found | None:
            return None if number in deleted else self._look_up(number, ours.sku)

        mine = ours_among(ours, of_our_sku, look_up, signed=unsigned)
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return mine

    def _look_up(self, number: str, sku: str) -> Found | None:
        product = self._get(number, sku)
        return Found(number, product.title, product.status) if product.status != wire.DELETED else None

    def _get(self, number: str, sku: str) -> Product:
        return Product.read(self._api.get(f"{PRODUCTS}/{number}", sku), sku)

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
