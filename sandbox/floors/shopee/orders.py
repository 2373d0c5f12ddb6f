"""Orders: `/api/v2/order/…`, and their shipment."""

import secrets
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit, say
from sandbox.floors.shopee.door import DOOR, answer
from sandbox.floors.slips import ship_by, slip, tracking_number

WORDS = {
    "new": "READY_TO_SHIP",
    "confirmed": "PROCESSED",
    "shipped": "SHIPPED",
    "delivered": "COMPLETED",
    "cancelled": "CANCELLED",
    "cancel_asked": "IN_CANCEL",
}
ARRANGED = ("PROCESSED", "SHIPPED")
LONGEST_SECONDS = 15 * 24 * 3600
LARGEST_PAGE, LARGEST_LIST = 100, 50
REASONS = ("OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED")
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ0123456789"


def new_number() -> str:
    return f"{datetime.now(UTC):%y%m%d}" + "".join(secrets.choice(LETTERS) for _ in range(8))


@DOOR.call("GET", "/api/v2/order/get_order_list", "get_order_list")
def get_order_list(visit: Visit) -> Response:
    given = visit.request.args
    column = {"create_time": "created_at", "update_time": "updated_at"}.get(given.get("time_range_field", ""))
    since, until = given.get("time_from", -1, int), given.get("time_to", -1, int)
    size, offset = given.get("page_size", 0, int), int(given.get("cursor") or 0)
    if column is None or not 1 <= size <= LARGEST_PAGE:
        raise Refusal("error_param", "Wrong parameters, detail: time_range_field or page_size.")
    if not 0 <= until - since <= LONGEST_SECONDS or since < 0:
        raise Refusal("error_param", "Start time must be earlier than end time and diff in 15days.")
    sql = "SELECT * FROM orders WHERE floor = 'shopee' AND account = ?"
    sql += f" AND {column} BETWEEN ? AND ? ORDER BY {column} DESC, rowid DESC LIMIT ? OFFSET ?"
    rows = visit.books.rows(sql, visit.account, since, until, size + 1, offset)
    more = len(rows) > size
    listed = [{"order_sn": row["id"], "order_status": row["status"]} for row in rows[:size]]
    return answer({"more": more, "next_cursor": str(offset + size) if more else "", "order_list": listed})


@DOOR.call("GET", "/api/v2/order/get_order_detail", "get_order_detail")
def get_order_detail(visit: Visit) -> Response:
    numbers = [part for part in visit.request.args.get("order_sn_list", "").split(",") if part]
    if not 1 <= len(numbers) <= LARGEST_LIST:
        raise Refusal("error_param", "Wrong parameters, detail: order_sn_list.")
    fields = visit.request.args.get("response_optional_fields", "").split(",")
    return answer({"order_list": [order_view(order(visit, number), fields) for number in numbers]})


@DOOR.call("GET", "/api/v2/logistics/get_shipping_parameter", "get_shipping_parameter")
def get_shipping_parameter(visit: Visit) -> Response:
    ready(order(visit, visit.request.args.get("order_sn", "")))
    return answer({"info_needed": {"dropoff": []}, "dropoff": {"branch_list": []}})


@DOOR.call("POST", "/api/v2/logistics/ship_order", "ship_order")
def ship_order(visit: Visit) -> Response:
    wish = visit.body()
    row = order(visit, wish.get("order_sn", ""))
    ready(row)
    ways = [name for name in ("pickup", "dropoff", "non_integrated") if name in wish]
    if ways != ["dropoff"]:
        message = "This order does not support ship with " + (" ".join(ways) or "nothing") + "."
        raise Refusal("logistics.ship_order_unsupport_pickup", message)
    visit.books.change("orders", row["id"], status="PROCESSED")
    return answer(None)


@DOOR.call("GET", "/api/v2/logistics/get_tracking_number", "get_tracking_number")
def get_tracking_number(visit: Visit) -> Response:
    """Empty until the carrier has given it."""
    row = order(visit, visit.request.args.get("order_sn", ""))
    known = row["status"] in ARRANGED and not visit.happens("still_printing")
    return answer({"tracking_number": tracking_number(row) if known else "", "hint": ""})


@DOOR.call("POST", "/api/v2/logistics/create_shipping_document", "create_shipping_document")
def create_shipping_document(visit: Visit) -> Response:
    wish, row = only_parcel(visit)
    if row["status"] not in ARRANGED:
        return failed(row, "logistics.package_can_not_print", "The package can not print now.")
    if wish.get("tracking_number") != tracking_number(row):
        return failed(row, "logistics.tracking_number_invalid", "The tracking number is invalid.")
    visit.books.change("orders", row["id"], body=row["body"] | {"printed": True})
    return answer({"result_list": [{"order_sn": row["id"]}]})


@DOOR.call("POST", "/api/v2/logistics/get_shipping_document_result", "get_shipping_document_result")
def get_shipping_document_result(visit: Visit) -> Response:
    _, row = only_parcel(visit)
    must_be_made(row)
    status = "PROCESSING" if visit.happens("still_printing") else "READY"
    return answer({"result_list": [{"order_sn": row["id"], "status": status}]})


@DOOR.call("POST", "/api/v2/logistics/download_shipping_document", "download_shipping_document")
def download_shipping_document(visit: Visit) -> Response:
    _, row = only_parcel(visit)
    must_be_made(row)
    return Response(slip(row), content_type="application/pdf")


def only_parcel(visit: Visit) -> tuple[Row, Row]:
    """What is wished of one order, and that order."""
    parcels = visit.body().get("order_list") or []
    if len(parcels) != 1:
        raise Refusal("error_param", "Wrong parameters, detail: order_list.")
    return parcels[0], order(visit, parcels[0].get("order_sn", ""))


def must_be_made(row: Row) -> None:
    if not row["body"].get("printed"):
        said = "The package can not print now, please create shipping document first."
        raise Refusal("logistics.shipping_document_should_print_first", said)


def failed(row: Row, code: str, message: str) -> Response:
    """All of the batch: each says why."""
    result = {"order_sn": row["id"], "fail_error": code, "fail_message": message}
    form = {"error": "common.batch_api_all_failed", "response": {"result_list": [result]}}
    return say({"message": "Failed, please check result_list for more details.", **form})


@DOOR.call("POST", "/api/v2/order/cancel_order", "cancel_order")
def cancel_order(visit: Visit) -> Response:
    wish = visit.body()
    row = order(visit, wish.get("order_sn", ""))
    if wish.get("cancel_reason") not in REASONS:
        raise Refusal("error_param", "Wrong parameters, detail: cancel_reason.")
    if wish["cancel_reason"] == "OUT_OF_STOCK" and not wish.get("item_list"):
        raise Refusal("error_param", "Wrong parameters, detail: item_list.")
    if row["status"] not in ("UNPAID", "READY_TO_SHIP", "PROCESSED"):
        raise Refusal("order.error_limit", "Can not cancel this order.")
    visit.books.change("orders", row["id"], status="CANCELLED")
    return answer({"update_time": row["updated_at"]})


@DOOR.call("POST", "/api/v2/order/handle_buyer_cancellation", "handle_buyer_cancellation")
def handle_buyer_cancellation(visit: Visit) -> Response:
    wish = visit.body()
    row = order(visit, wish.get("order_sn", ""))
    after = {"ACCEPT": "CANCELLED", "REJECT": "READY_TO_SHIP"}.get(wish.get("operation", ""))
    if after is None or row["status"] != WORDS["cancel_asked"]:
        raise Refusal("error_param", "Wrong parameters, detail: operation or order_sn.")
    visit.books.change("orders", row["id"], status=after)
    return answer({"update_time": row["updated_at"]})


def ready(row: Row) -> None:
    if row["status"] != "READY_TO_SHIP":
        raise Refusal("logistics.ship_order_not_ready_to_ship", "The order is not ready to ship.")


def order(visit: Visit, number: str) -> Row:
    try:
        return visit.books.order("shopee", visit.account, number)
    except LookupError:
        raise Refusal("error_not_found", "Wrong parameters, detail: the order is not found.") from None


def order_view(row: Row, fields: list[str]) -> dict[str, Any]:
    """Only what is asked for beyond the few fields that always come."""
    body = row["body"]
    buyer = body["buyer"]
    always = {
        "order_sn": row["id"],
        "region": "VN",
        "currency": body.get("currency", "VND"),
        "cod": not body["paid"],
        "order_status": row["status"],
        "create_time": row["created_at"],
        "ship_by_date": ship_by(row),
        "update_time": row["updated_at"],
    }
    asked = {
        "total_amount": body["total"],
        "pay_time": row["created_at"] if body["paid"] else None,
        "recipient_address": {
            "name": buyer["name"],
            "phone": buyer["phone"],
            "full_address": buyer["address"],
            "region": "VN",
        },
        "item_list": [
            {
                "item_id": line["product_id"],
                "item_name": line["title"],
                "item_sku": line["sku"],
                "model_id": 0,
                "model_sku": "",
                "model_quantity_purchased": line["quantity"],
                "model_original_price": line["price"],
                "model_discounted_price": line["price"],
            }
            for line in body["lines"]
        ],
    }
    return always | {name: value for name, value in asked.items() if name in fields}
