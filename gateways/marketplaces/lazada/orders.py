"""Orders of a Lazada store."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, GatewayUnavailable, Problem
from gateways.marketplaces.advice import CANCEL_ASKED
from gateways.marketplaces.base import rejected
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.lazada.refusals import not_carried_out
from gateways.marketplaces.polling import Place, moment, read_sorted
from gateways.marketplaces.reading import read_page
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderPage, OrderStatus

PAGE = 50
CASH = "COD"
UNPAID = {"unpaid"}
WAITING = {"pending", "topack", "repacked"}
PACKED = {"packed", "toship"}
READY = {"ready_to_ship", "ready_to_ship_pending"}
CAME_BACK = {"returned", "shipped_back_success", "shipped_back_failed", "package_scrapped"}
"""Whether its buyer had it or not: nobody keeps it."""
CALLED_OFF = {"canceled", "failed", "failed_delivery", "lost", "lost_by_3pl", "damaged_by_3pl"}
STATUSES = {
    **dict.fromkeys(WAITING, OrderStatus.NEW),
    **dict.fromkeys(PACKED, OrderStatus.CONFIRMED),
    **dict.fromkeys(READY, OrderStatus.CONFIRMED),
    "shipped": OrderStatus.SHIPPED,
    "shipping": OrderStatus.SHIPPED,
    "shipped_back": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    **dict.fromkeys(CAME_BACK | CALLED_OFF, OrderStatus.CANCELLED),
}
FORWARD = list(OrderStatus)
CANCELLED = Problem(None, "cancelled", text("Đơn này đã bị huỷ"))
TOO_LATE = Problem(None, "too_late", text("Đơn đã giao cho đơn vị vận chuyển, không huỷ được nữa"))
NO_REASON = Problem(None, "cannot_cancel", text("Lazada không cho huỷ đơn này"))


class LazadaOrderDesk:
    """An `OrderDesk` of one seller. Orders appear when they are paid, or to be paid on delivery."""

    def __init__(self, api: LazadaApi) -> None:
        self._api = api

    def list_orders(self, cursor: str | None) -> OrderPage:
        place = Place.read(cursor, clock.now())
        while True:
            fresh, place = read_sorted(place, self._fetch, _mark, PAGE)
            page = read_page(fresh, order_of, _number, str(place))
            if not (fresh and page.is_empty):
                return page

    def confirm_order(self, external_id: str) -> None:
        """Pack it: Lazada gives the parcel its number by that."""
        items = self._items_to_send(external_id)
        if all(item["status"] not in WAITING for item in items):
            raise AlreadyDone(f"{external_id} is packed")
        self._pack(external_id, items)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """Say that its parcels are ready; the carrier, whose number Lazada has given, makes them shipped."""
        items = self._items_to_send(external_id)
        if all(item["status"] not in WAITING | PACKED for item in items):
            raise AlreadyDone(f"{external_id} is {items[0]['status']}")
        packages = {str(item["package_id"]) for item in items if item["status"] in PACKED}
        if any(item["status"] in WAITING for item in items):
            packages |= self._pack(external_id, items)
        wish = {"packages": [{"package_id": package} for package in sorted(packages)]}
        told = self._api.post("/order/package/rts", external_id, readyToShipReq=json.dumps(wish))
        _all_done(told, "packages", None)

    def cancel_order(self, external_id: str, reason: str) -> None:
        """Lazada takes none of our words: it is told yes where the buyer asks, else the one of its reasons that speaks
        of stock."""
        items = list_items(self._api, [external_id])[external_id]
        status = order_status(items)
        if status is OrderStatus.CANCELLED:
            raise AlreadyDone(f"{external_id} is cancelled")
        if status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
            raise rejected(TOO_LATE)
        wished = items_to_cancel(items)
        for number in sorted({str(item["reverse_order_id"]) for item in wished}):
            answer = {"reverse_order_id": number, "agree_cancel": "true"}
            self._api.get("/order/reverse/cancel/seller/decide", external_id, **answer)
        if rest := [item for item in items if item not in wished and item["status"] not in CALLED_OFF]:
            self._call_off(external_id, rest)

    def _call_off(self, external_id: str, items: Sequence[Mapping[str, Any]]) -> None:
        numbers = json.dumps([str(item["order_item_id"]) for item in items])
        asked = {"order_id": external_id, "order_item_id_list": numbers}
        told = self._api.get("/order/reverse/cancel/validate", external_id, **asked).get("data") or {}
        options = told.get("reason_options") or []
        if told.get("tip_type") == "error" or not options:
            raise rejected(NO_REASON)
        chosen = next((one for one in options if "stock" in one["reason_name"].lower()), options[0])
        asked["reason_id"] = str(chosen["reason_id"])
        self._api.get("/order/reverse/cancel/create", external_id, **asked)

    def _items_to_send(self, external_id: str) -> list[dict[str, Any]]:
        """Raises GatewayRejected where nothing is left of the order, or its buyer waits for an answer."""
        items = open_items(self._api, external_id)
        if items_to_cancel(items):
            raise rejected(CANCEL_ASKED)
        return items

    def _pack(self, external_id: str, items: Sequence[Mapping[str, Any]]) -> set[str]:
        """The parcels that Lazada makes of what still waits."""
        numbers = [int(item["order_item_id"]) for item in items if item["status"] in WAITING]
        asked = {"orders": [{"order_id": int(external_id), "order_item_ids": numbers}]}
        told = self._api.post(
            "/order/shipment/providers/get", external_id, getShipmentProvidersReq=json.dumps(asked)
        )
        way = result_of(told).get("shipping_allocate_type") or "TFS"
        wish = {
            "pack_order_list": [{"order_id": int(external_id), "order_item_list": numbers}],
            "delivery_type": "dropship",
            "shipping_allocate_type": way,
        }
        packed = self._api.post("/order/fulfill/pack", external_id, packReq=json.dumps(wish))
        done = _all_done(packed, "pack_order_list", "order_item_list")
        return {str(item["package_id"]) for item in done}

    def _fetch(self, since: int, page: int) -> list[dict[str, Any]]:
        told = self._api.get(
            "/orders/get",
            "",
            update_after=moment(since).isoformat(),
            sort_by="updated_at",
            sort_direction="ASC",
            limit=str(PAGE),
            offset=str((page - 1) * PAGE),
        )
        orders: list[dict[str, Any]] = (told.get("data") or {}).get("orders") or []
        items = list_items(self._api, [_number(order) for order in orders])
        return [{**order, "items": items[_number(order)]} for order in orders]


def list_items(api: LazadaApi, numbers: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The pieces of each order."""
    if not numbers:
        return {}
    asked = json.dumps([int(number) for number in numbers])
    told = api.get("/orders/items/get", numbers[0], order_ids=asked)["data"]
    return {str(order["order_id"]): order["order_items"] for order in told}


def open_items(api: LazadaApi, external_id: str) -> list[dict[str, Any]]:
    """What was not called off. Raises GatewayRejected where that is nothing."""
    items = [item for item in list_items(api, [external_id])[external_id] if item["status"] not in CALLED_OFF]
    if not items:
        raise rejected(CANCELLED)
    return items


def items_to_cancel(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that their buyer asks to call off, and waits for an answer."""
    still_here = WAITING | PACKED | READY
    return [
        item
        for item in items
        if str(item.get("need_cancel_confirm")).lower() == "true" and item["status"] in still_here
    ]


def order_status(items: Sequence[Mapping[str, Any]]) -> OrderStatus:
    """That of the piece which is the least far, among those that were not called off and did not come back."""
    read = {STATUSES.get(str(item["status"]), OrderStatus.NEW) for item in items}
    going = read - {OrderStatus.CANCELLED}
    return min(going, key=FORWARD.index) if going else OrderStatus.CANCELLED


def order_of(data: Mapping[str, Any]) -> FloorOrder | None:
    """With its `items`. None for what is not paid."""
    items = data["items"]
    if all(item["status"] in UNPAID for item in items):
        return None
    address = data.get("address_shipping") or {}
    name = " ".join(part for part in (address.get("first_name"), address.get("last_name")) if part)
    parts = (address.get(f"address{number}") for number in (1, 5, 4, 3))
    total = sum(float(data.get(part) or 0) for part in ("price", "shipping_fee")) - float(
        data.get("voucher") or 0
    )
    return FloorOrder(
        external_id=str(data["order_id"]),
        number=str(data.get("order_number") or data["order_id"]),
        placed_at=_time(data["created_at"]),
        status=order_status(items),
        lines=lines_of(items),
        total=int(total),
        buyer=Buyer(name, address.get("phone") or "", ", ".join(part for part in parts if part)),
        paid=data.get("payment_method") != CASH,
        cancel_asked=bool(items_to_cancel(items)),
        ship_by=min(
            (_time(item["sla_time_stamp"]) for item in items if item.get("sla_time_stamp")), default=None
        ),
    )


def lines_of(items: Sequence[Mapping[str, Any]]) -> tuple[OrderLine, ...]:
    """Lazada has an item for each piece."""
    pieces = Counter(
        (
            item.get("sku") or "",
            int(float(item["paid_price"])),
            str(item["product_id"]) if item.get("product_id") else None,
            item.get("name") or "",
        )
        for item in items
    )
    return tuple(
        OrderLine(sku, quantity, price, product, title)
        for (sku, price, product, title), quantity in pieces.items()
    )


def result_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under `result`. Raises GatewayRejected where that says no success."""
    result = answer.get("result") or {}
    if str(result.get("success")).lower() != "true":
        raise rejected(not_carried_out(f"{result.get('error_code')}: {result.get('error_msg')}"))
    return result.get("data") or {}


def _all_done(answer: Mapping[str, Any], listed: str, within: str | None) -> list[dict[str, Any]]:
    """What was carried out. Raises for the first that was not: a success may hold failures."""
    found = result_of(answer).get(listed) or []
    done = [item for one in found for item in one[within]] if within else list(found)
    for item in done:
        if str(item.get("item_err_code")) != "0":
            said = str(item.get("msg"))[:300]
            if str(item.get("retry")).lower() == "true":
                raise GatewayUnavailable(said)
            raise rejected(not_carried_out(said))
    return done


def _number(data: Mapping[str, Any]) -> str:
    return str(data["order_id"])


def _mark(data: Mapping[str, Any]) -> tuple[str, int]:
    state = ",".join(sorted(data.get("statuses") or []))
    asked = " asked" if items_to_cancel(data["items"]) else ""
    return f"{_number(data)} {state}{asked}", int(_time(data["updated_at"]).timestamp())


def _time(told: str) -> datetime:
    """Lazada's times have an offset, with or without a blank before it."""
    return moment(int(datetime.fromisoformat(told.replace(" +", "+")).timestamp()))
