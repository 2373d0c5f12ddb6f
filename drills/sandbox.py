"""The hand on the provider: pays, orders faults, shows its books."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from sandbox.payos.clients import CLIENTS
from sandbox.payos.signing import sign_link_request

SECONDS = 30.0
OF_NOTICES: tuple[tuple[float, dict[str, Any] | None], ...] = (
    (0.27, None),
    (0.60, {"kind": "duplicate_webhook"}),
    (0.08, {"kind": "late_webhook"}),
    (0.05, {"kind": "no_webhook"}),
)
"""How much of the transfers meets which fault."""
DETAILS: dict[str, Callable[[random.Random], dict[str, Any]]] = {
    "duplicate_webhook": lambda chance: {
        "times": chance.randrange(2, 15),
        "seconds": chance.choice([0, 0, 1, 3]),
    },
    "late_webhook": lambda chance: {"seconds": chance.randrange(1, 15)},
}
OF_CALLS: tuple[dict[str, Any], ...] = (
    {"kind": "drop", "call": "create"},
    {"kind": "drop", "call": "get"},
    {"kind": "drop", "call": "payout"},
    {"kind": "http_500", "call": "create"},
    {"kind": "http_500", "call": "get"},
    {"kind": "http_500", "call": "payout"},
    {"kind": "http_429", "call": "any"},
    {"kind": "timeout", "call": "get", "seconds": 3},
)
CALLS_SHARE = 0.03


@dataclass(frozen=True)
class Transfer:
    """Money that the provider took for one of its clients. Amount in đồng."""

    order_code: int
    reference: str
    amount: int
    client: str
    memo: str
    at: datetime


@dataclass(frozen=True)
class Books:
    """All that the provider took, and what it paid out again: client and đồng by the payout's key."""

    transfers: list[Transfer]
    payouts: dict[str, tuple[str, int]]


@dataclass(frozen=True)
class Notices:
    """How many were sent, how many of them repeated one, how many nobody answered with success, and of how many
    transfers none was sent."""

    sent: int
    again: int
    unanswered: int
    silent: int


class Sandbox:
    def __init__(self, url: str) -> None:
        self._root, self._url = url, f"{url}/sandbox"

    def pay(self, link_id: str, amount: int) -> str:
        """The transfer's reference; empty where no answer came: whether it was taken stands in the books."""
        try:
            answer = requests.post(f"{self._url}/pay/{link_id}", json={"amount": amount}, timeout=SECONDS)
            return str(answer.json()["reference"])
        except (requests.RequestException, KeyError):
            return ""

    def open_strange_link(self, client: str, order_code: int, amount: int) -> str:
        """A link that the market made elsewhere, with the same account: the product knows nothing of it."""
        page = "http://127.0.0.1/"
        wish = {
            "orderCode": order_code,
            "amount": amount,
            "description": "DON HANG KHAC",
            "returnUrl": page,
            "cancelUrl": page,
        }
        known = CLIENTS[client]
        wish["signature"] = sign_link_request(wish, known.checksum_key)
        headers = {"x-client-id": client, "x-api-key": known.api_key}
        try:
            answer = requests.post(
                f"{self._root}/v2/payment-requests", json=wish, headers=headers, timeout=SECONDS
            )
            return str(answer.json()["data"]["paymentLinkId"])
        except (requests.RequestException, KeyError, TypeError):
            return ""

    def misbehave(self, chance: random.Random) -> None:
        """Order what is to go wrong with the next notice; now and then with a call too, whomever it meets."""
        (fault,) = chance.choices([fault for _, fault in OF_NOTICES], [share for share, _ in OF_NOTICES])
        if fault:
            self._order(fault | DETAILS.get(fault["kind"], lambda _: {})(chance))
        if chance.random() < CALLS_SHARE:
            self._order(chance.choice(OF_CALLS))

    def _order(self, fault: dict[str, Any]) -> None:
        try:
            requests.post(f"{self._url}/faults", json=fault, timeout=SECONDS)
        except requests.RequestException:
            return

    def behave(self) -> None:
        requests.delete(f"{self._url}/faults", timeout=SECONDS)

    def books(self) -> Books:
        found = requests.get(f"{self._url}/books", timeout=SECONDS).json()
        return Books(
            [
                Transfer(
                    row["order_code"],
                    row["reference"],
                    row["amount"],
                    row["client_id"],
                    row["description"],
                    datetime.fromisoformat(row["occurred_at"]),
                )
                for row in found["transfers"]
            ],
            {row["idempotency_key"]: (row["client_id"], row["amount"]) for row in found["payouts"]},
        )

    def notices(self, transfers: list[Transfer]) -> Notices:
        """Of these transfers."""
        query = {"limit": 10**6}
        sent = requests.get(f"{self._url}/webhooks", params=query, timeout=SECONDS).json()["webhooks"]
        known = {transfer.reference for transfer in transfers}
        times = Counter(row["reference"] for row in sent if row["reference"] in known)
        return Notices(
            sent=times.total(),
            again=times.total() - len(times),
            unanswered=sum(row["status"] != 200 for row in sent if row["reference"] in known),
            silent=len(known - times.keys()),
        )
