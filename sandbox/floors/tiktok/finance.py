"""What the shop is paid: statements and their transactions. Here every settlement has a statement of its own; the real
ones hold a day."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.settling import ORDER, settled
from sandbox.floors.tiktok.door import DOOR, answer
from sandbox.floors.tiktok.orders import LARGEST_PAGE, WORDS

DEFAULT_PAGE = 20
DELIVERED = WORDS["delivered"]


@DOOR.call("GET", "/finance/202309/statements", "get_statements")
def get_statements(visit: Visit) -> Response:
    given = visit.request.args
    if given.get("sort_field") != "statement_time":
        raise Refusal("36009004", "Invalid sort_field.", 400)
    since = given.get("statement_time_ge", 0, int)
    rows = settled(visit, DELIVERED, " AND settled_at >= ?", since)
    if status := given.get("payment_status"):
        rows = [row for row in rows if payment_status(row) == status]
    page, token = paged(visit, rows[::-1] if given.get("sort_order") == "DESC" else rows)
    return answer({"statements": [statement_view(row) for row in page], "next_page_token": token})


@DOOR.call("GET", "/finance/202501/statements/<number>/statement_transactions", "statement_transactions")
def statement_transactions(visit: Visit) -> Response:
    if visit.request.args.get("sort_field") != "order_create_time":
        raise Refusal("36009004", "Invalid sort_field.", 400)
    rows = [row for row in settled(visit, DELIVERED) if number_of(row) == visit.named["number"]]
    if not rows:
        raise Refusal("36009004", "Invalid statement_id.", 400)
    page, token = paged(visit, rows)
    return answer(
        {
            "id": number_of(rows[0]),
            "create_time": rows[0]["settled_at"],
            "status": "SETTLED",
            "currency": rows[0]["body"]["currency"],
            "total_settlement_amount": str(rows[0]["body"]["net"]),
            "total_count": len(rows),
            "transactions": [transaction_view(row) for row in page],
            "next_page_token": token,
        }
    )


def paged(visit: Visit, rows: list[Row]) -> tuple[list[Row], str]:
    given = visit.request.args
    size, offset = given.get("page_size", DEFAULT_PAGE, int), int(given.get("page_token") or 0)
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("36009004", "Invalid page_size.", 400)
    return rows[offset : offset + size], str(offset + size) if len(rows) > offset + size else ""


def number_of(row: Row) -> str:
    return f"72388{row['id']:014d}"


def payment_status(row: Row) -> str:
    return "PAID" if row["body"]["paid"] else "PROCESSING"


def statement_view(row: Row) -> dict[str, Any]:
    body = row["body"]
    return {
        "id": number_of(row),
        "statement_time": row["settled_at"],
        "settlement_amount": str(body["net"]),
        "currency": body["currency"],
        "revenue_amount": str(body["gross"]),
        "fee_amount": str(-body["fees"] - body["vat"] - body["pit"]),
        "adjustment_amount": "0",
        "payment_status": payment_status(row),
        "payment_id": f"34592{row['id']:014d}" if body["paid"] else "",
        "payment_time": row["settled_at"] if body["paid"] else None,
    }


def transaction_view(row: Row) -> dict[str, Any]:
    """What is taken off stands with a minus; an adjustment names its order in a field of its own."""
    body, sold = row["body"], row["kind"] == ORDER
    charged = -body["fees"] - body["vat"] - body["pit"]
    about = (
        {"type": "ORDER", "order_id": row["order_id"]}
        if sold
        else {
            "type": "LOGISTICS_REIMBURSEMENT" if body["net"] > 0 else "OTHER_ADJUSTMENT",
            "adjustment_id": f"73{row['id']:016d}",
            "adjustment_order_id": row["order_id"],
        }
    )
    return {
        "id": f"16367{row['id']:014d}",
        **about,
        "settlement_amount": str(body["net"]),
        "revenue_amount": str(body["gross"]) if sold else "0",
        "adjustment_amount": "0" if sold else str(body["gross"]),
        "shipping_cost_amount": "0",
        "fee_tax_amount": str(charged),
        "fee_tax_breakdown": {
            "fee": {"platform_commission_amount": str(-body["fees"])},
            "tax": {"local_vat_amount": str(-body["vat"]), "pit_amount": str(-body["pit"])},
        },
    }
