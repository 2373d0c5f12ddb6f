"""Our listings in a django-oscar shop, where a SKU (`upc`) stands once."""

from typing import Any

from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable
from gateways.marketplaces.base import rejected
from gateways.marketplaces.oscar import wire
from gateways.marketplaces.oscar.api import NotThere, OscarApi
from gateways.marketplaces.oscar.refusals import oscar_problems
from gateways.marketplaces.oscar.wire import Product
from gateways.ports import FloorListing, Offer, Standing


class OscarMarketplace:
    """A `Marketplace` on one shop. A create is whole or did not happen, so nothing is ever left half made."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float) -> None:
        self._base_url = base_url
        self._api = OscarApi(base_url, token, timeout_seconds)
        self._known_partner: str | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` on the page of its SKU."""
        if problems := oscar_problems(offer):
            raise rejected(*problems)
        product = self._find(offer.sku)
        if product is None:
            product = self._create(offer)
        else:
            self._sell(product, offer)
            self._show(product, offer)
        return FloorListing(product.id, wire.page_url(self._base_url, product))

    def withdraw(self, sku: str) -> None:
        """Hide the page, and leave nothing to be bought. Nothing is deleted: orders keep their product."""
        product = self._find(sku)
        if product is None or not product.shown:
            raise AlreadyDone(f"{sku} is not shown")
        self._change("hide", product, sku, wire.hiding(product))

    def read(self, sku: str) -> Standing | None:
        product = self._find(sku)
        if product is None or product.record is None:
            return None
        record = product.record
        return Standing(
            external_id=product.id,
            title=product.title,
            price=int(record.price),
            stock=record.stock - record.allocated,
            shown=product.shown,
            pictures=len(product.pictures),
        )

    def _find(self, sku: str) -> Product | None:
        """The shop looks a SKU up only where something is changed: so nothing is changed."""
        try:
            found = self._api.call("find", "PATCH", "admin/products/", sku=sku, body={"upc": sku})
        except NotThere:
            return None
        return Product.read(found)

    def _create(self, offer: Offer) -> Product:
        given = wire.new_product(offer, self._partner(offer.sku))
        try:
            made = self._api.call("create", "POST", "admin/products/", sku=offer.sku, body=given)
        except GatewayRejected as refused:
            if any(problem.field == "sku" for problem in refused.problems):
                raise GatewayUnavailable(f"{offer.sku} came meanwhile") from refused
            raise
        return Product.read(made)

    def _sell(self, product: Product, offer: Offer) -> None:
        record = product.record
        if record is None:
            given = {"partner": self._partner(offer.sku), **wire.record_fields(offer, 0)}
            self._change("sell", product, offer.sku, {"stockrecords": [given]})
        elif changes := wire.record_changes(record, offer):
            path = f"admin/stockrecords/{record.id}/"
            self._api.call("sell", "PATCH", path, sku=offer.sku, body=changes)

    def _show(self, product: Product, offer: Offer) -> None:
        if whole := wire.whole_page(product, offer):
            path = f"admin/products/{product.id}/"
            self._api.call("show", "PUT", path, sku=offer.sku, body=whole)
        elif changes := wire.page_changes(product, offer):
            self._change("show", product, offer.sku, changes)

    def _change(self, operation: str, product: Product, sku: str, changes: dict[str, Any]) -> None:
        self._api.call(operation, "PATCH", f"admin/products/{product.id}/", sku=sku, body=changes)

    def _partner(self, sku: str) -> str:
        """Who supplies our goods, as the shop takes it; made with their kind where a shop is new."""
        if self._known_partner is None:
            self._make_class(sku)
            self._known_partner = wire.path_of(self._find_or_make_partner(sku)["url"])
        return self._known_partner

    def _make_class(self, sku: str) -> None:
        path = "admin/productclasses/"
        try:
            self._api.call("find_class", "GET", f"{path}{wire.PRODUCT_CLASS['slug']}/", sku=sku)
        except NotThere:
            self._api.call("make_class", "POST", path, sku=sku, body=wire.PRODUCT_CLASS)

    def _find_or_make_partner(self, sku: str) -> dict[str, Any]:
        path = "admin/partners/"
        known: list[dict[str, Any]] = self._api.list("find_partner", path, sku=sku)
        found = [partner for partner in known if partner["code"] == wire.PARTNER["code"]]
        if found:
            return found[0]
        made: dict[str, Any] = self._api.call(
            "make_partner", "POST", path, sku=sku, body={**wire.PARTNER, "users": []}
        )
        return made
