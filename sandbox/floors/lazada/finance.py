"""What the seller is paid: the lines of its statements, and the statements."""

from datetime import date, datetime, timedelta
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.lazada.door import DOOR, answer, parameters
from sandbox.floors.lazada.orders import VIETNAM, WORDS, told_time
from sandbox.floors.settling import ORDER, settled

LARGEST_PAGE, LONGEST = 500, timedelta(days=180)
DELIVERED = WORDS["delivered"]


@DOOR.call("GET", "/finance/transaction/details/get", "transaction_details")
def transaction_details(visit: Visit) -> Response:
    given = parameters(visit)
    since, until = day(given, "start_time"), day(given, "end_time")
    if until - since >= LONGEST or until < since:
        raise Refusal("1000012", "endTime - startTime must should be less than 180 days")
    size, offset = int(given.get("limit", "100")), int(given.get("offset", "0"))
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("19", 'E019: "%s" Invalid Limit')
    rows = settled(visit, DELIVERED)
    lines = [line for row in rows if since <= day_of(row) <= until for line in lines_of(row)]
    return answer(lines[offset : offset + size])


@DOOR.call("GET", "/finance/payout/status/get", "payout_status")
def payout_status(visit: Visit) -> Response:
    """Here every settlement has a statement of its own."""
    since = day(parameters(visit), "created_after")
    rows = settled(visit, DELIVERED)
    return answer([statement_view(row) for row in rows if day_of(row) >= since])


def day(given: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(given[name][:10])
    except (KeyError, ValueError):
        raise Refusal("1", f"E001: Parameter {name} is mandatory") from None


def day_of(row: Row) -> date:
    return datetime.fromtimestamp(row["settled_at"], VIETNAM).date()


def lines_of(row: Row) -> list[dict[str, Any]]:
    """What is taken off stands with a minus. Their documents name no lines of the taxes in Vietnam; these are ours."""
    body, sold = row["body"], row["kind"] == ORDER
    told = f"{day_of(row):%d %b %Y}"
    parts = [
        ("Orders-Sales", "Item Price Credit") if sold else ("Refunds-Sales", "Reversal Item Price"),
        ("Orders-Lazada Fees", "Commission"),
        ("Orders-Lazada Fees", "VAT withheld"),
        ("Orders-Lazada Fees", "PIT withheld"),
    ]
    amounts = (body["gross"], -body["fees"], -body["vat"], -body["pit"])
    return [
        {
            "order_no": row["order_id"],
            "transaction_date": told,
            "amount": amount if isinstance(amount, str) else f"{amount:.2f}",
            "paid_status": "Paid" if body["paid"] else "Not paid",
            "transaction_type": kind,
            "fee_name": name,
            "transaction_number": f"{row['account']}-{row['id']}-{number}",
            "statement": f"{told} - {told} ({row['id']})",
            "WHT_amount": "0.00",
            "WHT_included_in_amount": "No",
            "VAT_in_amount": "0.00",
        }
        for number, ((kind, name), amount) in enumerate(zip(parts, amounts, strict=True))
        if amount
    ]


def statement_view(row: Row) -> dict[str, Any]:
    body, created = row["body"], told_time(row["settled_at"])[:19]
    return {
        "statement_number": f"{row['account']}-{row['id']}",
        "created_at": created,
        "updated_at": created,
        "payout": f"{float(body['net']):.2f} {body['currency']}",
        "paid": "1" if body["paid"] else "0",
    }
