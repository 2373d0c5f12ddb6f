"""The hand on the sandbox: order faults, play the buyer and the courier, see what customers see."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.floors import settling, tokens
from sandbox.floors.books import Row
from sandbox.floors.door import say
from sandbox.floors.doors import KINDS
from sandbox.floors.house import House
from sandbox.floors.slips import slip

NOW = {"expire_tokens": tokens.expire, "revoke_tokens": tokens.revoke}
BUYER = {"name": "Khách Thử", "phone": "0900000099", "address": "Số 1, phố Thử, Hà Nội"}


class Wrong(Exception):
    """A wish that cannot be; the message says why."""


def answer(request: Request, house: House, path: str) -> Response:
    first, _, rest = path.partition("/")
    if request.method == "GET" and rest and (show := _FILES.get(first)):
        return show(house, rest)
    work = _WAYS.get((request.method, first))
    if work is None:
        return say({"error": "no such control"}, 404)
    read = request.get_json(force=True, silent=True) if request.get_data() else {}
    wish = {**request.args.to_dict(), **(read if isinstance(read, dict) else {})}
    try:
        return say(work(house, wish, rest), 201 if request.method == "POST" else 200)
    except (Wrong, ValueError, LookupError, KeyError, TypeError) as problem:
        return say({"error": str(problem)}, 400)


def show_picture(house: House, name: str) -> Response:
    kept = house.books.row("SELECT content FROM pictures WHERE id = ?", name)
    return Response(kept["content"], content_type="image/jpeg") if kept else Response("no such picture", 404)


def show_slip(house: House, number: str) -> Response:
    """Where TikTok Shop and Lazada say that the label of an order stands."""
    row = house.books.row("SELECT * FROM orders WHERE id = ?", number)
    return Response(slip(row), content_type="application/pdf") if row else Response("no such order", 404)


def open_accounts(house: House) -> None:
    """The standing tokens of the demo, on the first account of each floor."""
    for name, kind in KINDS.items():
        if kind.token_seconds:
            with suppress(sqlite3.IntegrityError):
                tokens.issue(house.books, name, kind.accounts[0], kind.token_seconds, f"sandbox-{name}")


def list_faults(house: House, wish: Row, _: str) -> Any:
    return {"faults": [asdict(fault) for fault in house.faults.list()]}


def add_fault(house: House, wish: Row, _: str) -> Any:
    """Those of tokens happen at once, the others wait for their call."""
    if (happen := NOW.get(str(wish.get("kind")))) is None:
        return asdict(house.faults.add(wish))
    floor, account = _account(wish)
    return {"kind": wish["kind"], "tokens": happen(house.books, floor, account)}


def clear_faults(house: House, wish: Row, _: str) -> Any:
    house.faults.clear()
    return {"faults": []}


def add_tokens(house: House, wish: Row, _: str) -> Any:
    """What a shop's owner gives by letting the partner in."""
    floor, account = _account(wish)
    seconds = int(wish.get("seconds", KINDS[floor].token_seconds))
    return tokens.issue(house.books, floor, account, seconds)


def set_pace(house: House, wish: Row, _: str) -> Any:
    pace = house.pace
    pace.change(float(wish.get("latency", pace.latency)), int(wish.get("qps", pace.qps)))
    return show_pace(house, wish, _)


def show_pace(house: House, wish: Row, _: str) -> Any:
    """The pace, and how many calls of each floor were let in or were too many since it was set."""
    pace = house.pace
    return {
        "latency": pace.latency,
        "qps": pace.qps,
        "let_in": dict(pace.let_in),
        "refused": dict(pace.refused),
    }


def review_product(house: House, wish: Row, number: str) -> Any:
    """The floor has looked at a product that it held back: `state` is its own word for the outcome."""
    row = house.books.row("SELECT * FROM products WHERE id = ?", number)
    if row is None:
        raise Wrong("no such product")
    body = row["body"] | wish.get("body", {})
    house.books.change("products", row["id"], state=wish.get("state", KINDS[row["floor"]].shown), body=body)
    return {"id": row["id"]}


def list_products(house: House, wish: Row, _: str) -> Any:
    """All that the floors hold; `shown` is what customers see, `pictures` are named in their order."""
    sql = "SELECT * FROM products WHERE floor = coalesce(?, floor) AND sku = coalesce(?, sku) ORDER BY id"
    rows = house.books.rows(sql, wish.get("floor"), wish.get("sku"))
    return {"products": [_product(house, row) for row in rows]}


def list_pictures(house: House, wish: Row, _: str) -> Any:
    sql = "SELECT id, floor, account, sha256, length(content) AS bytes, taken_at FROM pictures"
    sql += " WHERE floor = coalesce(?, floor) AND sha256 = coalesce(?, sha256)"
    return {"pictures": house.books.rows(sql, wish.get("floor"), wish.get("sha256"))}


def list_orders(house: House, wish: Row, _: str) -> Any:
    sql = "SELECT * FROM orders WHERE floor = coalesce(?, floor) AND id = coalesce(?, id) ORDER BY rowid"
    return {"orders": house.books.rows(sql, wish.get("floor"), wish.get("id"))}


def add_order(house: House, wish: Row, number: str) -> Any:
    """A buyer orders `lines` of `{sku, quantity}`; with a number, the order moves to `status`. Where `carriers` are
    named the seller sends it himself, by one of them (TikTok Shop)."""
    if number:
        return _move(house, wish, number)
    floor, account = _account(wish)
    lines = [_line(house, floor, account, line) for line in wish["lines"]]
    body = {
        "lines": lines,
        "total": sum(line["quantity"] * line["price"] for line in lines),
        "buyer": {**BUYER, **wish.get("buyer", {})},
        "paid": bool(wish.get("paid", True)),
        "carriers": wish.get("carriers"),
        "tracking": None,
    }
    kind = KINDS[floor]
    for line in lines:
        product = house.books.product(floor, account, line["product_id"])
        left = max(0, product["stock"] - line["quantity"])
        house.books.change("products", product["id"], stock=left, body=kind.with_stock(product["body"], left))
    row = {
        "id": kind.new_number(),
        "floor": floor,
        "account": account,
        "status": kind.words["new"],
        "body": body,
    }
    now = house.books.rows("SELECT unixepoch() AS now")[0]["now"]
    house.books.insert("orders", row | {"created_at": now, "updated_at": now})
    return {"id": row["id"], "status": row["status"], "total": body["total"]}


def set_pushes(house: House, wish: Row, _: str) -> Any:
    """Enter the address below which each floor has its own for pushes; none, where it is empty."""
    house.pushes.place = str(wish.get("url") or "").rstrip("/") or None
    return list_pushes(house, wish, _)


def list_pushes(house: House, wish: Row, _: str) -> Any:
    """Where pushes go to, and what was sent and answered."""
    return {"url": house.pushes.place, "sent": list(house.pushes.sent)}


def list_settlements(house: House, wish: Row, _: str) -> Any:
    """What was paid out and taken back, the first first."""
    sql = "SELECT * FROM settlements WHERE floor = coalesce(?, floor) AND order_id = coalesce(?, order_id)"
    return {"settlements": house.books.rows(f"{sql} ORDER BY id", wish.get("floor"), wish.get("order"))}


def add_settlement(house: House, wish: Row, _: str) -> Any:
    """Pay an `order` out at once, with what else is told in the place of what would be right; with `refund`, take
    that back of it. Without an order: all that were delivered."""
    if "order" not in wish:
        paying = {name: kind.paid_after for name, kind in KINDS.items() if kind.paid_after}
        return {"settled": sum(settling.settle_due(house.books, *one, 0) for one in paying.items())}
    order = house.books.row("SELECT * FROM orders WHERE id = ?", wish.pop("order"))
    if order is None or not KINDS[order["floor"]].paid_after:
        raise Wrong("no such order")
    if "currency" in wish:
        house.books.change("orders", order["id"], body=order["body"] | {"currency": wish["currency"]})
    if "refund" in wish:
        return {"id": settling.take_back(house.books, order, int(wish.pop("refund")), **wish)}
    return {"id": settling.settle(house.books, order, **wish)}


def change_settlement(house: House, wish: Row, number: str) -> Any:
    """A floor pays it (`paid`), or tells something else of it."""
    row = house.books.row("SELECT * FROM settlements WHERE id = ?", number)
    if row is None:
        raise Wrong("no such settlement")
    house.books.run("UPDATE settlements SET body = ? WHERE id = ?", json.dumps(row["body"] | wish), row["id"])
    return {"id": row["id"]}


def settle(house: House, wish: Row, number: str) -> Any:
    return change_settlement(house, wish, number) if number else add_settlement(house, wish, number)


def list_categories(house: House, wish: Row, _: str) -> Any:
    """Those that are closed."""
    return {"closed": [{"floor": floor, "id": number} for floor, number in sorted(house.closed)]}


def close_category(house: House, wish: Row, number: str) -> Any:
    """A floor closes one of its categories, or opens it again (`"closed": false`)."""
    key = (_account(wish)[0], int(number))
    if wish.get("closed", True):
        house.closed.add(key)
    else:
        house.closed.discard(key)
    return list_categories(house, wish, "")


def _move(house: House, wish: Row, number: str) -> Any:
    row = house.books.row("SELECT * FROM orders WHERE id = ?", number)
    if row is None:
        raise Wrong("no such order")
    status = KINDS[row["floor"]].words[wish["status"]]
    house.books.change("orders", number, status=status, body=row["body"] | {"moved_to": wish["status"]})
    return {"id": number, "status": status}


def _line(house: House, floor: str, account: str, line: Row) -> Row:
    kind = KINDS[floor]
    rows = house.books.products(floor, account, line["sku"])
    row = next((row for row in rows if row["state"] == kind.shown), None)
    quantity = line.get("quantity", 1)
    if row is None or row["stock"] < quantity:
        raise Wrong(f"{line['sku']} is not for sale in that quantity")
    return {
        "sku": row["sku"],
        "product_id": row["id"],
        "title": row["title"],
        "price": row["price"],
        "quantity": quantity,
    }


def _product(house: House, row: Row) -> Row:
    kind = KINDS[row["floor"]]
    return {
        **{name: row[name] for name in ("floor", "account", "id", "sku", "title", "price", "stock", "state")},
        "description": kind.described(row),
        "shown": row["state"] == kind.shown,
        "pictures": kind.pictures(row),
    }


def _account(wish: Row) -> tuple[str, str]:
    floor = str(wish.get("floor"))
    if floor not in KINDS:
        raise Wrong("floor: one of " + ", ".join(KINDS))
    account = str(wish.get("account", KINDS[floor].accounts[0]))
    if account not in KINDS[floor].accounts:
        raise Wrong("account: one of " + ", ".join(KINDS[floor].accounts))
    return floor, account


_FILES = {"pictures": show_picture, "slips": show_slip}
_WAYS: dict[tuple[str, str], Callable[[House, Row, str], Any]] = {
    ("GET", "faults"): list_faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults,
    ("POST", "tokens"): add_tokens,
    ("POST", "pace"): set_pace,
    ("GET", "pace"): show_pace,
    ("GET", "products"): list_products,
    ("POST", "products"): review_product,
    ("GET", "pictures"): list_pictures,
    ("GET", "orders"): list_orders,
    ("POST", "orders"): add_order,
    ("GET", "categories"): list_categories,
    ("POST", "categories"): close_category,
    ("GET", "pushes"): list_pushes,
    ("POST", "pushes"): set_pushes,
    ("GET", "settlements"): list_settlements,
    ("POST", "settlements"): settle,
}
