"""The port of providers that pay out of a channel's account."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class PayoutStatus(StrEnum):
    """Money on its way out, as the provider sees it."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class PayoutOrder:
    """Money to be paid out: `reference` names it for ever, the same `key` is carried out once."""

    reference: str
    key: str
    amount: int
    description: str
    bin: str
    account_number: str = field(repr=False)


@dataclass(frozen=True)
class Payout:
    """What the provider knows of one payout."""

    payout_id: str
    reference: str
    amount: int
    status: PayoutStatus


class PayoutGateway(Protocol):
    """A provider that pays out of a channel's account. Every call may raise the errors of `gateways.errors`;
    only GatewayRejected says that no money went."""

    def pay_out(self, order: PayoutOrder) -> Payout:
        """Send the money once, however often this is called. Where the answer was lost it is looked up."""
        ...

    def find_payout(self, order: PayoutOrder) -> Payout | None:
        """What became of it; None where the provider has no such payout."""
        ...
