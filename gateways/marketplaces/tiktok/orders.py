"""Orders of a TikTok Shop."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core import clock
from core.errors import text
from core.text import slug
from gateways.errors import AlreadyDone, GatewayUnavailable, Problem
from gateways.marketplaces.advice import CANCEL_ASKED
from gateways.marketplaces.base import rejected
from gateways.marketplaces.polling import Place, moment, read_sorted
from gateways.marketplaces.reading import read_page
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderPage, OrderStatus

PAGE = 50
UNPAID = {"UNPAID"}
STATUSES = {
    "ON_HOLD": OrderStatus.NEW,
    "AWAITING_SHIPMENT": OrderStatus.NEW,
    "PARTIALLY_SHIPPING": OrderStatus.CONFIRMED,
    "AWAITING_COLLECTION": OrderStatus.CONFIRMED,
    "IN_TRANSIT": OrderStatus.SHIPPED,
    "DELIVERED": OrderStatus.DELIVERED,
    "COMPLETED": OrderStatus.DELIVERED,
    "CANCELLED": OrderStatus.CANCELLED,
}
WAITING = {"ON_HOLD", "AWAITING_SHIPMENT", "PARTIALLY_SHIPPING"}
CANCELLATIONS = "/return_refund/202309/cancellations"
PENDING = "CANCELLATION_REQUEST_PENDING"
BY_TIKTOK = "TIKTOK"
OUT_OF_STOCK = "seller_cancel_reason_out_of_stock"
CANCELLED = Problem(None, "cancelled", text("Đơn này đã bị huỷ"))
ON_HOLD = Problem(None, "on_hold", text("Người mua còn có thể đổi ý: hãy gửi khi sàn cho phép"))
TOO_LATE = Problem(None, "too_late", text("Đơn đã giao cho đơn vị vận chuyển, không huỷ được nữa"))
NO_TRACKING = Problem("tracking_number", "required", text("Đơn này do người bán tự gửi: cần mã vận đơn"))
VIETNAM_POST = ("vnpost", "vietnampost", "buudien")
"""Its names on floors, without accents and blanks. Parcels of the programme go by post."""
NO_CARRIER = Problem(
    None,
    "no_carrier",
    text("Sàn không cho gửi đơn này bằng Bưu điện Việt Nam: hãy báo gửi trong trang người bán của sàn"),
)
NO_PACKAGE = Problem(None, "no_package", text("Sàn chưa lập kiện hàng của đơn này"))


class TiktokOrderDesk:
    """An `OrderDesk` of one shop. Orders appear when they are paid, or to be paid on delivery."""

    def __init__(self, api: TiktokApi) -> None:
        self._api = api

    def list_orders(self, cursor: str | None) -> OrderPage:
        place = Place.read(cursor, clock.now())
        while True:
            orders, place = read_sorted(place, self._fetch, _mark, PAGE)
            placed = (order for order in orders if order["status"] not in UNPAID)
            page = read_page(placed, order_of, lambda order: str(order["id"]), str(place))
            if not (orders and page.is_empty):
                return page

    def confirm_order(self, external_id: str) -> None:
        """TikTok Shop asks for no word before the parcel is arranged: only whether it still waits."""
        self._must_wait(external_id)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        """Arrange every parcel of the order; its carrier's scan makes it shipped. Raises GatewayUnavailable where
        TikTok Shop has made none of it yet."""
        order = self._must_wait(external_id)
        if order["status"] == "ON_HOLD":
            raise rejected(ON_HOLD)
        packages = order.get("packages") or []
        if not packages:
            raise GatewayUnavailable(f"{external_id} has no package", NO_PACKAGE)
        body = self._handover(order, tracking_number)
        for package in packages:
            with suppress(AlreadyDone):
                self._api.send(
                    "POST", f"/fulfillment/202309/packages/{package['id']}/ship", external_id, body
                )

    def cancel_order(self, external_id: str, reason: str) -> None:
        """TikTok Shop takes none of our words: it is told that the goods are out of stock, or yes where the buyer
        asks."""
        order = get_order(self._api, external_id)
        status = order["status"]
        if status == "CANCELLED":
            raise AlreadyDone(f"{external_id} is cancelled")
        if asks_to_cancel(order):
            self._say_yes(external_id)
        elif status in {"ON_HOLD", "AWAITING_SHIPMENT"}:
            body = {"order_id": external_id, "cancel_reason": OUT_OF_STOCK}
            self._api.send("POST", CANCELLATIONS, external_id, body)
        else:
            raise rejected(TOO_LATE)

    def _say_yes(self, external_id: str) -> None:
        """To what its buyer asks for. Raises GatewayUnavailable where that was answered, or taken back, meanwhile."""
        wish = {"order_ids": [external_id]}
        told = self._api.send("POST", f"{CANCELLATIONS}/search", external_id, wish)
        asked = [
            one["cancel_id"] for one in told.get("cancellations") or [] if one["cancel_status"] == PENDING
        ]
        if not asked:
            raise GatewayUnavailable(f"{external_id}: nobody asks any more")
        for number in asked:
            self._api.send("POST", f"{CANCELLATIONS}/{number}/approve", external_id, {})

    def _must_wait(self, external_id: str) -> dict[str, Any]:
        """The order. Raises AlreadyDone for one that is further, GatewayRejected for one that was called off."""
        order = get_order(self._api, external_id)
        if order["status"] == "CANCELLED":
            raise rejected(CANCELLED)
        if order["status"] not in WAITING:
            raise AlreadyDone(f"{external_id} is {order['status']}")
        if asks_to_cancel(order):
            raise rejected(CANCEL_ASKED)
        return order

    def _handover(self, order: Mapping[str, Any], tracking_number: str | None) -> dict[str, Any]:
        """TikTok Shop's own carriers are brought the parcel; a seller who sends it names the post and its number."""
        if order.get("shipping_type") == BY_TIKTOK:
            return {"handover_method": "DROP_OFF"}
        if not tracking_number:
            raise rejected(NO_TRACKING)
        path = f"/logistics/202309/delivery_options/{order['delivery_option_id']}/shipping_providers"
        carriers = self._api.get(path, str(order["id"])).get("shipping_providers") or []
        post = next((carrier for carrier in carriers if is_vietnam_post(str(carrier["name"]))), None)
        if post is None:
            raise rejected(NO_CARRIER)
        chosen = {"tracking_number": tracking_number, "shipping_provider_id": post["id"]}
        return {"self_shipment": chosen}

    def _fetch(self, since: int, page: int) -> list[dict[str, Any]]:
        """The `page`th of those changed at `since` or later; TikTok Shop counts pages by tokens."""
        token: dict[str, str] = {}
        orders: list[dict[str, Any]] = []
        for at in range(page):
            if at and not token:
                return []
            told = self._api.send(
                "POST",
                "/order/202309/orders/search",
                "",
                {"update_time_ge": since},
                page_size=str(PAGE),
                sort_field="update_time",
                sort_order="ASC",
                **token,
            )
            orders = told.get("orders") or []
            more = told.get("next_page_token")
            token = {"page_token": str(more)} if more else {}
        return orders


def get_order(api: TiktokApi, external_id: str) -> dict[str, Any]:
    orders: list[dict[str, Any]] = api.get("/order/202507/orders", external_id, ids=external_id)["orders"]
    return orders[0]


def order_of(data: Mapping[str, Any]) -> FloorOrder:
    address, payment = data.get("recipient_address") or {}, data.get("payment") or {}
    return FloorOrder(
        external_id=str(data["id"]),
        number=str(data["id"]),
        placed_at=moment(int(data["create_time"])),
        status=STATUSES.get(data["status"], OrderStatus.NEW),
        lines=lines_of(data),
        total=_dong(payment.get("total_amount")),
        buyer=Buyer(
            address.get("name") or "", address.get("phone_number") or "", address.get("full_address") or ""
        ),
        paid=bool(data.get("paid_time")) and not data.get("is_cod"),
        cancel_asked=asks_to_cancel(data),
        ship_by=moment(int(data["rts_sla_time"])) if data.get("rts_sla_time") else None,
    )


def asks_to_cancel(data: Mapping[str, Any]) -> bool:
    """Of what is cancelled or has left there is nothing to answer here."""
    return bool(data.get("is_buyer_request_cancel")) and data["status"] in WAITING | {"AWAITING_COLLECTION"}


def is_vietnam_post(carrier: str) -> bool:
    return any(name in slug(carrier).replace("-", "") for name in VIETNAM_POST)


def lines_of(data: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """TikTok Shop has a line for each piece."""
    pieces = Counter(
        (
            item.get("seller_sku") or "",
            _dong(item.get("sale_price")),
            str(item["product_id"]) if item.get("product_id") else None,
            item.get("product_name") or "",
        )
        for item in data.get("line_items") or []
    )
    return tuple(
        OrderLine(sku, quantity, price, product, title)
        for (sku, price, product, title), quantity in pieces.items()
    )


def _mark(data: Mapping[str, Any]) -> tuple[str, int]:
    asked = " asked" if asks_to_cancel(data) else ""
    return f"{data['id']} {data['status']}{asked}", int(data["update_time"])


def _dong(amount: Any) -> int:
    return int(float(amount)) if amount else 0
