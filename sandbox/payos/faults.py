"""Faults that are waiting to happen, the oldest of a kind first."""

from dataclasses import dataclass
from typing import Any

DEFAULT_SECONDS = {"timeout": 30.0, "late_webhook": 20.0}
OF_CALLS = ("timeout", "drop", "http_500", "http_429", "channel_inactive", "bad_signature")
OF_WEBHOOKS = ("duplicate_webhook", "late_webhook", "no_webhook")
CALLS = ("any", "create", "get", "cancel", "confirm", "payout")
MAX_COUNT = 1_000_000
MAX_TIMES = 100


@dataclass
class Fault:
    """`count` more times; `call` narrows the faults of calls, `seconds` says how late, `times` how often a notice is
    sent (each `seconds` after the one before)."""

    kind: str
    count: int = 1
    call: str = "any"
    seconds: float = 0.0
    times: int = 2

    def __post_init__(self) -> None:
        if self.kind not in OF_CALLS + OF_WEBHOOKS:
            raise ValueError("kind: one of " + ", ".join(OF_CALLS + OF_WEBHOOKS))
        if type(self.count) is not int or not 0 < self.count <= MAX_COUNT:
            raise ValueError(f"count: a whole number from 1 to {MAX_COUNT}")
        if self.call not in CALLS:
            raise ValueError("call: one of " + ", ".join(CALLS))
        if type(self.seconds) not in (int, float) or not 0 <= self.seconds <= 3600:
            raise ValueError("seconds: a number from 0 to 3600")
        if type(self.times) is not int or not 2 <= self.times <= MAX_TIMES:
            raise ValueError(f"times: a whole number from 2 to {MAX_TIMES}")


class Faults:
    """Kept in memory: a restart mends everything."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, wish: dict[str, Any]) -> Fault:
        """Raises ValueError with a sentence where `wish` is no fault."""
        try:
            fault = Fault(**({"seconds": DEFAULT_SECONDS.get(str(wish.get("kind")), 0.0)} | wish))
        except TypeError:
            raise ValueError("fields: kind, count, call, seconds, times") from None
        self._waiting.append(fault)
        return fault

    def take(self, kinds: tuple[str, ...], call: str = "any") -> Fault | None:
        """The next fault of these kinds for this call; it has happened once more by that."""
        for fault in self._waiting:
            if fault.kind in kinds and fault.call in ("any", call):
                fault.count -= 1
                if not fault.count:
                    self._waiting.remove(fault)
                return fault
        return None

    def list(self) -> list[Fault]:
        return list(self._waiting)

    def clear(self) -> None:
        self._waiting.clear()
