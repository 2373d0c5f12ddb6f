"""What a floor prints for the parcels of an order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateways.errors import GatewayUnavailable


class StillPrinting(GatewayUnavailable):
    """The label is being made: nothing is wrong with the floor, it is only too early."""


@dataclass(frozen=True)
class ParcelLabel:
    """The slip that the carrier reads, as a PDF; it shows the buyer's name and address. Without a `tracking_number`
    the floor tells it nowhere but on the slip."""

    tracking_number: str | None
    content: bytes = field(repr=False)


class LabelDesk(Protocol):
    """A floor whose carriers fetch what was ordered. Every call may raise the errors of `gateways.errors`."""

    def fetch_labels(self, external_id: str) -> Sequence[ParcelLabel] | None:
        """The labels of an order's parcels, once the floor was told that they are coming; None where it prints none,
        since the seller sends this order by a carrier of his own. Raises StillPrinting, and GatewayRejected where it
        may not be printed (any more)."""
        ...
