"""Our listings in a WooCommerce shop. Its SKUs are not as unique as it says: look before and after each create."""

from gateways.errors import AlreadyDone
from gateways.marketplaces.base import LOST
from gateways.marketplaces.ours import ours_among, refuse_others, unsigned
from gateways.marketplaces.pictures import told_apart
from gateways.marketplaces.steps import Selling, Steps, selling
from gateways.marketplaces.woocommerce import wire
from gateways.marketplaces.woocommerce.api import WooApi
from gateways.marketplaces.woocommerce.refusals import SkuTaken, UnknownNumber
from gateways.marketplaces.woocommerce.wire import Product, Shop
from gateways.ports import FloorListing, Offer, Ours, Standing

PAGE = 100


class WooMarketplace:
    """A `Marketplace` in one shop. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: WooApi) -> None:
        self._api = api
        self._known_shop: Shop | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` as the product that it stands on, or the oldest that is ours; others of ours, which concurrent
        creates make, are hidden."""
        with told_apart(offer.pictures):
            return self._publish(offer)

    def _publish(self, offer: Offer) -> FloorListing:
        steps = Steps(offer, wire.offer_faults(offer))
        shop = self._shop(offer.sku)
        found = self._find(offer, to_change=True)
        if not found:
            steps.need_all()
            found = self._create(offer, shop)
        product, *doubles = found
        product = self._change(product, offer, shop, steps)
        for double in doubles:
            self._hide(double, offer.sku)
        listing = FloorListing(product.number, product.permalink, wire.warnings(offer, shop, product))
        return steps.end(listing)

    def withdraw(self, ours: Ours) -> None:
        """Hide every product of ours. Nothing is deleted: orders keep their product."""
        shown = [product for product in self._find(ours) if product.status == wire.PUBLISH]
        if not shown:
            raise AlreadyDone(f"{ours.sku} is not shown")
        for product in shown:
            self._hide(product, ours.sku)

    def read(self, ours: Ours) -> Standing | None:
        found = self._find(ours)
        return found[0].standing if found else None

    def _create(self, offer: Offer, shop: Shop) -> list[Product]:
        """The new product; or what is found where the answer was lost, or was «duplicate SKU»: that may come for
        the very product that this call has made."""
        try:
            return [Product.read(self._api.post("products", offer.sku, wire.new_product(offer, shop)))]
        except (*LOST, SkuTaken):
            if made := self._find(offer, to_change=True):
                return made
            raise

    def _change(self, product: Product, offer: Offer, shop: Shop, steps: Steps) -> Product:
        """Only what differs; how it stands then."""
        now = [product]
        new = selling(offer, same_price=product.price == str(offer.price), stock=product.stock)
        steps.sell(new, lambda told: now.append(self._sell(product, offer.sku, told)))
        steps.show(lambda: now.append(self._show(now[-1], offer, shop)))
        return now[-1]

    def _sell(self, product: Product, sku: str, told: Selling) -> Product:
        return Product.read(self._api.put(f"products/{product.id}", sku, wire.selling_fields(product, told)))

    def _show(self, product: Product, offer: Offer, shop: Shop) -> Product:
        differ = wire.changes(product, offer, shop)
        if not differ:
            return product
        return Product.read(self._api.put(f"products/{product.id}", offer.sku, differ))

    def _find(self, ours: Ours, to_change: bool = False) -> list[Product]:
        """Our products outside the bin: where it stands, then its doubles, the oldest first."""
        told = self._api.list("products", ours.sku, sku=ours.sku, status="any", per_page=PAGE)
        of_our_sku = [product for product in map(Product.read, told) if product.sku == ours.sku]
        of_our_sku.sort(key=lambda product: (product.created, product.id))
        mine = ours_among(ours, of_our_sku, lambda number: self._get(number, ours.sku), signed=unsigned)
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return mine

    def _get(self, number: str, sku: str) -> Product | None:
        try:
            product = Product.read(self._api.get(f"products/{number}", sku))
        except UnknownNumber:
            return None
        return None if product.status == wire.BIN else product

    def _hide(self, product: Product, sku: str) -> None:
        if product.status == wire.PUBLISH:
            self._api.put(f"products/{product.id}", sku, {"status": wire.DRAFT})

    def _shop(self, sku: str) -> Shop:
        """What the shop counts in: asked once; again while it is not đồng, for somebody may mend it."""
        if self._known_shop is None or self._known_shop.currency != wire.CURRENCY:
            currency = self._api.get("data/currencies/current", sku)
            self._known_shop = Shop.read(currency, self._api.get("settings/products", sku))
        return self._known_shop
