"""What a floor pays out for a delivered order, a while after that, and what it takes back later."""

import time
from typing import Any

from sandbox.floors.books import Books, Row
from sandbox.floors.door import Visit

FEE_PERCENT = 5
"""The sandbox's own. The taxes are those of Decree 117/2025 on goods: VAT 1 %, income tax 0.5 %."""
ORDER, ADJUSTMENT = "order", "adjustment"


def settled(visit: Visit, delivered: str, where: str = "", *values: Any) -> list[Row]:
    """The account's settlements in their order, after those that have fallen due; `delivered` is the floor's word."""
    settle_due(visit.books, visit.floor, delivered, visit.house.settle_after)
    sql = "SELECT * FROM settlements WHERE floor = ? AND account = ?" + where
    return visit.books.rows(f"{sql} ORDER BY settled_at, id", visit.floor, visit.account, *values)


def settle_due(books: Books, floor: str, delivered: str, after: float) -> int:
    """Settle every order that was delivered `after` seconds ago; how many."""
    sql = "SELECT * FROM orders WHERE floor = ? AND status = ? AND updated_at <= ? AND NOT EXISTS"
    sql += " (SELECT 1 FROM settlements WHERE order_id = orders.id AND kind = 'order')"
    due = books.rows(sql, floor, delivered, int(time.time() - after))
    for order in due:
        settle(books, order, settled_at=order["updated_at"] + int(after))
    return len(due)


def settle(books: Books, order: Row, settled_at: int | None = None, **told: Any) -> int:
    """Pay an order out. What is `told` stands in the place of what would be right: `gross`, `fees`, `vat`, `pit`,
    `net`, `currency`, `paid`."""
    gross = int(told.get("gross", order["body"]["total"]))
    right = {"gross": gross, "fees": gross * FEE_PERCENT // 100, "vat": gross // 100, "pit": gross // 200}
    return _enter(books, order, ORDER, right, settled_at, told)


def take_back(books: Books, order: Row, refund: int, **told: Any) -> int:
    """A buyer was given back `refund` after the order was settled; the taxes on it are given back too."""
    right = {"gross": -refund, "fees": 0, "vat": -(refund // 100), "pit": -(refund // 200)}
    return _enter(books, order, ADJUSTMENT, right, None, told)


def _enter(
    books: Books, order: Row, kind: str, right: dict[str, int], at: int | None, told: dict[str, Any]
) -> int:
    body: dict[str, Any] = right | {"currency": "VND", "paid": True} | told
    body.setdefault("net", body["gross"] - body["fees"] - body["vat"] - body["pit"])
    row = {"floor": order["floor"], "account": order["account"], "order_id": order["id"]}
    return books.insert(
        "settlements", row | {"kind": kind, "body": body, "settled_at": at or int(time.time())}
    )
