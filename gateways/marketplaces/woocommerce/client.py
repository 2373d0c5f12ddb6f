"""Our listings in a WooCommerce shop. Its SKUs are not as unique as it says: look before and after each create."""

from gateways.errors import AlreadyDone
from gateways.marketplaces.base import LOST, rejected
from gateways.marketplaces.woocommerce import wire
from gateways.marketplaces.woocommerce.api import WooApi
from gateways.marketplaces.woocommerce.refusals import SkuTaken
from gateways.marketplaces.woocommerce.wire import Product, Shop
from gateways.ports import FloorListing, Offer, Standing

PAGE = 100


class WooMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self._known_shop: Shop | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the oldest product of its SKU; others, which concurrent creates make, are hidden."""
        if problems := wire.offer_faults(offer):
            raise rejected(*problems)
        shop = self._shop(offer.sku)
        product, *doubles = self._find(offer.sku) or self._create(offer, shop)
        if changes := wire.changes(product, offer, shop):
            answer = self._api.put(f"products/{product.id}", offer.sku, changes)
            product = Product.read(answer)
        for double in doubles:
            self._hide(double, offer.sku)
        return FloorListing(str(product.id), product.permalink, wire.warnings(offer, shop, product))

    def withdraw(self, sku: str) -> None:
        """Hide every product of `sku`. Nothing is deleted: orders keep their product."""
        shown = [product for product in self._find(sku) if product.status == wire.PUBLISH]
        if not shown:
            raise AlreadyDone(f"{sku} is not shown")
        for product in shown:
            self._hide(product, sku)

    def read(self, sku: str) -> Standing | None:
        """The oldest product of `sku`."""
        found = self._find(sku)
        return found[0].standing if found else None

    def _create(self, offer: Offer, shop: Shop) -> list[Product]:
        """The new product; or what is found where the answer was lost, or was «duplicate SKU»: that may come for
        the very product that this call has made."""
        try:
            return [Product.read(self._api.post("products", offer.sku, wire.new_product(offer, shop)))]
        except (*LOST, SkuTaken):
            if made := self._find(offer.sku):
                return made
            raise

    def _find(self, sku: str) -> list[Product]:
        """Our products of exactly this SKU outside the bin, the oldest first."""
        found = self._api.list("products", sku, sku=sku, status="any", per_page=PAGE)
        products = [product for product in map(Product.read, found) if product.sku == sku]
        return sorted(products, key=lambda product: (product.created, product.id))

    def _hide(self, product: Product, sku: str) -> None:
        if product.status == wire.PUBLISH:
            self._api.put(f"products/{product.id}", sku, {"status": wire.DRAFT})

    def _shop(self, sku: str) -> Shop:
        """What the shop counts in: asked once; again while it is not đồng, for somebody may mend it."""
        if self._known_shop is None or self._known_shop.currency != wire.CURRENCY:
            currency = self._api.get("data/currencies/current", sku)
            self._known_shop = Shop.read(currency, self._api.get("settings/products", sku))
        return self._known_shop
