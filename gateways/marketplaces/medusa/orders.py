"""Orders on a Medusa server: a parcel that is packed says that the seller has taken the order."""

from typing import Any

from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.changes import PAGE, Changes, first_news
from gateways.marketplaces.medusa import order_wire
from gateways.marketplaces.medusa.api import MedusaApi
from gateways.marketplaces.medusa.order_wire import MedusaOrder
from gateways.marketplaces.medusa.refusals import NotThere
from gateways.marketplaces.reading import read_page
from gateways.ports import OrderPage, OrderStatus

_GONE = {OrderStatus.SHIPPED, OrderStatus.DELIVERED}


class MedusaOrderDesk:
    """An `OrderDesk` on one server."""

    def __init__(
        self, base_url: str, api_key: str, email: str, password: str, timeout_seconds: float
    ) -> None:
        self._api = MedusaApi(base_url, api_key, email, password, timeout_seconds)

    def list_orders(self, cursor: str | None) -> OrderPage:
        changes = Changes.read(cursor)
        while news := self._news(changes):
            changes = changes.with_told(order.version for order in news)
            page = read_page(news, MedusaOrder.told, lambda order: order.id, changes.written())
            if not page.is_empty:
                return page
        return OrderPage((), changes.written())

    def confirm_order(self, external_id: str) -> None:
        order = self._open_order(external_id)
        unpacked = order.unpacked()
        if not unpacked:
            raise AlreadyDone(f"order {external_id} is packed")
        self._pack(order, unpacked)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        order = self._open_order(external_id)
        if unpacked := order.unpacked():
            order = self._pack(order, unpacked)
        for parcel in order.parcels:
            if not parcel.shipped:
                items = [{"id": line, "quantity": n} for line, n in parcel.quantities.items()]
                given = {"items": items, "labels": _labels(tracking_number)}
                self._post(order, f"fulfillments/{parcel.id}/shipments", given)

    def cancel_order(self, external_id: str, reason: str) -> None:
        """Medusa keeps no reason."""
        order = self._order(external_id)
        if order.status is OrderStatus.CANCELLED:
            raise AlreadyDone(f"order {external_id} is cancelled")
        if order.status in _GONE or any(parcel.shipped for parcel in order.parcels):
            raise rejected(Problem(None, "too_late", text("Đơn đã gửi đi, không huỷ được nữa")))
        for parcel in order.parcels:
            self._post(order, f"fulfillments/{parcel.id}/cancel", {})
        self._post(order, "cancel", None)

    def _news(self, changes: Changes) -> list[MedusaOrder]:
        since = {"updated_at[$gte]": changes.ask_from.isoformat()} if changes.ask_from else {}
        query = {"fields": order_wire.FIELDS, "order": "updated_at", "limit": PAGE, **since}

        def ask(skip: int) -> list[MedusaOrder]:
            found = self._api.call("orders", "GET", "orders", params={**query, "offset": skip})["orders"]
            return [MedusaOrder.read(data) for data in found]

        return first_news(changes, ask)

    def _open_order(self, external_id: str) -> MedusaOrder:
        """One that can still be packed. Raises AlreadyDone where all of it has gone."""
        order = self._order(external_id)
        if order.status is OrderStatus.CANCELLED:
            raise rejected(Problem(None, "cancelled", text("Đơn đã bị huỷ trên sàn")))
        if order.status in _GONE:
            raise AlreadyDone(f"order {external_id} is {order.status}")
        return order

    def _order(self, external_id: str) -> MedusaOrder:
        params = {"fields": order_wire.FIELDS}
        try:
            found = self._api.call("order", "GET", f"orders/{external_id}", order=external_id, params=params)
        except NotThere as error:
            raise rejected(Problem(None, "unknown_order", text("Sàn không còn đơn này"))) from error
        return MedusaOrder.read(found["order"])

    def _pack(self, order: MedusaOrder, quantities: dict[str, int]) -> MedusaOrder:
        given = {"items": [{"id": line, "quantity": n} for line, n in quantities.items()]}
        self._post(order, "fulfillments", given)
        return self._order(order.id)

    def _post(self, order: MedusaOrder, act: str, given: dict[str, Any] | None) -> None:
        operation = act.rpartition("/")[2]
        self._api.call(operation, "POST", f"orders/{order.id}/{act}", order=order.id, body=given)


def _labels(tracking_number: str | None) -> list[dict[str, str]]:
    """Medusa wants an address with each label; `#` is its word for none."""
    if not tracking_number:
        return []
    return [{"tracking_number": tracking_number, "tracking_url": "#", "label_url": "#"}]
