"""Our listings in a Lazada store. Its documents do not agree whether a seller's SKU is kept apart in the whole store:
look before every create, and hide what stands there twice."""

import json
from collections.abc import Sequence

from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import REVIEWED_FIRST
from gateways.marketplaces.base import LOST, listed, page_at, rejected
from gateways.marketplaces.lazada import wire
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.lazada.refusals import SkuTaken, suspended
from gateways.marketplaces.lazada.wire import Product
from gateways.marketplaces.ours import ours_among, refuse_others, unsigned
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.marketplaces.steps import PRICE, Selling, Steps, selling
from gateways.ports import FloorListing, Offer, Ours, Picture, PictureShelf, Standing

SHOPS = {"api.lazada.vn": "https://www.lazada.vn"}
SUSPENDED = Problem(None, "suspended", text("Lazada đang khoá sản phẩm này: hãy xem lý do ở trang người bán"))


class LazadaMarketplace:
    """A `Marketplace` in one seller's store. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: LazadaApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer`. What Lazada reviews first is shown later, with a warning until then."""
        steps = Steps(offer, wire.offer_faults(offer))
        try:
            return steps.end(self._make_equal(offer, steps))
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise

    def withdraw(self, ours: Ours) -> None:
        """Hide every product of ours. Nothing is deleted: orders keep their product. Raises GatewayRejected for what is
        in review: it cannot be hidden, and is shown once it has passed."""
        found = self._find(ours)
        was_shown = self._hide(ours, found)
        if any(product.status == wire.PENDING for product in found):
            raise rejected(REVIEWED_FIRST)
        if not was_shown:
            raise AlreadyDone(f"{ours.sku} is not shown")

    def read(self, ours: Ours) -> Standing | None:
        found = self._find(ours)
        return found[0].standing if found else None

    def _make_equal(self, offer: Offer, steps: Steps) -> FloorListing:
        found = self._find(offer, to_change=True)
        if not found:
            steps.need_all()
            return self._create(offer, steps)
        place, *doubles = found
        listing = self._change(place, offer, steps)
        self._hide(offer, doubles)
        return listing

    def _hide(self, ours: Ours, products: Sequence[Product]) -> bool:
        """Whether any of `products` was shown."""
        shown = [product for product in products if product.status == wire.ACTIVE]
        for product in shown:
            self._api.post("/product/deactivate", ours.sku, apiRequestBody=wire.withdrawal(product))
        return bool(shown)

    def _create(self, offer: Offer, steps: Steps) -> FloorListing:
        """The new listing; or what an earlier try made, where the answer was lost or the SKU is taken."""
        payload = wire.new_product(offer, self._images(offer))
        try:
            told = self._api.post("/product/create", offer.sku, payload=payload)["data"]
            return self._listing(str(int(told["item_id"])), str(told.get("item_status")))
        except PictureGone:
            raise
        except (*LOST, SkuTaken):
            if made := self._find(offer, to_change=True):
                return self._change(made[0], offer, steps)
            raise

    def _change(self, product: Product, offer: Offer, steps: Steps) -> FloorListing:
        """Only what differs; price and stock have calls of their own, which need no review."""
        if product.status == wire.SUSPENDED:
            why = map(suspended, product.reasons)
            raise rejected(*(tuple(why) or (SUSPENDED,)))
        new = selling(offer, same_price=product.price == offer.price, stock=product.stock)
        for name in new:
            steps.sell({name: new[name]}, lambda told: self._sell(product, offer.sku, told))
        status = [product.status]
        steps.show(lambda: status.append(self._show(product, offer)))
        return self._listing(product.number, status[-1])

    def _sell(self, product: Product, sku: str, told: Selling) -> None:
        """One of the two. The stock is what can be bought: `Quantity`, which the call for prices takes too, counts
        what is ordered and not yet sent."""
        path = "/product/price_quantity/update" if PRICE in told else "/product/stock/sellable/update"
        self._api.post(path, sku, payload=wire.price_or_stock(product, told))

    def _show(self, product: Product, offer: Offer) -> str:
        """The status that it has then."""
        payload = wire.changes(product, offer, self._images(offer))
        if payload is None:
            return product.status
        told = self._api.post("/product/update", offer.sku, payload=payload).get("data") or {}
        return str(told.get("item_status") or product.status)

    def _images(self, offer: Offer) -> tuple[str, ...]:
        return names_of(self._shelf, offer.pictures, self._upload)

    def _find(self, ours: Ours, to_change: bool = False) -> list[Product]:
        """Our products that are not deleted: where it stands, then its doubles, the oldest first."""
        wanted = {"filter": "all", "limit": "50", "sku_seller_list": json.dumps([ours.sku])}
        told = self._api.get("/products/get", ours.sku, **wanted)["data"]
        found = listed(told, "products", "total_products") if told != {} else []
        read = [Product.read(data, ours.sku) for data in found]
        standing = [product for product in read if product.sku == ours.sku and product.status != wire.DELETED]
        of_our_sku = sorted(standing, key=lambda product: (product.created, int(product.number)))
        mine = ours_among(ours, of_our_sku, lambda number: self._get(number, ours.sku), signed=unsigned)
        if to_change:
            refuse_others(ours, of_our_sku, mine)
        return mine

    def _get(self, number: str, sku: str) -> Product | None:
        product = Product.read(self._api.get("/product/item/get", sku, item_id=number)["data"], sku)
        return None if product.status == wire.DELETED else product

    def _listing(self, number: str, status: str) -> FloorListing:
        warnings = (wire.IN_REVIEW,) if status == wire.PENDING else ()
        return FloorListing(number, page_at(self._api.base_url, SHOPS, f"/products/i{number}.html"), warnings)

    def _upload(self, picture: Picture) -> str:
        told = self._api.upload("/image/upload", picture.key[:12], picture.read())
        return str(told["data"]["image"]["url"])
