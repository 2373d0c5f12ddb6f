"""Orders: listed, packed, made ready to ship, called off."""

import json
import secrets
from datetime import datetime, timedelta, timezone
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.lazada.door import DOOR, answer, parameters
from sandbox.floors.slips import ship_by, tracking_number

WORDS = {
    "new": "pending",
    "confirmed": "packed",
    "shipped": "shipped",
    "delivered": "delivered",
    "cancelled": "canceled",
    "returned": "returned",
    "cancel_asked": "pending",
}
VIETNAM = timezone(timedelta(hours=7))
LARGEST_PAGE, LARGEST_LIST = 100, 50
OUT_OF_STOCK = "10000021"


def new_number() -> str:
    return str(4 * 10**14 + secrets.randbelow(10**14))


@DOOR.call("GET", "/orders/get", "get_orders")
def get_orders(visit: Visit) -> Response:
    given = parameters(visit)
    if not given.get("update_after") and not given.get("created_after"):
        raise Refusal("1", "E001: Parameter created_after or update_after is mandatory")
    size, offset = int(given.get("limit", "100")), int(given.get("offset", "0"))
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("19", 'E019: "%s" Invalid Limit')
    column = "updated_at" if given.get("sort_by") == "updated_at" else "created_at"
    way = "ASC" if given.get("sort_direction") == "ASC" else "DESC"
    sql = "SELECT * FROM orders WHERE floor = 'lazada' AND account = ? AND updated_at >= ?"
    sql += f" ORDER BY {column} {way}, rowid LIMIT ? OFFSET ?"
    rows = visit.books.rows(sql, visit.account, moment(given["update_after"]), size, offset)
    return answer({"count": len(rows), "countTotal": len(rows), "orders": [view(row) for row in rows]})


@DOOR.call("GET", "/order/get", "get_order")
def get_order(visit: Visit) -> Response:
    return answer(view(order(visit, parameters(visit).get("order_id", ""))))


@DOOR.call("GET", "/orders/items/get", "get_items")
def get_items(visit: Visit) -> Response:
    numbers = json.loads(parameters(visit).get("order_ids", "[]"))
    if not 1 <= len(numbers) <= LARGEST_LIST:
        raise Refusal("38", "E038: Too many orders were requested")
    rows = [order(visit, str(number)) for number in numbers]
    return answer(
        [
            {"order_id": int(row["id"]), "order_number": int(row["id"]), "order_items": items(row)}
            for row in rows
        ]
    )


@DOOR.call("POST", "/order/shipment/providers/get", "shipment_providers")
def shipment_providers(visit: Visit) -> Response:
    wished(visit, "getShipmentProvidersReq")
    data = {"platform_default": 1, "shipment_providers": [], "shipping_allocate_type": "TFS"}
    return answer(result={"success": True, "data": data})


@DOOR.call("POST", "/order/fulfill/pack", "pack")
def pack(visit: Visit) -> Response:
    """What was packed already answers as packed; what cannot be packed says so beside its item."""
    wish = wished(visit, "packReq")
    if wish.get("delivery_type") != "dropship" or wish.get("shipping_allocate_type") not in ("TFS", "NTFS"):
        return answer(result={"success": False, "error_code": "20008", "error_msg": "PARAM_ILLEGAL"})
    packed = [packed_order(visit, one) for one in wish["pack_order_list"]]
    return answer(result={"success": True, "data": {"pack_order_list": packed}})


@DOOR.call("POST", "/order/package/rts", "ready_to_ship")
def ready_to_ship(visit: Visit) -> Response:
    told = []
    for package in wished(visit, "readyToShipReq")["packages"]:
        row = order(visit, package["package_id"].removeprefix("FP"))
        good = row["status"] in ("packed", "ready_to_ship")
        if good:
            visit.books.change("orders", row["id"], status="ready_to_ship")
        code, said = ("0", "success") if good else ("600002", f"package is {row['status']}")
        told.append({"package_id": package["package_id"], "item_err_code": code, "msg": said, "retry": False})
    return answer(result={"success": True, "data": {"packages": told}})


@DOOR.call("POST", "/order/package/document/get", "print_label")
def print_label(visit: Visit) -> Response:
    wish = wished(visit, "getDocumentReq")
    if wish.get("doc_type") not in ("PDF", "HTML") or not wish.get("packages"):
        return answer(result={"success": False, "error_code": "20008", "error_msg": "PARAM_ILLEGAL"})
    row = order(visit, wish["packages"][0]["package_id"].removeprefix("FP"))
    if row["status"] not in ("packed", "ready_to_ship", "shipped"):
        return answer(result={"success": False, "error_code": "20011", "error_msg": "package not found"})
    place = f"{visit.request.host_url}sandbox/slips/{row['id']}"
    return answer(result={"success": True, "data": {"doc_type": "PDF", "pdf_url": place, "file": ""}})


@DOOR.call("GET", "/order/reverse/cancel/validate", "cancel_validate")
def cancel_validate(visit: Visit) -> Response:
    cancellable(visit)
    options = [
        {"reason_id": "10000013", "reason_name": "Sourcing Delay"},
        {"reason_id": OUT_OF_STOCK, "reason_name": "Out of Stock"},
    ]
    return answer({"tip_type": "warn", "tip_content": "stock will be set as 0", "reason_options": options})


@DOOR.call("GET", "/order/reverse/cancel/create", "cancel")
def cancel(visit: Visit) -> Response:
    row = cancellable(visit)
    if not parameters(visit).get("reason_id"):
        raise Refusal("104", "E0104: reason is empty or invalid")
    visit.books.change("orders", row["id"], status="canceled")
    return answer({"tip_type": "warn", "tip_content": "stock will be set as 0"})


@DOOR.call("GET", "/order/reverse/cancel/seller/decide", "decide_cancellation")
def decide_cancellation(visit: Visit) -> Response:
    """What the seller answers to a buyer's wish."""
    given = parameters(visit)
    row = order(visit, given.get("reverse_order_id", "").removeprefix("7"))
    if not asks(row):
        raise Refusal("131", "E0131: no decision for this reverse order")
    agrees = given.get("agree_cancel") == "true"
    body = row["body"] | {"moved_to": "cancelled" if agrees else "new"}
    visit.books.change("orders", row["id"], status="canceled" if agrees else row["status"], body=body)
    return answer(None)


def asks(row: Row) -> bool:
    return row["body"].get("moved_to") == "cancel_asked" and row["status"] == WORDS["cancel_asked"]


def cancellable(visit: Visit) -> Row:
    row = order(visit, parameters(visit).get("order_id", ""))
    if row["status"] not in ("unpaid", "pending", "packed", "ready_to_ship"):
        raise Refusal("122", f"E0122: invalid trade order, it is {row['status']}")
    return row


def packed_order(visit: Visit, wish: dict[str, Any]) -> dict[str, Any]:
    row = order(visit, str(wish["order_id"]))
    good = row["status"] in ("pending", "packed")
    if good:
        visit.books.change("orders", row["id"], status="packed")
    told = [
        {
            "order_item_id": item,
            "item_err_code": "0" if good else "20009",
            "msg": "success" if good else f"ITEM_NOT_READY_TO_FULFILL: {row['status']}",
            "tracking_number": tracking_number(row),
            "package_id": f"FP{row['id']}",
            "retry": False,
        }
        for item in wish["order_item_list"]
    ]
    return {"order_id": int(row["id"]), "order_item_list": told}


def wished(visit: Visit, name: str) -> dict[str, Any]:
    try:
        return dict(json.loads(parameters(visit)[name]))
    except (ValueError, KeyError, TypeError):
        raise Refusal("1", f"E001: Parameter {name} is mandatory") from None


def order(visit: Visit, number: str) -> Row:
    try:
        return visit.books.order("lazada", visit.account, number)
    except LookupError:
        raise Refusal("16", f'E016: "{number}" Invalid Order ID') from None


def moment(given: str) -> int:
    try:
        return int(datetime.fromisoformat(given).timestamp())
    except ValueError:
        raise Refusal("17", f'E017: "{given}" Invalid Date Format') from None


def told_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, VIETNAM).strftime("%Y-%m-%d %H:%M:%S %z")


def view(row: Row) -> dict[str, Any]:
    body, buyer = row["body"], row["body"]["buyer"]
    address = {
        "first_name": buyer["name"],
        "last_name": "",
        "phone": buyer["phone"],
        "address1": buyer["address"],
        "country": "Vietnam",
    }
    return {
        "order_id": int(row["id"]),
        "order_number": int(row["id"]),
        "created_at": told_time(row["created_at"]),
        "updated_at": told_time(row["updated_at"]),
        "price": f"{body['total']}.00",
        "shipping_fee": "0.00",
        "voucher": "0.00",
        "payment_method": "MIXEDCARD" if body["paid"] else "COD",
        "statuses": [row["status"]],
        "items_count": sum(line["quantity"] for line in body["lines"]),
        "address_shipping": address,
        "address_billing": address,
    }


def items(row: Row) -> list[dict[str, Any]]:
    """One for each piece, as Lazada counts."""
    pieces = [line for line in row["body"]["lines"] for _ in range(line["quantity"])]
    packed = row["status"] not in ("unpaid", "pending")
    return [
        {
            "order_item_id": int(f"{row['id']}{at:02}"),
            "order_id": int(row["id"]),
            "sku": line["sku"],
            "product_id": str(line["product_id"]),
            "name": line["title"],
            "item_price": line["price"],
            "paid_price": line["price"],
            "currency": "VND",
            "status": row["status"],
            "need_cancel_confirm": asks(row),
            "reverse_order_id": int(f"7{row['id']}") if asks(row) else None,
            "package_id": f"FP{row['id']}" if packed else "",
            "tracking_code": tracking_number(row) if packed else "",
            "sla_time_stamp": datetime.fromtimestamp(ship_by(row), VIETNAM).isoformat(),
        }
        for at, line in enumerate(pieces, 1)
    ]
