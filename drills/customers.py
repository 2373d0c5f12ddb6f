"""Market day: customers at many stalls who ask for a QR and pay it, some of them oddly."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

from drills.api import Api
from drills.sandbox import Sandbox

AT_ONCE = 6
LINK_SECONDS = 4.0
LAST_LINK_SECONDS = 150.0
LOOK_EVERY_SECONDS = 0.15
CLOSED = {"cancelled", "expired"}

T = TypeVar("T")


@dataclass(frozen=True)
class Paid:
    """A transfer that the provider confirmed, in which drill, and when (Unix seconds)."""

    reference: str
    drill: str
    at: float


@dataclass
class Day:
    """All that the customers did."""

    requests: dict[str, str] = field(default_factory=dict)
    """Stall by the id of each request that the product said it had stored."""
    paid: list[Paid] = field(default_factory=list)


class Customers:
    """They pay until they are told to stop; `drill` is what their payments are counted under."""

    def __init__(self, api: Api, sandbox: Sandbox, seed: int) -> None:
        self._api, self._sandbox = api, sandbox
        self._chance = random.Random(seed)
        stalls = api.get("/stalls", limit=200)["items"]
        self._stalls = [stall["id"] for stall in stalls if stall["channel"]["kind"] == "payos"]
        self._unopened: list[str] = []
        self._lock = threading.Lock()
        self.day = Day()
        self.drill = ""

    @property
    def stalls(self) -> list[str]:
        return self._stalls

    def pay(self, count: int) -> None:
        """`count` customers, AT_ONCE of them at the same time. Raises Unanswered."""
        _at_once(lambda _: self._buy(), range(count))

    def pay_the_rest(self) -> None:
        """Those whose QR did not come in time have waited for it."""
        waiting, self._unopened = self._unopened, []
        _at_once(lambda request: self._pay(request, LAST_LINK_SECONDS), waiting)

    def _buy(self) -> None:
        self._sandbox.misbehave(self._chance)
        stall, amount = self._chance.choice(self._stalls), self._chance.randrange(5, 500) * 1_000
        body = {"id": str(uuid4()), "stall_id": stall, "amount": amount}
        stored = self._api.post("/payment-requests", body)
        with self._lock:
            self.day.requests[stored["id"]] = stall
        self._pay(stored["id"], LINK_SECONDS)

    def _pay(self, request: str, seconds: float) -> None:
        shown = self._await(
            request, lambda seen: seen["payment_link_id"] or seen["status"] in CLOSED, seconds
        )
        if not shown["payment_link_id"]:
            if shown["status"] not in CLOSED:
                with self._lock:
                    self._unopened.append(request)
            return
        for amount in self._amounts(shown["amount"]):
            drill = self.drill
            reference = self._sandbox.pay(shown["payment_link_id"], amount)
            if reference:
                with self._lock:
                    self.day.paid.append(Paid(reference, drill, time.time()))

    def _await(self, request: str, good: Callable[[Any], object], seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while not good(shown := self._api.get(f"/payment-requests/{request}")):
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_EVERY_SECONDS)
        return shown

    def _amounts(self, asked: int) -> tuple[int, ...]:
        """Mostly what was asked; now and then in two parts, too much or too little."""
        odd = {0: (asked - 2_000, 2_000), 1: (asked - 2_000, 4_000), 2: (asked + 3_000,), 3: (asked - 1_000,)}
        return odd.get(self._chance.randrange(40), (asked,))


def _at_once(act: Callable[[T], object], items: Iterable[T]) -> None:
    """AT_ONCE of them at the same time; when one fails, those that have not begun are left."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        list(pool.map(act, items))
    finally:
        pool.shutdown(cancel_futures=True)
