"""Orders, and the notes on them."""

import secrets
from datetime import UTC, datetime
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit, say
from sandbox.floors.woocommerce.door import ACCOUNT, API, DOOR, wrong
from sandbox.floors.woocommerce.goods import gmt

WORDS = {
    "new": "processing",
    "confirmed": "processing",
    "shipped": "completed",
    "delivered": "completed",
    "cancelled": "cancelled",
}
STATUSES = ("pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed")


def new_number() -> str:
    return str(1_000 + secrets.randbelow(10**9))


@DOOR.call("GET", f"{API}/orders", "list_orders")
def list_orders(visit: Visit) -> Response:
    given = visit.request.args
    size, page = given.get("per_page", 10, int), given.get("page", 1, int)
    if not 1 <= size <= 100:
        raise wrong("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
    if given.get("orderby", "date") not in ("date", "modified"):
        raise wrong("orderby", "orderby is not one of date, modified.")
    column = "updated_at" if given.get("orderby") == "modified" else "created_at"
    way = "ASC" if given.get("order") == "asc" else "DESC"
    sql = "SELECT * FROM orders WHERE floor = 'woocommerce' AND updated_at > ?"
    sql += f" ORDER BY {column} {way}, rowid LIMIT ? OFFSET ?"
    rows = visit.books.rows(sql, modified_after(given.get("modified_after")), size, (page - 1) * size)
    return say([view(row) for row in rows])


@DOOR.call("GET", f"{API}/orders/<number>", "get_order")
def get_order(visit: Visit) -> Response:
    return say(view(order(visit)))


@DOOR.call("PUT", f"{API}/orders/<number>", "update_order")
def update_order(visit: Visit) -> Response:
    row, wish = order(visit), visit.body()
    status = wish.get("status", row["status"])
    if status not in STATUSES:
        raise wrong("status", "status is not one of the shop's.")
    body = row["body"]
    meta = {one["key"]: one["value"] for one in body.get("meta_data", [])}
    meta |= {one["key"]: one["value"] for one in wish.get("meta_data", [])}
    body["meta_data"] = [{"id": at, "key": key, "value": meta[key]} for at, key in enumerate(meta, 1)]
    visit.books.change("orders", row["id"], status=status, body=body)
    return say(view(order(visit)))


@DOOR.call("POST", f"{API}/orders/<number>/notes", "add_note")
def add_note(visit: Visit) -> Response:
    row, wish = order(visit), visit.body()
    if not wish.get("note"):
        raise Refusal("rest_missing_callback_param", "Missing parameter(s): note", 400, params=["note"])
    notes = [*row["body"].get("notes", []), wish["note"]]
    visit.books.change("orders", row["id"], body=row["body"] | {"notes": notes})
    return say(
        {"id": len(notes), "note": wish["note"], "customer_note": bool(wish.get("customer_note"))}, 201
    )


def modified_after(given: str | None) -> int:
    if given is None:
        return -1
    try:
        return int(datetime.fromisoformat(given.rstrip("Z")).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise wrong("modified_after", "Invalid date.") from None


def order(visit: Visit) -> Row:
    try:
        return visit.books.order("woocommerce", ACCOUNT, visit.named["number"])
    except LookupError:
        raise Refusal("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404) from None


def view(row: Row) -> dict[str, Any]:
    body, buyer = row["body"], row["body"]["buyer"]
    return {
        "id": int(row["id"]),
        "number": row["id"],
        "status": row["status"],
        "currency": "VND",
        "date_created_gmt": gmt(row["created_at"]),
        "date_modified_gmt": gmt(row["updated_at"]),
        "date_paid_gmt": gmt(row["created_at"]) if body["paid"] else None,
        "total": str(body["total"]),
        "billing": {"first_name": buyer["name"], "last_name": "", "phone": buyer["phone"]},
        "shipping": {"first_name": buyer["name"], "last_name": "", "address_1": buyer["address"], "city": ""},
        "meta_data": body.get("meta_data", []),
        "line_items": [
            {
                "id": at,
                "name": line["title"],
                "product_id": line["product_id"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "price": line["price"],
                "total": str(line["price"] * line["quantity"]),
            }
            for at, line in enumerate(body["lines"], 1)
        ],
    }
