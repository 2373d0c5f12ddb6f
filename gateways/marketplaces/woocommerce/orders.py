"""Orders of a WooCommerce shop."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.base import rejected
from gateways.marketplaces.polling import Place, moment, read_sorted
from gateways.marketplaces.reading import read_page
from gateways.marketplaces.woocommerce.api import WooApi
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderPage, OrderStatus

PAGE = 50
CONFIRMED = "_cho_phien_confirmed"
"""WooCommerce has no word for an order that the seller takes: this field of ours stands for it."""
STATUSES = {
    "processing": OrderStatus.NEW,
    "on-hold": OrderStatus.NEW,
    "completed": OrderStatus.SHIPPED,
    "refunded": OrderStatus.CANCELLED,
    "cancelled": OrderStatus.CANCELLED,
    "failed": OrderStatus.CANCELLED,
}
UNPAID = {"pending", "checkout-draft", "trash"}
CALLED_OFF = {"cancelled", "refunded", "failed"}
TOO_LATE = Problem(None, "too_late", text("Đơn đã gửi đi, không huỷ được nữa"))
CANCELLED = Problem(None, "cancelled", text("Đơn này đã bị huỷ"))


class WooOrderDesk:
    """An `OrderDesk` of one shop. A completed order is one that was sent: the shop knows of no delivery."""

    def __init__(self, api: WooApi) -> None:
        self._api = api

    def list_orders(self, cursor: str | None) -> OrderPage:
        place = Place.read(cursor, clock.now())
        orders, place = read_sorted(place, self._fetch, _mark, PAGE)
        placed = (order for order in orders if order["status"] not in UNPAID)
        return read_page(placed, order_of, lambda order: str(order["id"]), str(place))

    def confirm_order(self, external_id: str) -> None:
        order = self._must_wait(external_id)
        if _is_confirmed(order):
            raise AlreadyDone(f"{external_id} is confirmed")
        self._change(external_id, {"meta_data": [{"key": CONFIRMED, "value": "yes"}]})

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """The number goes to the buyer as a note, before the shop's own letter that the order is complete."""
        self._must_wait(external_id)
        if tracking_number:
            note = {"note": f"Mã vận đơn: {tracking_number}", "customer_note": True}
            self._api.post(f"orders/{external_id}/notes", external_id, note)
        self._change(external_id, {"status": "completed"})

    def cancel_order(self, external_id: str, reason: str) -> None:
        status = self._get(external_id)["status"]
        if status in CALLED_OFF:
            raise AlreadyDone(f"{external_id} is {status}")
        if status == "completed":
            raise rejected(TOO_LATE)
        self._api.post(f"orders/{external_id}/notes", external_id, {"note": reason, "customer_note": True})
        self._change(external_id, {"status": "cancelled"})

    def _must_wait(self, external_id: str) -> dict[str, Any]:
        """Raises AlreadyDone for an order that is sent, GatewayRejected for one that was called off."""
        order = self._get(external_id)
        if order["status"] in CALLED_OFF:
            raise rejected(CANCELLED)
        if order["status"] == "completed":
            raise AlreadyDone(f"{external_id} is completed")
        return order

    def _get(self, external_id: str) -> dict[str, Any]:
        order: dict[str, Any] = self._api.get(f"orders/{external_id}", external_id)
        return order

    def _change(self, external_id: str, changes: dict[str, Any]) -> None:
        self._api.put(f"orders/{external_id}", external_id, changes)

    def _fetch(self, since: int, page: int) -> list[dict[str, Any]]:
        """Changed at `since` or later, the earliest change first; WordPress's «after» leaves the moment itself out."""
        after = moment(since - 1).strftime("%Y-%m-%dT%H:%M:%S")
        orders: list[dict[str, Any]] = self._api.get(
            "orders",
            "",
            modified_after=after,
            dates_are_gmt="true",
            orderby="modified",
            order="asc",
            per_page=PAGE,
            page=page,
        )
        return orders


def order_of(data: Mapping[str, Any]) -> FloorOrder:
    status = STATUSES.get(data["status"], OrderStatus.NEW)
    if status is OrderStatus.NEW and _is_confirmed(data):
        status = OrderStatus.CONFIRMED
    return FloorOrder(
        external_id=str(data["id"]),
        number=str(data.get("number") or data["id"]),
        placed_at=_time(data["date_created_gmt"]),
        status=status,
        lines=_lines(data),
        total=int(Decimal(data.get("total") or 0)),
        buyer=_buyer(data.get("billing") or {}, data.get("shipping") or {}),
        paid=bool(data.get("date_paid_gmt")),
    )


def _lines(data: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    return tuple(
        OrderLine(
            item.get("sku") or "",
            int(item["quantity"]),
            int(Decimal(str(item["price"]))),
            str(item["product_id"]) if item.get("product_id") else None,
            item.get("name") or "",
        )
        for item in data.get("line_items") or []
    )


def _buyer(billing: Mapping[str, Any], shipping: Mapping[str, Any]) -> Buyer:
    """Shipping has no phone in many shops, and no name where it is the same as billing."""
    to = shipping if shipping.get("address_1") else billing
    name = " ".join(part for part in (to.get("first_name"), to.get("last_name")) if part)
    address = ", ".join(to[part] for part in ("address_1", "address_2", "city", "state") if to.get(part))
    return Buyer(name, shipping.get("phone") or billing.get("phone") or "", address)


def _is_confirmed(data: Mapping[str, Any]) -> bool:
    return any(meta.get("key") == CONFIRMED for meta in data.get("meta_data") or [])


def _mark(data: Mapping[str, Any]) -> tuple[str, int]:
    state = f"{data['status']}{' confirmed' * _is_confirmed(data)}"
    return f"{data['id']} {state}", int(_time(data["date_modified_gmt"]).timestamp())


def _time(told: str) -> datetime:
    """WordPress's GMT times have no offset."""
    return datetime.fromisoformat(told.rstrip("Z")).replace(tzinfo=UTC)
