"""The port of floors that take the buyers' money: what they paid out of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class SettlementKind(StrEnum):
    """What a floor settles."""

    ORDER = "order"
    """What an order brought."""
    ADJUSTMENT = "adjustment"
    """What is paid or taken back apart from it: a refund after the settlement, a compensation, a correction."""


@dataclass(frozen=True)
class SettledAmounts:
    """Đồng; what a floor takes back is negative. `fees` and `withheld` are taken off `gross`, `net` is what was paid
    out as the floor tells it. `vat` and `pit` are the parts of `withheld`, where it tells them apart."""

    gross: int
    fees: int
    withheld: int
    net: int
    vat: int | None = None
    pit: int | None = None

    @property
    def add_up(self) -> bool:
        parts = self.withheld if self.vat is None or self.pit is None else self.vat + self.pit
        return self.gross - self.fees - self.withheld == self.net and parts == self.withheld


@dataclass(frozen=True)
class FloorSettlement:
    """What a floor settled, for ever known by `external_id`. `order_id` is the floor's own; None where it is about no
    order. `amounts` is None where they are no whole numbers."""

    external_id: str
    order_id: str | None
    kind: SettlementKind
    settled_at: datetime
    """UTC."""
    currency: str
    amounts: SettledAmounts | None


@dataclass(frozen=True)
class SettlementPage:
    """Settlements since a cursor, and the cursor after them. `more` is false where there is no more now."""

    settlements: tuple[FloorSettlement, ...]
    cursor: str
    more: bool


class SettlementDesk(Protocol):
    """A floor that takes the buyers' money and pays it out. Every call may raise the errors of `gateways.errors`."""

    def list_settlements(self, cursor: str | None) -> SettlementPage:
        """What was paid out, from `cursor` on (None: from the beginning). A page may repeat what an earlier one told;
        nothing is ever left out. Nothing is told before it is final."""
        ...
