"""Our listings on a Medusa server, where handles and SKUs stand once."""

from typing import Any

from core.errors import text
from gateways.errors import AlreadyDone, GatewayUnavailable, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.medusa import wire
from gateways.marketplaces.medusa.api import MedusaApi
from gateways.marketplaces.medusa.refusals import medusa_problems, not_set_up
from gateways.marketplaces.medusa.wire import Product, Shop, Variant
from gateways.ports import FloorListing, Offer, Standing


class MedusaMarketplace:
    """A `Marketplace` on the default sales channel and stock location of a server."""

    def __init__(
        self, base_url: str, api_key: str, email: str, password: str, timeout_seconds: float
    ) -> None:
        self._api = MedusaApi(base_url, api_key, email, password, timeout_seconds)
        self._known_shop: Shop | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` on the page of its SKU."""
        if problems := medusa_problems(offer):
            raise rejected(*problems)
        shop = self._shop(offer.sku)
        product = self._find(offer.sku, shop) or self._create(offer, shop)
        variant = self._sell(product, offer, shop)
        self._stock(variant, offer, shop)
        self._show(product, offer, shop)
        return FloorListing(product.id, None)

    def withdraw(self, sku: str) -> None:
        """Make the page a draft. Nothing is deleted: orders keep their product."""
        product = self._find(sku, self._shop(sku))
        if product is None or not product.shown:
            raise AlreadyDone(f"{sku} is not shown")
        self._change(product, sku, {"status": "draft"})

    def read(self, sku: str) -> Standing | None:
        product = self._find(sku, self._shop(sku))
        variant = product.variant_for(sku) if product else None
        if product is None or variant is None:
            return None
        return Standing(
            external_id=product.id,
            title=product.title,
            price=int(variant.price or 0),
            stock=(variant.stock or 0) - variant.reserved,
            shown=product.shown,
            pictures=len(product.images),
        )

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

    def _find(self, sku: str, shop: Shop) -> Product | None:
        """The page that sells `sku`; else that at our address, whose SKU was changed by hand."""
        sold = self._search(wire.sold_as(sku), sku, shop)
        if any(not product.is_for(sku) for product in sold):
            taken = text("Mã hàng này đang nằm trong một sản phẩm khác trên sàn: hãy đổi mã ở sản phẩm đó")
            raise rejected(Problem("sku", "taken", taken))
        return next(iter(sold or self._search(wire.ours(sku), sku, shop)), None)

    def _search(self, query: dict[str, str], sku: str, shop: Shop) -> list[Product]:
        found = self._api.call("find", "GET", "products", sku=sku, params=query)["products"]
        return [Product.read(data, shop.location) for data in found]

    def _create(self, offer: Offer, shop: Shop) -> Product:
        """Whole or not at all. One that came meanwhile (handle or SKU "already exists") is found by the next try."""
        given, params = wire.new_product(offer, shop), {"fields": wire.FIELDS}
        made = self._api.call("create", "POST", "products", sku=offer.sku, body=given, params=params)
        return Product.read(made["product"], shop.location)

    def _sell(self, product: Product, offer: Offer, shop: Shop) -> Variant:
        variant = product.variant_for(offer.sku)
        path, params = f"products/{product.id}/variants", {"fields": wire.FIELDS}
        if variant is None:
            given = wire.new_variant(product, offer)
        elif given := wire.variant_changes(variant, offer):
            path = f"{path}/{variant.id}"
        else:
            return variant
        made = self._api.call("sell", "POST", path, sku=offer.sku, body=given, params=params)
        changed = Product.read(made["product"], shop.location).variant_for(offer.sku)
        if changed is None:
            raise GatewayUnavailable(f"{offer.sku} lost its variant meanwhile")
        return changed

    def _stock(self, variant: Variant, offer: Offer, shop: Shop) -> None:
        """Medusa counts what buyers have ordered with what lies there: customers can buy our stock."""
        stocked = offer.stock + variant.reserved
        if variant.stock == stocked:
            return
        if variant.item is None:
            said = text("Sàn không đếm số lượng của hàng này: chủ sàn cần bật quản lý kho cho nó")
            raise rejected(Problem("stock", "not_counted", said))
        path, given = f"inventory-items/{variant.item}/location-levels", {"stocked_quantity": stocked}
        if variant.stock is None:
            given = {"location_id": shop.location, **given}  # type: ignore[dict-item]
        else:
            path = f"{path}/{shop.location}"
        self._api.call("stock", "POST", path, sku=offer.sku, body=given)

    def _show(self, product: Product, offer: Offer, shop: Shop) -> None:
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
        return [
            there.get(key) or self._api.upload(f"{key}.jpg", picture.read(), offer.sku)
            for key, picture in pictures.items()
        ]

    def _change(self, product: Product, sku: str, changes: dict[str, Any]) -> None:
        self._api.call("show", "POST", f"products/{product.id}", sku=sku, body=changes)
