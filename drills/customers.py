"""Market day: customers at many stalls who ask for a QR and pay it, some of them oddly."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from core.vietqr import decode
from drills.api import Api, Refused
from drills.bank import Bank, bend, nonsense, taken_back
from drills.sandbox import Sandbox
from sandbox.payos.clients import CLIENTS

AT_ONCE = 16
LINK_SECONDS = 4.0
LAST_LINK_SECONDS = 150.0
LOOK_EVERY_SECONDS = 0.25
CLOSED = {"cancelled", "expired"}
SHORT_LIFE = timedelta(seconds=20)
STRANGE_CODES = 10**15
"""Order codes from here on are not the product's."""

HABITS = {
    "exactly": 44,
    "in parts": 16,
    "too much": 8,
    "too much in parts": 5,
    "twice": 8,
    "too little": 3,
    "never": 2,
    "after it expired": 3,
    "after it was cancelled": 3,
    "for something else": 1,
    "to the stall's own account": 12,
}
"""How customers pay, and how many of a hundred do so."""
AT_THE_BANK = {
    "exactly": 25,
    "in parts": 8,
    "too much": 8,
    "too little": 8,
    "twice": 8,
    "after it was cancelled": 8,
    "by the printed QR": 15,
    "with a note that says nothing": 8,
    "exactly, and the bank takes it back": 6,
    "by the printed QR, and the bank takes it back": 3,
    "with a note that says nothing, and the bank takes it back": 3,
}
"""The same for stalls that are paid directly: of these notices of their banks tell, and statements."""
TAKEN_BACK = ", and the bank takes it back"
RENAMED_SHARE = 0.2

T = TypeVar("T")


@dataclass(frozen=True)
class StallAt:
    """A stall as the API shows it."""

    id: str
    reference: str
    market: str
    seller: str
    channel: str
    account: str
    account_number: str


@dataclass
class Asked:
    """A request that the product said it had stored. Amount in đồng; `cancelled`: it said so."""

    id: str
    stall: StallAt
    amount: int
    reference: str
    order_code: int = 0
    cancelled: bool = False


@dataclass(frozen=True)
class Paid:
    """A transfer that the provider confirmed, in which drill, and when (Unix seconds)."""

    reference: str
    drill: str
    at: float


@dataclass
class Day:
    """All that the customers did."""

    requests: dict[str, Asked] = field(default_factory=dict)
    paid: list[Paid] = field(default_factory=list)
    odd: set[str] = field(default_factory=set)
    """Requests paid in another way than once and in time."""


@dataclass(frozen=True)
class Waiting:
    """A link to be paid at `at` (Unix seconds), in these amounts."""

    at: float
    link: str
    amounts: Sequence[int]


class Customers:
    """They pay until they are told to stop; `drill` is what their payments are counted under."""

    def __init__(self, apis: Sequence[Api], sandbox: Sandbox, bank: Bank, seed: int) -> None:
        self._apis, self._sandbox, self._bank = apis, sandbox, bank
        self._chance = random.Random(seed)
        found = apis[0].get("/stalls", limit=200)["items"]
        self.stalls = [_stall(item) for item in found if item["channel"]["kind"] == "payos"]
        self.direct = [_stall(item) for item in found if item["channel"]["kind"] == "direct"]
        self._unopened: list[tuple[Asked, str]] = []
        self._later: list[Waiting] = []
        self._strangers = 0
        self._lock = threading.Lock()
        self.day = Day()
        self.drill = ""

    def pay(self, count: int) -> None:
        """`count` customers, AT_ONCE of them at the same time. Raises Unanswered."""
        _at_once(lambda _: self._buy(), range(count))
        self._pay_later(time.time())

    def pay_the_rest(self) -> None:
        """Those whose QR did not come in time have waited for it, and those who come late come now."""
        waiting, self._unopened = self._unopened, []
        _at_once(lambda one: self._pay(*one, LAST_LINK_SECONDS), waiting)
        last = max((waiting.at for waiting in self._later), default=0.0)
        time.sleep(max(last - time.time(), 0.0))
        self._pay_later(last)

    def _pay_later(self, moment: float) -> None:
        with self._lock:
            due = [waiting for waiting in self._later if waiting.at <= moment]
            self._later = [waiting for waiting in self._later if waiting.at > moment]
        _at_once(lambda waiting: self._transfer(waiting.link, waiting.amounts), due)

    def _buy(self) -> None:
        (habit,) = self._chance.choices(list(HABITS), list(HABITS.values()))
        if habit == "to the stall's own account":
            self._buy_directly()
        elif habit == "for something else":
            self._buy_elsewhere()
        else:
            self._pay(self._ask(self._chance.choice(self.stalls), habit), habit, LINK_SECONDS)

    def _ask(self, stall: StallAt, habit: str) -> Asked:
        amount = self._some_amount()
        body = {"id": str(uuid4()), "stall_id": stall.id, "amount": amount}
        if habit == "after it expired":
            body["expires_at"] = (datetime.now(UTC) + SHORT_LIFE).isoformat()
        try:
            stored = self._api.post("/payment-requests", body)
        except Refused:
            if habit == "after it expired":
                return self._ask(
                    stall, habit
                )  # the product was away for longer than that request was to live
            raise
        asked = Asked(stored["id"], stall, amount, stored["reference"], stored["order_code"])
        with self._lock:
            self.day.requests[asked.id] = asked
            if habit not in {"exactly", "too little", "never"}:
                self.day.odd.add(asked.id)
        return asked

    def _pay(self, asked: Asked, habit: str, seconds: float) -> None:
        shown = self._await(
            asked.id, lambda seen: seen["payment_link_id"] or seen["status"] in CLOSED, seconds
        )
        asked.order_code = shown["order_code"]
        if not shown["payment_link_id"]:
            if shown["status"] not in CLOSED:
                with self._lock:
                    self._unopened.append((asked, habit))
            return
        if habit == "after it was cancelled":
            self._cancel(asked)
        amounts = self._amounts(asked.amount, habit)
        if habit == "after it expired":
            expiry = datetime.fromisoformat(shown["expires_at"]).timestamp() + 2
            with self._lock:
                self._later.append(Waiting(expiry, shown["payment_link_id"], amounts))
        else:
            self._transfer(shown["payment_link_id"], amounts)

    def _transfer(self, link: str, amounts: Sequence[int]) -> None:
        for amount in amounts:
            self._sandbox.misbehave(self._chance)
            drill = self.drill
            reference = self._sandbox.pay(link, amount)
            if reference:
                with self._lock:
                    self.day.paid.append(Paid(reference, drill, time.time()))

    def _buy_elsewhere(self) -> None:
        """Money for something that the market sold without us: nothing here asked for it."""
        with self._lock:
            self._strangers += 1
            code = STRANGE_CODES + self._strangers
        amount = self._some_amount()
        link = self._sandbox.open_strange_link(self._chance.choice(list(CLIENTS)), code, amount)
        if link:
            self._transfer(link, [amount])

    def _buy_directly(self) -> None:
        stall = self._chance.choice(self.direct)
        (way,) = self._chance.choices(list(AT_THE_BANK), list(AT_THE_BANK.values()))
        habit = way.removesuffix(TAKEN_BACK)
        if habit == "with a note that says nothing":
            self._pay_at_bank(stall, self._some_amount(), nonsense(self._chance), "", way)
        elif habit == "by the printed QR":
            self._pay_at_bank(stall, self._some_amount(), bend(stall.reference, self._chance), stall.id, way)
        else:
            asked = self._ask(stall, habit)
            if habit == "after it was cancelled":
                self._cancel(asked)
            for amount in self._amounts(asked.amount, habit):
                note = bend(asked.reference, self._chance)
                self._pay_at_bank(stall, amount, note, asked.id, way, code=asked.reference)

    def _pay_at_bank(
        self, stall: StallAt, amount: int, note: str, what_for: str, way: str, code: str = ""
    ) -> None:
        """What goes off again must be named by its request's code, or by one reference that all tellers have."""
        goes_off = way.endswith(TAKEN_BACK)
        renamed = self._chance.random() < RENAMED_SHARE and not (goes_off and not code)
        credit = self._bank.pay(stall.id, amount, note, what_for, renamed=renamed)
        if goes_off:
            named = "" if renamed else credit.reference
            self._bank.take_back(stall.id, credit, taken_back(named, code, self._chance))

    def _some_amount(self) -> int:
        return self._chance.randrange(5, 500) * 1_000

    def _cancel(self, asked: Asked) -> None:
        """The stall takes the question back; the customer has the QR already."""
        try:
            self._api.post(f"/payment-requests/{asked.id}/cancel", {})
        except Refused:
            return
        asked.cancelled = True

    def _amounts(self, asked: int, habit: str) -> Sequence[int]:
        part = self._chance.randrange(1, asked // 1_000) * 1_000
        return {
            "in parts": (part, asked - part),
            "too much": (asked + 3_000,),
            "too much in parts": (part, 2_000, asked - part),
            "twice": (asked, asked),
            "too little": (asked - 1_000,),
            "never": (),
        }.get(habit, (asked,))

    def _await(self, request: str, good: Callable[[Any], object], seconds: float) -> Any:
        deadline = time.monotonic() + seconds
        while not good(shown := self._api.get(f"/payment-requests/{request}")):
            if time.monotonic() > deadline:
                break
            time.sleep(LOOK_EVERY_SECONDS)
        return shown

    @property
    def _api(self) -> Api:
        """One person may make 50 calls a second; a market has more than one."""
        return self._chance.choice(self._apis)


def _stall(item: Any) -> StallAt:
    return StallAt(
        item["id"],
        item["reference"],
        item["market_id"],
        item["seller_id"],
        item["channel"]["id"],
        item["payout_account"]["id"],
        decode(item["qr"]["payload"]).account_number,
    )


def _at_once(act: Callable[[T], object], items: Iterable[T]) -> None:
    """AT_ONCE of them at the same time; when one fails, those that have not begun are left."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        list(pool.map(act, items))
    finally:
        pool.shutdown(cancel_futures=True)
