"""Orders, their packages, and how a seller calls them off."""

import secrets
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.tiktok.door import DOOR, answer
from sandbox.floors.tiktok.goods import WAREHOUSE

WORDS = {
    "new": "AWAITING_SHIPMENT",
    "confirmed": "AWAITING_COLLECTION",
    "shipped": "IN_TRANSIT",
    "delivered": "DELIVERED",
    "cancelled": "CANCELLED",
    "cancel_asked": "AWAITING_SHIPMENT",
}
REASONS = (
    "seller_cancel_reason_out_of_stock",
    "seller_cancel_reason_wrong_price",
    "seller_cancel_paid_reason_address_not_deliver",
    "seller_cancel_paid_reason_buyer_requested_cancellation",
)
PENDING = "CANCELLATION_REQUEST_PENDING"
LARGEST_PAGE, LARGEST_LIST = 100, 50


def new_number() -> str:
    return f"5764{secrets.randbelow(10**14):014d}"


@DOOR.call("POST", "/order/202309/orders/search", "search_orders")
def search_orders(visit: Visit) -> Response:
    given, wish = visit.request.args, visit.body()
    size, offset = given.get("page_size", 20, int), int(given.get("page_token") or 0)
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("36009004", "Invalid page_size.")
    column = {"update_time": "updated_at"}.get(given.get("sort_field", ""), "created_at")
    way = "ASC" if given.get("sort_order") == "ASC" else "DESC"
    sql = "SELECT * FROM orders WHERE floor = 'tiktok' AND account = ? AND updated_at >= ?"
    sql += f" ORDER BY {column} {way}, rowid LIMIT ? OFFSET ?"
    rows = visit.books.rows(sql, visit.account, wish.get("update_time_ge", 0), size + 1, offset)
    token = str(offset + size) if len(rows) > size else ""
    return answer({"orders": [view(row) for row in rows[:size]], "next_page_token": token})


@DOOR.call("GET", "/order/202507/orders", "get_orders")
def get_orders(visit: Visit) -> Response:
    numbers = [part for part in visit.request.args.get("ids", "").split(",") if part]
    if not 1 <= len(numbers) <= LARGEST_LIST:
        raise Refusal("36009004", "Invalid ids.")
    return answer({"orders": [view(order(visit, number)) for number in numbers]})


@DOOR.call("POST", "/fulfillment/202309/packages/<number>/ship", "ship_package")
def ship_package(visit: Visit) -> Response:
    row, wish = order(visit, visit.named["number"].removeprefix("1")), visit.body()
    if row["status"] == "AWAITING_COLLECTION":
        raise Refusal("11006021", "Package has been shipped.")
    if row["status"] != "AWAITING_SHIPMENT":
        raise Refusal("21011001", "The package status does not allow it to be shipped.")
    sent = sent_by_seller(row, wish) if row["body"].get("carriers") else {}
    if not sent and wish.get("handover_method") not in ("PICKUP", "DROP_OFF"):
        raise Refusal("11001002", "invalid param.")
    visit.books.change("orders", row["id"], status="AWAITING_COLLECTION", body=row["body"] | sent)
    return answer({})


@DOOR.call("GET", "/logistics/202309/delivery_options/<number>/shipping_providers", "shipping_providers")
def shipping_providers(visit: Visit) -> Response:
    return answer({"shipping_providers": carriers(order(visit, visit.named["number"].removeprefix("2")))})


@DOOR.call("POST", "/return_refund/202309/cancellations", "cancel_order")
def cancel_order(visit: Visit) -> Response:
    wish = visit.body()
    row = order(visit, str(wish.get("order_id")))
    if wish.get("cancel_reason") not in REASONS:
        raise Refusal(
            "25001014", "Unknown return reason. Please ensure you are passing a valid return reason."
        )
    if row["status"] == "CANCELLED":
        raise Refusal("25001051", "Not allowed to return or cancel since order is completed or cancelled")
    if row["status"] not in ("ON_HOLD", "AWAITING_SHIPMENT"):
        raise Refusal("25001045", "The order has already been shipped and we are unable to cancel shipment.")
    visit.books.change("orders", row["id"], status="CANCELLED")
    return answer({"cancel_id": f"4{row['id']}", "cancel_status": "CANCELLATION_REQUEST_SUCCESS"})


@DOOR.call("POST", "/return_refund/202309/cancellations/search", "search_cancellations")
def search_cancellations(visit: Visit) -> Response:
    rows = [order(visit, number) for number in visit.body().get("order_ids", [])]
    told = [
        {"cancel_id": f"4{row['id']}", "order_id": row["id"], "cancel_status": PENDING}
        for row in rows
        if asks(row)
    ]
    return answer({"total_count": len(told), "cancellations": told})


@DOOR.call("POST", "/return_refund/202309/cancellations/<number>/approve", "approve_cancellation")
def approve_cancellation(visit: Visit) -> Response:
    row = order(visit, visit.named["number"].removeprefix("4"))
    if not asks(row):
        raise Refusal("25001003", "There is no cancellation request to answer.")
    visit.books.change("orders", row["id"], status="CANCELLED")
    return answer({})


def asks(row: Row) -> bool:
    return row["body"].get("moved_to") == "cancel_asked" and row["status"] == WORDS["cancel_asked"]


def carriers(row: Row) -> list[dict[str, str]]:
    return [{"id": str(at), "name": name} for at, name in enumerate(row["body"].get("carriers") or [], 1)]


def sent_by_seller(row: Row, wish: Row) -> Row:
    """By whom, under which number."""
    told = wish.get("self_shipment") or {}
    known = {carrier["id"]: carrier["name"] for carrier in carriers(row)}
    if not told.get("tracking_number") or told.get("shipping_provider_id") not in known:
        raise Refusal("11001002", "invalid param.")
    return {"tracking": told["tracking_number"], "carrier": known[told["shipping_provider_id"]]}


def order(visit: Visit, number: str) -> Row:
    try:
        return visit.books.order("tiktok", visit.account, number)
    except LookupError:
        raise Refusal("11001002", "invalid param: no such order.") from None


def view(row: Row) -> dict[str, Any]:
    """One line for each piece, as TikTok Shop counts."""
    body, buyer = row["body"], row["body"]["buyer"]
    pieces = [line for line in body["lines"] for _ in range(line["quantity"])]
    return {
        "id": row["id"],
        "status": row["status"],
        "create_time": row["created_at"],
        "update_time": row["updated_at"],
        "paid_time": row["created_at"] if body["paid"] else None,
        "is_cod": not body["paid"],
        "shipping_type": "SELLER" if body.get("carriers") else "TIKTOK",
        "delivery_option_id": f"2{row['id']}",
        "warehouse_id": WAREHOUSE,
        "is_buyer_request_cancel": asks(row),
        "packages": [{"id": f"1{row['id']}"}],
        "payment": {"currency": "VND", "total_amount": str(body["total"]), "sub_total": str(body["total"])},
        "recipient_address": {
            "name": buyer["name"],
            "phone_number": buyer["phone"],
            "full_address": buyer["address"],
            "region_code": "VN",
        },
        "line_items": [
            {
                "id": f"{row['id']}{at}",
                "product_id": str(line["product_id"]),
                "product_name": line["title"],
                "seller_sku": line["sku"],
                "sale_price": str(line["price"]),
                "currency": "VND",
                "package_id": f"1{row['id']}",
            }
            for at, line in enumerate(pieces)
        ],
    }
