"""Our listings on a Vendure server. Nothing there is unique or idempotent: look before every change."""

from typing import Any

from gateways.errors import AlreadyDone, GatewayUnavailable
from gateways.marketplaces.ours import ours_among, refuse_others
from gateways.marketplaces.pictures import said_of
from gateways.marketplaces.steps import Selling, Steps, selling
from gateways.marketplaces.texts import slug_of
from gateways.marketplaces.vendure import wire
from gateways.marketplaces.vendure.api import VendureApi
from gateways.marketplaces.vendure.refusals import currency_warnings, vendure_problems
from gateways.marketplaces.vendure.wire import Channel, Product, Variant
from gateways.ports import FloorListing, Offer, Ours, Standing


class VendureMarketplace:
    """A `Marketplace` on Vendure's default channel. The caller sees to one publisher per SKU at a time."""

    def __init__(self, base_url: str, username: str, password: str, timeout_seconds: float) -> None:
        self._base_url = base_url
        self._api = VendureApi(base_url, username, password, timeout_seconds)
        self._known_channel: Channel | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` on the page that it stands on, or the oldest that is ours; others of ours are hidden."""
        steps = Steps(offer, vendure_problems(offer))
        channel = self._channel(offer.sku)
        found = self._find(offer, to_change=True)
        if not found:
            steps.need_all()
            found = [self._create_page(offer, channel)]
        product, *doubles = found
        self._change_page(product, offer, channel, steps)
        for double in doubles:
            self._hide(double, offer.sku)
        url = wire.shop_url(self._base_url, product.slug)
        return steps.end(FloorListing(product.number, url, currency_warnings(offer, channel.currency)))

    def withdraw(self, ours: Ours) -> None:
        """Hide every page of ours. Nothing is deleted: orders keep their product."""
        shown = [product for product in self._find(ours) if product.enabled]
        if not shown:
            raise AlreadyDone(f"{ours.sku} is not shown")
        for product in shown:
            self._hide(product, ours.sku)

    def read(self, ours: Ours) -> Standing | None:
        """The page as customers see it."""
        product = next(iter(self._find(ours)), None)
        variant = product.variant_for(ours.sku) if product else None
        if product is None or variant is None:
            return None
        return wire.standing(product, variant, self._channel(ours.sku))

    def _channel(self, sku: str) -> Channel:
        """How the server counts money: asked once; again while it is not in đồng, for somebody may mend it."""
        if self._known_channel is None or self._known_channel.currency != wire.CURRENCY:
            self._known_channel = Channel.read(self._api.call(wire.CHANNEL, sku, {}))
        return self._known_channel

    def _find(self, ours: Ours, to_change: bool = False) -> list[Product]:
        """Our pages: where it stands, then its doubles, the oldest first; by our address too, where one has no variant
        yet. A page that sells our SKU beside other goods is of others."""
        sku = ours.sku
        data = self._api.call(wire.FIND_PRODUCTS, sku, {"slug": slug_of(sku), "sku": sku})
        of_our_sku = [Product.read(item) for item in data["products"]["items"]]
        mine = ours_among(
            ours,
            of_our_sku,
            lambda number: self._get(number, sku),
            signed=lambda product: product.slug == slug_of(sku),
        )
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return mine

    def _get(self, number: str, sku: str) -> Product | None:
        found = self._api.call(wire.GET_PRODUCT, sku, {"id": number})["product"]
        return Product.read(found) if found else None

    def _create_page(self, offer: Offer, channel: Channel) -> Product:
        """A hidden page. Vendure renames a taken address: then another was made since we looked."""
        given = wire.new_product(offer, channel.language)
        product = Product.read(self._change(wire.CREATE_PRODUCT, offer.sku, given)["createProduct"])
        if product.slug != slug_of(offer.sku):
            raise GatewayUnavailable(
                f"{offer.sku} came meanwhile; product {product.number} stays hidden, empty"
            )
        return product

    def _change_page(self, product: Product, offer: Offer, channel: Channel, steps: Steps) -> None:
        """Only what differs; what is sold on it first."""
        variant = product.variant_for(offer.sku)
        if variant is None:
            steps.need_all()
            given = wire.variant_fields(offer, channel)
            self._change(wire.CREATE_VARIANT, offer.sku, {"productId": product.number, **given})
        else:
            same_price = variant.prices.get(channel.currency) == channel.units(offer.price)
            new = selling(offer, same_price=same_price, stock=variant.left)
            steps.sell(new, lambda told: self._sell(variant, told, offer.sku, channel))
        steps.show(lambda: self._show(product, variant, offer, channel))

    def _sell(self, variant: Variant, told: Selling, sku: str, channel: Channel) -> None:
        given = wire.selling_fields(variant, told, channel)
        self._change(wire.UPDATE_VARIANT, sku, {"id": variant.id, **given})

    def _show(self, product: Product, variant: Variant | None, offer: Offer, channel: Channel) -> None:
        if variant and (changes := wire.variant_changes(variant, offer, channel)):
            self._change(wire.UPDATE_VARIANT, offer.sku, {"id": variant.id, **changes})
        assets = self._pictures(product, offer)
        if changes := wire.product_changes(product, offer, channel.language, assets):
            self._change(wire.UPDATE_PRODUCT, offer.sku, {"id": product.number, **changes})

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
                with said_of(picture):
                    known[name] = self._api.upload(name, picture.read(), offer.sku)
        return [known[name] for name in names]

    def _find_pictures(self, names: list[str], sku: str) -> dict[str, str]:
        """The oldest of each name."""
        found = self._api.call(wire.FIND_ASSETS, sku, {"names": names})["assets"]["items"]
        return {asset["name"]: asset["id"] for asset in found}

    def _hide(self, product: Product, sku: str) -> None:
        if product.enabled:
            self._change(wire.UPDATE_PRODUCT, sku, {"id": product.number, "enabled": False})

    def _change(self, document: str, sku: str, given: dict[str, Any]) -> dict[str, Any]:
        return self._api.call(document, sku, {"input": given})
