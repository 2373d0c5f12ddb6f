"""Faults that are waiting to happen, the oldest that fits first."""

from dataclasses import dataclass
from typing import Any

FLOORS = ("shopee", "lazada", "tiktok", "woocommerce")
OF_CALLS = ("delay", "drop", "http_500", "html", "http_429", "error")
OF_CONTENT = ("refuse_pictures", "close_category", "false_duplicate", "hold_for_review", "still_printing")
MAX_COUNT = 1_000_000
DEFAULT_SECONDS = {"delay": 30.0}


@dataclass
class Fault:
    """`count` more times, on one floor and one call or any of them. `seconds` says how late, or for how long a 429
    asks to wait (0: it does not say); `code` and `message` are what an `error` says."""

    kind: str
    count: int = 1
    floor: str = "any"
    call: str = "any"
    seconds: float = 0.0
    code: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in OF_CALLS + OF_CONTENT:
            raise ValueError("kind: one of " + ", ".join(OF_CALLS + OF_CONTENT))
        if type(self.count) is not int or not 0 < self.count <= MAX_COUNT:
            raise ValueError(f"count: a whole number from 1 to {MAX_COUNT}")
        if self.floor not in ("any", *FLOORS):
            raise ValueError("floor: any, " + ", ".join(FLOORS))
        if type(self.seconds) not in (int, float) or not 0 <= self.seconds <= 3600:
            raise ValueError("seconds: a number from 0 to 3600")
        if self.kind == "error" and not self.code:
            raise ValueError("code: what the floor is to answer")


class Faults:
    """Kept in memory: a restart mends everything."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, wish: dict[str, Any]) -> Fault:
        """Raises ValueError with a sentence where `wish` is no fault."""
        try:
            fault = Fault(**({"seconds": DEFAULT_SECONDS.get(str(wish.get("kind")), 0.0)} | wish))
        except TypeError:
            raise ValueError("fields: kind, count, floor, call, seconds, code, message") from None
        self._waiting.append(fault)
        return fault

    def take(self, kinds: tuple[str, ...], floor: str, call: str = "any") -> Fault | None:
        """The next fault of these kinds for this call; it has happened once more by that."""
        for fault in self._waiting:
            if fault.kind in kinds and fault.floor in ("any", floor) and fault.call in ("any", call):
                fault.count -= 1
                if not fault.count:
                    self._waiting.remove(fault)
                return fault
        return None

    def list(self) -> list[Fault]:
        return list(self._waiting)

    def clear(self) -> None:
        self._waiting.clear()
