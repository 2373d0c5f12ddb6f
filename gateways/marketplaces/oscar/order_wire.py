"""Orders in django-oscar's own words."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateways.marketplaces.oscar.told import Entry
from gateways.marketplaces.oscar.wire import number_in
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderStatus

_STATUSES = {
    "being processed": OrderStatus.CONFIRMED,
    "processing": OrderStatus.CONFIRMED,
    "confirmed": OrderStatus.CONFIRMED,
    "shipped": OrderStatus.SHIPPED,
    "complete": OrderStatus.DELIVERED,
    "completed": OrderStatus.DELIVERED,
    "delivered": OrderStatus.DELIVERED,
    "cancelled": OrderStatus.CANCELLED,
    "canceled": OrderStatus.CANCELLED,
}
"""The words that shops use; each chooses its own. Any other is an order that somebody must look at: a new one."""


@dataclass(frozen=True)
class ListedOrder:
    """An order as the shop lists it, without its lines."""

    entry: Entry
    number: str
    status: OrderStatus
    data: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, data: dict[str, Any]) -> "ListedOrder":
        status = _STATUSES.get((data["status"] or "").lower(), OrderStatus.NEW)
        placed_at = datetime.fromisoformat(data["date_placed"]).astimezone(UTC)
        final = status in {OrderStatus.DELIVERED, OrderStatus.CANCELLED}
        return cls(
            entry=Entry(int(number_in(data["url"])), data["status"] or "", placed_at, final),
            number=data["number"],
            status=status,
            data=data,
        )

    def told_with(self, lines: tuple[OrderLine, ...]) -> FloorOrder:
        """The API does not say whether an order is paid."""
        return FloorOrder(
            external_id=str(self.entry.id),
            number=self.number,
            placed_at=self.entry.placed_at,
            status=self.status,
            lines=lines,
            total=int(Decimal(self.data["total_incl_tax"])),
            buyer=_buyer(self.data["shipping_address"] or {}),
            paid=False,
        )


@dataclass(frozen=True)
class SoldLine:
    """`price` is what one of `quantity` cost the buyer, in whole đồng."""

    product_id: str | None
    quantity: int
    price: int
    title: str

    @classmethod
    def read(cls, data: dict[str, Any]) -> "SoldLine":
        quantity = data["quantity"]
        product = data["product"]
        return cls(
            product_id=number_in(product) if product else None,
            quantity=quantity,
            price=int(Decimal(data["price_incl_tax"]) / quantity),
            title=data.get("title") or "",
        )


def _buyer(address: dict[str, Any]) -> Buyer:
    def joined(separator: str, *names: str) -> str:
        return separator.join(filter(None, (address.get(name) for name in names)))

    return Buyer(
        name=joined(" ", "last_name", "first_name"),
        phone=address.get("phone_number") or "",
        address=joined(", ", "line1", "line2", "line3", "line4", "state", "postcode"),
    )
