"""Our listings in a django-oscar shop, where a SKU (`upc`) stands once."""

from typing import Any

from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable
from gateways.marketplaces.oscar import wire
from gateways.marketplaces.oscar.api import NotThere, OscarApi
from gateways.marketplaces.oscar.refusals import oscar_problems
from gateways.marketplaces.oscar.wire import Product, Record
from gateways.marketplaces.ours import ours_among, refuse_others
from gateways.marketplaces.pictures import told_apart
from gateways.marketplaces.steps import Selling, Steps, selling
from gateways.marketplaces.texts import slug_of
from gateways.ports import FloorListing, Offer, Ours, Standing


class OscarMarketplace:
    """A `Marketplace` on one shop. A create is whole or did not happen, so nothing is ever left half made."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float) -> None:
        self._base_url = base_url
        self._api = OscarApi(base_url, token, timeout_seconds)
        self._known_partner: str | None = None

    def publish(self, offer: Offer) -> FloorListing:
        """Show `offer` on its page."""
        with told_apart(offer.pictures):
            return self._publish(offer)

    def _publish(self, offer: Offer) -> FloorListing:
        steps = Steps(offer, oscar_problems(offer))
        product = self._find(offer, to_change=True)
        if product is None:
            steps.need_all()
            product = self._create(offer)
        else:
            self._change_page(product, offer, steps)
        return steps.end(FloorListing(product.number, wire.page_url(self._base_url, product)))

    def withdraw(self, ours: Ours) -> None:
        """Hide the page, and leave nothing to be bought. Nothing is deleted: orders keep their product."""
        product = self._find(ours)
        if product is None or not product.shown:
            raise AlreadyDone(f"{ours.sku} is not shown")
        self._change("hide", product, ours.sku, wire.hiding(product))

    def read(self, ours: Ours) -> Standing | None:
        product = self._find(ours)
        return product.standing(ours.sku) if product and product.record else None

    def _find(self, ours: Ours, to_change: bool = False) -> Product | None:
        """Our page: where it stands, else that of our SKU."""
        found = self._search(ours.sku)
        mine = ours_among(
            ours,
            found,
            lambda number: self._get(number, ours.sku),
            signed=lambda product: product.slug == slug_of(ours.sku),
        )
        if to_change:
            refuse_others(ours, found, mine)
        return next(iter(mine), None)

    def _search(self, sku: str) -> list[Product]:
        """The shop looks a SKU up only where something is changed: so nothing is changed."""
        try:
            return [
                Product.read(self._api.call("find", "PATCH", "admin/products/", sku=sku, body={"upc": sku}))
            ]
        except NotThere:
            return []

    def _get(self, number: str, sku: str) -> Product | None:
        try:
            return Product.read(self._api.call("find", "GET", f"admin/products/{number}/", sku=sku))
        except NotThere:
            return None

    def _create(self, offer: Offer) -> Product:
        given = wire.new_product(offer, self._partner(offer.sku))
        try:
            made = self._api.call("create", "POST", "admin/products/", sku=offer.sku, body=given)
        except GatewayRejected as refused:
            if any(problem.field == "sku" for problem in refused.problems):
                raise GatewayUnavailable(f"{offer.sku} came meanwhile") from refused
            raise
        return Product.read(made)

    def _change_page(self, product: Product, offer: Offer, steps: Steps) -> None:
        """Only what differs; what is sold on it first."""
        record = product.record
        if record is None:
            steps.need_all()
            given = {"partner": self._partner(offer.sku), **wire.record_fields(offer)}
            self._change("sell", product, offer.sku, {"stockrecords": [given]})
        else:
            same_price = record.currency == wire.CURRENCY and record.price == offer.price
            new = selling(offer, same_price=same_price, stock=record.left)
            steps.sell(new, lambda told: self._sell(record, told, offer.sku))
        steps.show(lambda: self._show(product, offer))

    def _sell(self, record: Record, told: Selling, sku: str) -> None:
        path = f"admin/stockrecords/{record.id}/"
        self._api.call("sell", "PATCH", path, sku=sku, body=wire.selling_fields(record, told))

    def _show(self, product: Product, offer: Offer) -> None:
        if product.record and product.record.sku != offer.sku:
            path = f"admin/stockrecords/{product.record.id}/"
            self._api.call("sell", "PATCH", path, sku=offer.sku, body={"partner_sku": offer.sku})
        if whole := wire.whole_page(product, offer):
            path = f"admin/products/{product.number}/"
            self._api.call("show", "PUT", path, sku=offer.sku, body=whole)
        elif changes := wire.page_changes(product, offer):
            self._change("show", product, offer.sku, changes)

    def _change(self, operation: str, product: Product, sku: str, changes: dict[str, Any]) -> None:
        self._api.call(operation, "PATCH", f"admin/products/{product.number}/", sku=sku, body=changes)

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
