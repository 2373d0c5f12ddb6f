"""Our listings on a Vendure server. Nothing there is unique or idempotent: look before every change."""

from typing import Any

from gateways.errors import AlreadyDone, GatewayUnavailable
from gateways.marketplaces.base import rejected
from gateways.marketplaces.texts import slug_of
from gateways.marketplaces.vendure import wire
from gateways.marketplaces.vendure.api import VendureApi
from gateways.marketplaces.vendure.refusals import currency_warnings, vendure_problems
from gateways.marketplaces.vendure.wire import Channel, Product
from gateways.ports import FloorListing, Offer, Standing


class VendureMarketplace:
    """A `Marketplace` on Vendure's default channel. The caller sees to one publisher per SKU at a time."""

    def __init__(self, base_url: str, username: str, password: str, timeout_seconds: float) -> None:
        self._base_url = base_url
        self._api = VendureApi(base_url, username, password, timeout_seconds)
        self._known_channel: Channel | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer`, on the oldest page of its SKU where there are several; the others are hidden."""
        if problems := vendure_problems(offer):
            raise rejected(*problems)
        channel = self._channel(offer.sku)
        units = channel.units(offer.price)
        product, *doubles = self._find(offer.sku) or [self._create_page(offer, channel)]
        self._sell(product, offer, units, channel)
        self._show(product, offer, channel)
        for double in doubles:
            self._hide(double, offer.sku)
        url = wire.shop_url(self._base_url, product.slug)
        return FloorListing(product.id, url, currency_warnings(offer, channel.currency))

    def withdraw(self, sku: str) -> None:
        """Hide every page of `sku`. Nothing is deleted: orders keep their product."""
        shown = [product for product in self._find(sku) if product.enabled]
        if not shown:
            raise AlreadyDone(f"{sku} is not shown")
        for product in shown:
            self._hide(product, sku)

    def read(self, sku: str) -> Standing | None:
        """The oldest page of `sku`, as customers see it."""
        product = next(iter(self._find(sku)), None)
        variant = product.variant_for(sku) if product else None
        if product is None or variant is None:
            return None
        channel = self._channel(sku)
        return Standing(
            external_id=product.id,
            title=product.name,
            price=channel.dong(variant.prices.get(channel.currency, 0)),
            stock=variant.stock - variant.allocated,
            shown=product.enabled and variant.enabled,
            pictures=len(product.assets),
        )

    def _channel(self, sku: str) -> Channel:
        """How the server counts money: asked once; again while it is not in đồng, for somebody may mend it."""
        if self._known_channel is None or self._known_channel.currency != wire.CURRENCY:
            self._known_channel = Channel.read(self._api.call(wire.CHANNEL, sku, {}))
        return self._known_channel

    def _find(self, sku: str) -> list[Product]:
        """Our pages for `sku`, the oldest first; by our address too, where one has no variant yet."""
        data = self._api.call(wire.FIND_PRODUCTS, sku, {"slug": slug_of(sku), "sku": sku})
        found = [Product.read(item) for item in data["products"]["items"]]
        return [product for product in found if product.is_for(sku)]

    def _create_page(self, offer: Offer, channel: Channel) -> Product:
        """A hidden page. Vendure renames a taken address: then another was made since we looked."""
        given = wire.new_product(offer, channel.language)
        product = Product.read(self._change(wire.CREATE_PRODUCT, offer.sku, given)["createProduct"])
        if product.slug != slug_of(offer.sku):
            raise GatewayUnavailable(f"{offer.sku} came meanwhile; product {product.id} stays hidden, empty")
        return product

    def _sell(self, product: Product, offer: Offer, units: int, channel: Channel) -> None:
        variant = product.variant_for(offer.sku)
        if variant is None:
            given = wire.variant_fields(offer, units, channel.language)
            self._change(wire.CREATE_VARIANT, offer.sku, {"productId": product.id, **given})
        elif changes := wire.variant_changes(variant, offer, units, channel):
            self._change(wire.UPDATE_VARIANT, offer.sku, {"id": variant.id, **changes})

    def _show(self, product: Product, offer: Offer, channel: Channel) -> None:
        assets = self._pictures(product, offer)
        if changes := wire.product_changes(product, offer, channel.language, assets):
            self._change(wire.UPDATE_PRODUCT, offer.sku, {"id": product.id, **changes})

    def _pictures(self, product: Product, offer: Offer) -> list[str] | None:
        """The numbers of the offer's pictures, in order; None where the page has them so. Each is uploaded once:
        what was left behind by a try that died is found by its name."""
        names = wire.picture_names(offer)
        if names == list(product.assets):
            return None
        known = {**self._find_pictures(names, offer.sku), **product.assets} if names else {}
        for picture in offer.pictures:
            name = wire.name_of(picture)
            if name not in known:
                known[name] = self._api.upload(name, picture.read(), offer.sku)
        return [known[name] for name in names]

    def _find_pictures(self, names: list[str], sku: str) -> dict[str, str]:
        """The oldest of each name."""
        found = self._api.call(wire.FIND_ASSETS, sku, {"names": names})["assets"]["items"]
        return {asset["name"]: asset["id"] for asset in found}

    def _hide(self, product: Product, sku: str) -> None:
        if product.enabled:
            self._change(wire.UPDATE_PRODUCT, sku, {"id": product.id, "enabled": False})

    def _change(self, document: str, sku: str, given: dict[str, Any]) -> dict[str, Any]:
        return self._api.call(document, sku, {"input": given})
