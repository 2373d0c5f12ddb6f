"""Orders on a Vendure server: a parcel that is being prepared says that the seller has taken the order."""

from typing import Any

from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.changes import PAGE, Changes, first_news
from gateways.marketplaces.reading import read_page
from gateways.marketplaces.vendure import order_wire, wire
from gateways.marketplaces.vendure.api import VendureApi
from gateways.marketplaces.vendure.order_wire import VendureOrder
from gateways.marketplaces.vendure.wire import Channel
from gateways.ports import OrderPage, OrderStatus

_GONE = {OrderStatus.SHIPPED, OrderStatus.DELIVERED}


class VendureOrderDesk:
    """An `OrderDesk` on Vendure's default channel."""

    def __init__(self, base_url: str, username: str, password: str, timeout_seconds: float) -> None:
        self._api = VendureApi(base_url, username, password, timeout_seconds)
        self._known_channel: Channel | None = None

    def list_orders(self, cursor: str | None) -> OrderPage:
        channel = self._channel()
        changes = Changes.read(cursor)
        while news := self._news(changes):
            changes = changes.with_told(order.version for order in news)
            placed = (order for order in news if order.is_placed)
            page = read_page(
                placed, lambda order: order.told(channel), lambda order: order.id, changes.written()
            )
            if not page.is_empty:
                return page
        return OrderPage((), changes.written())

    def confirm_order(self, external_id: str) -> None:
        order = self._open_order(external_id)
        unpacked = order.unpacked()
        if not unpacked:
            raise AlreadyDone(f"order {external_id} is being prepared")
        self._pack(order, unpacked, "")

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """A parcel's tracking number is fixed when it is made: one without it is made anew."""
        order = self._open_order(external_id)
        tracking = tracking_number or ""
        unpacked = order.unpacked()
        for parcel in order.parcels:
            if parcel.is_prepared and tracking not in ("", parcel.tracking):
                self._move(order, parcel.id, "Cancelled")
                unpacked |= {k: unpacked.get(k, 0) + n for k, n in parcel.quantities.items()}
            elif parcel.is_prepared:
                self._move(order, parcel.id, "Shipped")
        if unpacked:
            self._move(order, self._pack(order, unpacked, tracking), "Shipped")

    def cancel_order(self, external_id: str, reason: str) -> None:
        order = self._order(external_id)
        if order.status is OrderStatus.CANCELLED:
            raise AlreadyDone(f"order {external_id} is cancelled")
        if order.status in _GONE or not all(parcel.is_prepared for parcel in order.parcels):
            raise rejected(Problem(None, "too_late", text("Đơn đã gửi đi, không huỷ được nữa")))
        for parcel in order.parcels:
            self._move(order, parcel.id, "Cancelled")
        given = {"orderId": order.id, "reason": reason, "cancelShipping": True}
        self._call(order_wire.CANCEL_ORDER, {"input": given}, order.id)

    def _news(self, changes: Changes) -> list[VendureOrder]:
        given: dict[str, Any] = {"active": {"eq": False}}
        if changes.ask_from:
            given["updatedAt"] = {"after": changes.ask_from.isoformat()}

        def ask(skip: int) -> list[VendureOrder]:
            variables = {"filter": given, "take": PAGE, "skip": skip}
            found = self._call(order_wire.FIND_ORDERS, variables)["orders"]["items"]
            return [VendureOrder.read(data) for data in found]

        return first_news(changes, ask)

    def _open_order(self, external_id: str) -> VendureOrder:
        """One that can still be packed. Raises AlreadyDone where all of it has gone."""
        order = self._order(external_id)
        if order.status is OrderStatus.CANCELLED:
            raise rejected(Problem(None, "cancelled", text("Đơn đã bị huỷ trên sàn")))
        if order.status in _GONE:
            raise AlreadyDone(f"order {external_id} is {order.status}")
        return order

    def _order(self, external_id: str) -> VendureOrder:
        found = self._call(order_wire.FIND_ORDER, {"id": external_id}, external_id)["order"]
        if found is None or not VendureOrder.read(found).is_placed:
            raise rejected(Problem(None, "unknown_order", text("Sàn không còn đơn này")))
        return VendureOrder.read(found)

    def _pack(self, order: VendureOrder, quantities: dict[str, int], tracking: str) -> str:
        """The number of a new parcel, which is being prepared."""
        arguments = [{"name": "method", "value": "Chợ Phiên"}, {"name": "trackingCode", "value": tracking}]
        given = {
            "lines": [{"orderLineId": line, "quantity": n} for line, n in quantities.items()],
            "handler": {"code": "manual-fulfillment", "arguments": arguments},
        }
        made = self._call(order_wire.ADD_FULFILLMENT, {"input": given}, order.id)
        number: str = made["addFulfillmentToOrder"]["id"]
        return number

    def _move(self, order: VendureOrder, parcel: str, state: str) -> None:
        self._call(order_wire.MOVE_FULFILLMENT, {"id": parcel, "state": state}, order.id)

    def _channel(self) -> Channel:
        if self._known_channel is None:
            self._known_channel = Channel.read(self._call(wire.CHANNEL, {}))
        return self._known_channel

    def _call(self, document: str, variables: dict[str, Any], order: str = "") -> dict[str, Any]:
        return self._api.call(document, "", variables, order)
