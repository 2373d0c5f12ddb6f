"""payOS's JSON about payouts and our port."""

from collections.abc import Mapping
from typing import Any

from core.money import amount_problem
from gateways.payos.wire import MAX_NAME, UnreadableData
from gateways.payouts import Payout, PayoutOrder, PayoutStatus

LONGEST_DESCRIPTION = 25
STATES = {
    "SUCCEEDED": PayoutStatus.DONE,
    "FAILED": PayoutStatus.FAILED,
    "REJECTED": PayoutStatus.FAILED,
    "CANCELLED": PayoutStatus.FAILED,
    "REVERSED": PayoutStatus.FAILED,
}
"""What ends a payout. PROCESSING and whatever payOS may add leave it under way."""


def write_payout(order: PayoutOrder) -> dict[str, object]:
    return {
        "referenceId": order.reference,
        "amount": order.amount,
        "description": order.description[:LONGEST_DESCRIPTION],
        "toBin": order.bin,
        "toAccountNumber": order.account_number,
    }


def read_payout(data: Mapping[str, Any]) -> Payout:
    """A payout of one transfer, as create and get tell it. Raises UnreadableData."""
    transfers = data.get("transactions")
    if not isinstance(transfers, list) or len(transfers) != 1 or not isinstance(transfers[0], dict):
        raise UnreadableData("transactions")
    amount = transfers[0].get("amount")
    if type(amount) is not int or amount_problem(amount):
        raise UnreadableData("amount")
    return Payout(
        payout_id=_name(data, "id"),
        reference=_name(data, "referenceId"),
        amount=amount,
        status=STATES.get(str(transfers[0].get("state")), PayoutStatus.PENDING),
    )


def _name(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise UnreadableData(field)
    return value
