"""Orders in Medusa's own words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateways.marketplaces.changes import Version
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderStatus

FIELDS = ",".join(
    (
        "id,display_id,status,fulfillment_status,payment_status,created_at,updated_at,total",
        "*items,*items.detail,*shipping_address",
        "fulfillments.id,fulfillments.shipped_at,fulfillments.canceled_at,*fulfillments.items",
    )
)
_STATUSES = {
    "partially_fulfilled": OrderStatus.CONFIRMED,
    "fulfilled": OrderStatus.CONFIRMED,
    "partially_shipped": OrderStatus.CONFIRMED,
    "shipped": OrderStatus.SHIPPED,
    "partially_delivered": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
}
"""By what is packed and sent; anything else still waits to be packed."""


@dataclass(frozen=True)
class Parcel:
    """A fulfillment that is not cancelled; `quantities` by the number of the order's line."""

    id: str
    shipped: bool
    quantities: dict[str, int]

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Parcel":
        quantities = {item["line_item_id"]: item["quantity"] for item in data["items"] or ()}
        return cls(data["id"], data["shipped_at"] is not None, quantities)


@dataclass(frozen=True)
class MedusaOrder:
    """An order that a customer has placed."""

    data: dict[str, Any]
    parcels: tuple[Parcel, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> "MedusaOrder":
        parcels = [parcel for parcel in data["fulfillments"] or () if parcel["canceled_at"] is None]
        return cls(data, tuple(map(Parcel.read, parcels)))

    @property
    def id(self) -> str:
        number: str = self.data["id"]
        return number

    @property
    def version(self) -> Version:
        state = f"{self.data['status']}/{self.data['fulfillment_status']}/{self.data['payment_status']}"
        return Version(self.id, datetime.fromisoformat(self.data["updated_at"]), state)

    @property
    def status(self) -> OrderStatus:
        if self.data["status"] == "canceled":
            return OrderStatus.CANCELLED
        return _STATUSES.get(self.data["fulfillment_status"], OrderStatus.NEW)

    def unpacked(self) -> dict[str, int]:
        """What stands in no parcel yet, by the number of the line."""
        left = {
            item["id"]: item["quantity"] - item["detail"]["fulfilled_quantity"] for item in self.data["items"]
        }
        return {line: quantity for line, quantity in left.items() if quantity > 0}

    def told(self) -> FloorOrder | None:
        """None where nothing is left in it."""
        lines = tuple(
            OrderLine(
                item["variant_sku"] or "",
                item["quantity"],
                int(item["total"] / item["quantity"]),
                item.get("product_id"),
                item.get("product_title") or item.get("title") or "",
            )
            for item in self.data["items"]
            if item["quantity"]
        )
        if not lines:
            return None
        return FloorOrder(
            external_id=self.id,
            number=str(self.data["display_id"]),
            placed_at=datetime.fromisoformat(self.data["created_at"]).astimezone(UTC),
            status=self.status,
            lines=lines,
            total=int(self.data["total"]),
            buyer=_buyer(self.data["shipping_address"] or {}),
            paid=self.data["payment_status"] == "captured",
        )


def _buyer(address: dict[str, Any]) -> Buyer:
    def joined(separator: str, *names: str) -> str:
        return separator.join(filter(None, (address.get(name) for name in names)))

    return Buyer(
        name=joined(" ", "last_name", "first_name"),
        phone=address.get("phone") or "",
        address=joined(", ", "address_1", "address_2", "city", "province"),
    )
