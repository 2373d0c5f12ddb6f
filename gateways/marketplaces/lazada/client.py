"""Our listings in a Lazada store. A seller's SKU is unique there."""

import json

from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import advice
from gateways.marketplaces.base import LOST, listed, page_at, rejected
from gateways.marketplaces.lazada import wire
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.lazada.refusals import SkuTaken
from gateways.marketplaces.lazada.wire import Product
from gateways.marketplaces.pictures import PictureGone, names_of
from gateways.ports import FloorListing, Offer, Picture, PictureShelf, Standing

SHOPS = {"api.lazada.vn": "https://www.lazada.vn"}
SUSPENDED = Problem(None, "suspended", text("Lazada đang khoá sản phẩm này: hãy xem lý do ở trang người bán"))


class LazadaMarketplace:
    """A `Marketplace` in one seller's store. The caller sees to one publisher per SKU at a time."""

    def __init__(self, api: LazadaApi, shelf: PictureShelf) -> None:
        self._api = api
        self._shelf = shelf

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer`. What Lazada reviews first is shown later, with a warning until then."""
        if problems := wire.offer_faults(offer):
            raise rejected(*problems)
        try:
            return self._show(offer)
        except PictureGone:
            self._shelf.forget([picture.key for picture in offer.pictures])
            raise

    def withdraw(self, sku: str) -> None:
        """Hide it. Nothing is deleted: orders keep their product."""
        product = self._find(sku)
        if product is None or product.status not in (wire.ACTIVE, wire.PENDING):
            raise AlreadyDone(f"{sku} is not shown")
        self._api.post("/product/deactivate", sku, apiRequestBody=wire.withdrawal(product))

    def read(self, sku: str) -> Standing | None:
        product = self._find(sku)
        return product.standing if product else None

    def _show(self, offer: Offer) -> FloorListing:
        product = self._find(offer.sku)
        images = names_of(self._shelf, offer.pictures, self._upload)
        if product is None:
            return self._create(offer, images)
        return self._change(product, offer, images)

    def _create(self, offer: Offer, images: tuple[str, ...]) -> FloorListing:
        """The new listing; or what an earlier try made, where the answer was lost or the SKU is taken."""
        try:
            told = self._api.post("/product/create", offer.sku, payload=wire.new_product(offer, images))[
                "data"
            ]
            return self._listing(str(told["item_id"]), str(told.get("item_status")))
        except PictureGone:
            raise
        except (*LOST, SkuTaken):
            if made := self._find(offer.sku):
                return self._change(made, offer, images)
            raise

    def _change(self, product: Product, offer: Offer, images: tuple[str, ...]) -> FloorListing:
        """Only what differs; price and stock in one call of their own, which needs no review."""
        if product.status == wire.SUSPENDED:
            why = (Problem(None, "suspended", advice(None, reason)) for reason in product.reasons)
            raise rejected(*(tuple(why) or (SUSPENDED,)))
        status = product.status
        if payload := wire.changes(product, offer, images):
            told = self._api.post("/product/update", offer.sku, payload=payload).get("data") or {}
            status = str(told.get("item_status") or status)
        if payload := wire.price_and_stock(product, offer):
            self._api.post("/product/price_quantity/update", offer.sku, payload=payload)
        return self._listing(product.id, status)

    def _find(self, sku: str) -> Product | None:
        """The product that holds exactly this SKU and is not deleted."""
        wanted = {"filter": "all", "limit": "50", "sku_seller_list": json.dumps([sku])}
        told = self._api.get("/products/get", sku, **wanted)["data"]
        found = listed(told, "products", "total_products") if told != {} else []
        read = (Product.read(data, sku) for data in found)
        return next((product for product in read if product and product.status != wire.DELETED), None)

    def _listing(self, number: str, status: str) -> FloorListing:
        warnings = (wire.IN_REVIEW,) if status == wire.PENDING else ()
        return FloorListing(number, page_at(self._api.base_url, SHOPS, f"/products/i{number}.html"), warnings)

    def _upload(self, picture: Picture) -> str:
        told = self._api.upload("/image/upload", picture.key[:12], picture.read())
        return str(told["data"]["image"]["url"])
