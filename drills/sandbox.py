"""The hand on the provider: pays, orders faults, shows its books."""

import random
from dataclasses import dataclass
from typing import Any

import requests

SECONDS = 30.0
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "duplicate_webhook"},
    {"kind": "late_webhook", "seconds": 5},
    {"kind": "no_webhook"},
    {"kind": "drop", "call": "create"},
    {"kind": "drop", "call": "get"},
    {"kind": "http_500", "call": "create"},
    {"kind": "http_429", "call": "any"},
)
FAULT_SHARE = 0.2


@dataclass(frozen=True)
class Transfer:
    """Money that the provider took. Amount in đồng."""

    order_code: int
    reference: str
    amount: int


class Sandbox:
    def __init__(self, url: str) -> None:
        self._url = f"{url}/sandbox"

    def pay(self, link_id: str, amount: int) -> str:
        """The transfer's reference; empty where no answer came: whether it was taken stands in the books."""
        try:
            answer = requests.post(f"{self._url}/pay/{link_id}", json={"amount": amount}, timeout=SECONDS)
            return str(answer.json()["reference"])
        except (requests.RequestException, KeyError):
            return ""

    def misbehave(self, chance: random.Random) -> None:
        """Now and then order something to go wrong soon, for whomever it meets."""
        if chance.random() < FAULT_SHARE:
            try:
                requests.post(f"{self._url}/faults", json=chance.choice(FAULTS), timeout=SECONDS)
            except requests.RequestException:
                return

    def behave(self) -> None:
        requests.delete(f"{self._url}/faults", timeout=SECONDS)

    def books(self) -> list[Transfer]:
        transfers = requests.get(f"{self._url}/books", timeout=SECONDS).json()["transfers"]
        return [Transfer(row["order_code"], row["reference"], row["amount"]) for row in transfers]
