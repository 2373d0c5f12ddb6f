"""Our listings on a Medusa server, where handles and SKUs stand once."""

from typing import Any

from core.errors import text
from gateways.errors import AlreadyDone, GatewayUnavailable, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.medusa import wire
from gateways.marketplaces.medusa.api import MedusaApi
from gateways.marketplaces.medusa.refusals import NotThere, medusa_problems, not_set_up
from gateways.marketplaces.medusa.wire import Product, Shop, Variant
from gateways.marketplaces.ours import ours_among, refuse_others
from gateways.marketplaces.pictures import said_of
from gateways.marketplaces.steps import PRICE, STOCK, Selling, Steps, selling
from gateways.marketplaces.texts import slug_of
from gateways.ports import FloorListing, Offer, Ours, Picture, Standing


class MedusaMarketplace:
    """A `Marketplace` on the default sales channel and stock location of a server."""

    def __init__(
        self, base_url: str, api_key: str, email: str, password: str, timeout_seconds: float
    ) -> None:
        self._api = MedusaApi(base_url, api_key, email, password, timeout_seconds)
        self._known_shop: Shop | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` on its page."""
        steps = Steps(offer, medusa_problems(offer))
        shop = self._shop(offer.sku)
        product = self._find(offer, shop, to_change=True)
        if product is None:
            steps.need_all()
            product = self._create(offer, shop)
        self._change_page(product, offer, shop, steps)
        return steps.end(FloorListing(product.number, None))

    def withdraw(self, ours: Ours) -> None:
        """Make the page a draft. Nothing is deleted: orders keep their product."""
        product = self._find(ours, self._shop(ours.sku))
        if product is None or not product.shown:
            raise AlreadyDone(f"{ours.sku} is not shown")
        self._change(product, ours.sku, {"status": "draft"})

    def read(self, ours: Ours) -> Standing | None:
        product = self._find(ours, self._shop(ours.sku))
        variant = product.variant_for(ours.sku) if product else None
        return wire.standing(product, variant) if product and variant else None

    def _shop(self, sku: str) -> Shop:
        """Asked once."""
        if self._known_shop is None:
            self._known_shop = self._ask_shop(sku)
        return self._known_shop

    def _ask_shop(self, sku: str) -> Shop:
        found = self._api.call("store", "GET", "stores", sku=sku)["stores"][0]
        channel, location = found["default_sales_channel_id"], found["default_location_id"]
        if channel is None:
            raise not_set_up(
                text("Sàn chưa có kênh bán hàng mặc định: chủ sàn cần chọn trong trang quản trị")
            )
        if location is None:
            raise not_set_up(text("Sàn chưa có kho hàng mặc định: chủ sàn cần chọn trong trang quản trị"))
        params = {"type": "default", "fields": "id"}
        profiles = self._api.call("profiles", "GET", "shipping-profiles", sku=sku, params=params)
        profile = next(iter(profiles["shipping_profiles"]), None)
        return Shop(channel, location, profile["id"] if profile else None)

    def _find(self, ours: Ours, shop: Shop, to_change: bool = False) -> Product | None:
        """Our page: where it stands, else that which sells our SKU or is at our address. A page that sells our SKU
        beside other goods is of others."""
        sku = ours.sku
        sold = self._search(wire.selling(sku), sku, shop)
        of_our_sku = sold or self._search(wire.at_our_address(sku), sku, shop)
        mine = ours_among(
            ours,
            of_our_sku,
            lambda number: self._get(number, sku, shop),
            signed=lambda product: product.handle == slug_of(sku),
        )
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return next(iter(mine), None)

    def _get(self, number: str, sku: str, shop: Shop) -> Product | None:
        params = {"fields": wire.FIELDS}
        try:
            found = self._api.call("find", "GET", f"products/{number}", sku=sku, params=params)
        except NotThere:
            return None
        return Product.read(found["product"], shop.location)

    def _search(self, query: dict[str, str], sku: str, shop: Shop) -> list[Product]:
        found = self._api.call("find", "GET", "products", sku=sku, params=query)["products"]
        return [Product.read(data, shop.location) for data in found]

    def _create(self, offer: Offer, shop: Shop) -> Product:
        """Whole or not at all. One that came meanwhile (handle or SKU "already exists") is found by the next try."""
        given, params = wire.new_product(offer, shop), {"fields": wire.FIELDS}
        made = self._api.call("create", "POST", "products", sku=offer.sku, body=given, params=params)
        return Product.read(made["product"], shop.location)

    def _change_page(self, product: Product, offer: Offer, shop: Shop, steps: Steps) -> None:
        """Only what differs; what is sold on it first."""
        variant = product.variant_for(offer.sku)
        if variant is None:
            steps.need_all()
            variant = self._sell_as(product, None, wire.new_variant(product, offer), offer.sku, shop)
        sold = variant
        new = selling(offer, same_price=variant.price == offer.price, stock=variant.left)
        for name in new:
            steps.sell({name: new[name]}, lambda told: self._sell(product, sold, told, offer.sku, shop))
        steps.show(lambda: self._show(product, sold, offer, shop))

    def _sell(self, product: Product, variant: Variant, told: Selling, sku: str, shop: Shop) -> None:
        """One of the two."""
        if PRICE in told:
            self._sell_as(product, variant, wire.price_fields(variant.other_prices, told[PRICE]), sku, shop)
            return
        if not variant.managed:
            variant = self._sell_as(product, variant, wire.COUNTED, sku, shop)
        self._stock(variant, told[STOCK], sku, shop)

    def _sell_as(
        self, product: Product, variant: Variant | None, given: dict[str, Any], sku: str, shop: Shop
    ) -> Variant:
        """The variant as it is then; a new one where there was none."""
        path, params = f"products/{product.number}/variants", {"fields": wire.FIELDS}
        if variant:
            path = f"{path}/{variant.id}"
        made = self._api.call("sell", "POST", path, sku=sku, body=given, params=params)
        changed = Product.read(made["product"], shop.location).variant_for(sku)
        if changed is None:
            raise GatewayUnavailable(f"{sku} lost its variant meanwhile")
        return changed

    def _stock(self, variant: Variant, left: int, sku: str, shop: Shop) -> None:
        """Medusa counts what buyers have ordered with what lies there: customers can buy our stock."""
        if variant.item is None:
            said = text("Sàn không đếm số lượng của hàng này: chủ sàn cần bật quản lý kho cho nó")
            raise rejected(Problem("stock", "not_counted", said))
        stocked = left + variant.reserved
        if variant.stock == stocked:
            return
        path, given = f"inventory-items/{variant.item}/location-levels", {"stocked_quantity": stocked}
        if variant.stock is None:
            given = {"location_id": shop.location, **given}  # type: ignore[dict-item]
        else:
            path = f"{path}/{shop.location}"
        self._api.call("stock", "POST", path, sku=sku, body=given)

    def _show(self, product: Product, variant: Variant, offer: Offer, shop: Shop) -> None:
        if given := wire.variant_changes(variant, offer):
            self._sell_as(product, variant, given, offer.sku, shop)
        images = self._images(product, offer)
        if changes := wire.product_changes(product, offer, shop, images):
            self._change(product, offer.sku, changes)

    def _images(self, product: Product, offer: Offer) -> list[str] | None:
        """The addresses of the offer's pictures, in order; None where the page has them so. One that the page has is
        not uploaded again."""
        pictures = {picture.key: picture for picture in offer.pictures}
        if list(pictures) == product.picture_keys:
            return None
        there = dict(zip(product.picture_keys, product.images, strict=True))
        return [there.get(key) or self._upload(picture, offer.sku) for key, picture in pictures.items()]

    def _upload(self, picture: Picture, sku: str) -> str:
        with said_of(picture):
            return self._api.upload(f"{picture.key}.jpg", picture.read(), sku)

    def _change(self, product: Product, sku: str, changes: dict[str, Any]) -> None:
        self._api.call("show", "POST", f"products/{product.number}", sku=sku, body=changes)
