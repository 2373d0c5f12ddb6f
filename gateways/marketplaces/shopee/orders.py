"""Orders of a Shopee shop."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core import clock
from core.errors import text
from gateways.errors import AlreadyDone, Problem
from gateways.marketplaces.advice import CANCEL_ASKED
from gateways.marketplaces.base import rejected, yes
from gateways.marketplaces.polling import Place, moment
from gateways.marketplaces.reading import read_page
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderPage, OrderStatus

LONGEST_SECONDS = 15 * 24 * 3600
OVERLAP_SECONDS = 300
"""As far apart as Shopee lets our clocks be: a change may carry a time that we took for over."""
PAGE = 50
FIELDS = "item_list,recipient_address,total_amount,pay_time"
UNPAID = {"UNPAID", "PENDING"}
STATUSES = {
    "READY_TO_SHIP": OrderStatus.NEW,
    "INVOICE_PENDING": OrderStatus.NEW,
    "PROCESSED": OrderStatus.CONFIRMED,
    "RETRY_SHIP": OrderStatus.CONFIRMED,
    "SHIPPED": OrderStatus.SHIPPED,
    "TO_CONFIRM_RECEIVE": OrderStatus.DELIVERED,
    "COMPLETED": OrderStatus.DELIVERED,
    "TO_RETURN": OrderStatus.DELIVERED,
    "CANCELLED": OrderStatus.CANCELLED,
}
SHIPPABLE = {"READY_TO_SHIP", "RETRY_SHIP"}
ASKED = "IN_CANCEL"
"""As far as it was; its buyer waits for an answer."""
TOO_LATE = Problem(None, "too_late", text("Đơn đã giao cho đơn vị vận chuyển, không huỷ được nữa"))
CANCELLED = Problem(None, "cancelled", text("Người mua đã huỷ đơn này"))
NO_WAY = Problem(
    None, "no_way_to_ship", text("Sàn chưa cho cách gửi đơn này: hãy xem trang người bán của sàn")
)


class ShopeeOrderDesk:
    """An `OrderDesk` of one shop. Orders appear when they are paid, or to be paid on delivery."""

    def __init__(self, api: ShopeeApi) -> None:
        self._api = api

    def list_orders(self, cursor: str | None) -> OrderPage:
        now = int(clock.now().timestamp())
        place = Place.read(cursor, clock.now())
        while True:
            if place.until is None:
                place = replace(place, until=min(place.since + LONGEST_SECONDS, now))
            page, place = self._read_page(place)
            if not page.is_empty or (place.until is None and place.since + OVERLAP_SECONDS >= now):
                return page

    def confirm_order(self, external_id: str) -> None:
        """Shopee asks for no word before the parcel is arranged: only whether it still waits."""
        self._must_wait(external_id)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """Arrange the parcel, by the way that Shopee names for it; its carrier's scan makes it shipped."""
        self._must_wait(external_id)
        told = self._api.get("/api/v2/logistics/get_shipping_parameter", external_id, order_sn=external_id)
        way = way_to_ship(told, tracking_number)
        self._api.post("/api/v2/logistics/ship_order", external_id, order_sn=external_id, **way)

    def cancel_order(self, external_id: str, reason: str) -> None:
        """Shopee takes none of our words: it is told that the goods are out of stock, or yes where the buyer asks."""
        order = self._details([external_id])[0]
        if order["order_status"] == "CANCELLED":
            raise AlreadyDone(f"{external_id} is cancelled")
        if order["order_status"] == ASKED:
            answer = {"order_sn": external_id, "operation": "ACCEPT"}
            self._api.post("/api/v2/order/handle_buyer_cancellation", external_id, **answer)
            return
        if order["order_status"] not in SHIPPABLE | UNPAID | {"PROCESSED"}:
            raise rejected(TOO_LATE)
        items = [{name: item[name] for name in ("item_id", "model_id")} for item in order["item_list"]]
        body = {"order_sn": external_id, "cancel_reason": "OUT_OF_STOCK", "item_list": items}
        self._api.post("/api/v2/order/cancel_order", external_id, **body)

    def _must_wait(self, external_id: str) -> None:
        """Raises AlreadyDone for an order that is further, GatewayRejected for one that was called off."""
        status = self._details([external_id])[0]["order_status"]
        if status == ASKED:
            raise rejected(CANCEL_ASKED)
        if status == "CANCELLED":
            raise rejected(CANCELLED)
        if status not in SHIPPABLE:
            raise AlreadyDone(f"{external_id} is {status}")

    def _read_page(self, place: Place) -> tuple[OrderPage, Place]:
        """What is new on the page at `place`, the earliest change first, and the place after it."""
        until = place.until or place.since
        told = self._api.get(
            "/api/v2/order/get_order_list",
            "",
            time_range_field="update_time",
            time_from=place.since,
            time_to=until,
            page_size=PAGE,
            cursor=place.page,
        )
        details = self._details([order["order_sn"] for order in told["order_list"]])
        changed = [_mark(order) for order in details]
        fresh = [order for order, mark in zip(details, changed, strict=True) if place.is_new(*mark)]
        fresh.reverse()
        fresh.sort(key=lambda order: int(order["update_time"]))
        place = place.with_seen(changed)
        if yes(told["more"]):
            place = replace(place, page=str(told["next_cursor"]))
        else:
            place = place.begin_at(max(place.since, until - OVERLAP_SECONDS))
        return self._page(fresh, str(place)), place

    def _page(self, fresh: Sequence[Mapping[str, Any]], cursor: str) -> OrderPage:
        wanted = [order for order in fresh if order["order_status"] not in UNPAID]
        withheld = self._withheld([_number(order) for order in wanted])
        return read_page(
            wanted, lambda order: order_of(order, withheld.get(_number(order), 0)), _number, cursor
        )

    def _details(self, numbers: Sequence[str]) -> list[dict[str, Any]]:
        if not numbers:
            return []
        path, about = "/api/v2/order/get_order_detail", numbers[0]
        asked = {"order_sn_list": ",".join(numbers), "response_optional_fields": FIELDS}
        orders: list[dict[str, Any]] = self._api.get(path, about, **asked)["order_list"]
        return orders

    def _withheld(self, numbers: Sequence[str]) -> dict[str, int]:
        """The tax that Shopee keeps back of each order, by its number."""
        if not numbers:
            return {}
        path, about = "/api/v2/payment/get_escrow_detail_batch", numbers[0]
        told = self._api.post(path, about, order_sn_list=list(numbers))
        return {one["escrow_detail"]["order_sn"]: withheld_of(one["escrow_detail"]) for one in told}


def withheld_of(escrow: Mapping[str, Any]) -> int:
    income = escrow.get("order_income") or {}
    return sum(int(income.get(name) or 0) for name in ("withholding_vat_tax", "withholding_pit_tax"))


def order_of(data: Mapping[str, Any], withheld: int) -> FloorOrder:
    address = data.get("recipient_address") or {}
    return FloorOrder(
        external_id=data["order_sn"],
        number=data["order_sn"],
        placed_at=moment(int(data["create_time"])),
        status=STATUSES.get(data["order_status"], OrderStatus.NEW),
        lines=lines_of(data),
        total=int(data.get("total_amount") or 0),
        buyer=Buyer(address.get("name") or "", address.get("phone") or "", address.get("full_address") or ""),
        paid=bool(data.get("pay_time")) and not data.get("cod"),
        withheld=withheld,
        cancel_asked=data["order_status"] == ASKED,
        ship_by=moment(int(data["ship_by_date"])) if data.get("ship_by_date") else None,
    )


def lines_of(data: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """An item without variants has its SKU for itself."""
    return tuple(
        OrderLine(
            item.get("model_sku") or item.get("item_sku") or "",
            int(item["model_quantity_purchased"]),
            int(item["model_discounted_price"]),
            str(item["item_id"]) if item.get("item_id") else None,
            item.get("item_name") or "",
        )
        for item in data.get("item_list") or []
    )


def way_to_ship(told: Mapping[str, Any], tracking_number: str | None) -> dict[str, Any]:
    """How `ship_order` is asked, by what Shopee says it needs: brought to the carrier where that is allowed."""
    needed = told.get("info_needed") or {}
    if "dropoff" in needed:
        branches = (told.get("dropoff") or {}).get("branch_list") or []
        branch = (
            {"branch_id": branches[0]["branch_id"]} if "branch_id" in needed["dropoff"] and branches else {}
        )
        return {"dropoff": branch}
    if "pickup" in needed:
        addresses = (told.get("pickup") or {}).get("address_list") or []
        if not addresses:
            raise rejected(NO_WAY)
        slots = addresses[0].get("time_slot_list") or []
        slot = {"pickup_time_id": slots[0]["pickup_time_id"]} if slots else {}
        return {"pickup": {"address_id": addresses[0]["address_id"], **slot}}
    if "non_integrated" in needed:
        return {"non_integrated": {"tracking_number": tracking_number or ""}}
    raise rejected(NO_WAY)


def _number(data: Mapping[str, Any]) -> str:
    return str(data["order_sn"])


def _mark(data: Mapping[str, Any]) -> tuple[str, int]:
    return f"{data['order_sn']} {data['order_status']}", int(data["update_time"])
