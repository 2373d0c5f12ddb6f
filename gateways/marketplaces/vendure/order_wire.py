"""Orders in Vendure's own words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateways.marketplaces.changes import Version
from gateways.marketplaces.vendure.wire import Channel
from gateways.ports import Buyer, FloorOrder, OrderLine, OrderStatus

_ORDER = """id code state updatedAt orderPlacedAt totalWithTax
  customer { firstName lastName phoneNumber }
  shippingAddress { fullName phoneNumber streetLine1 streetLine2 city province }
  lines { id quantity orderPlacedQuantity proratedUnitPriceWithTax productVariant { sku name productId } }
  payments { state amount }
  fulfillments { id state trackingCode lines { orderLineId quantity } }"""

FIND_ORDERS = f"""query FindOrders($filter: OrderFilterParameter!, $take: Int!, $skip: Int!) {{
  orders(options: {{ filter: $filter, sort: {{ updatedAt: ASC, id: ASC }}, take: $take, skip: $skip }}) {{
    items {{ {_ORDER} }}
  }}
}}"""
FIND_ORDER = f"query FindOrder($id: ID!) {{ order(id: $id) {{ {_ORDER} }} }}"
_ERROR = "... on ErrorResult { errorCode message }"
ADD_FULFILLMENT = f"""mutation AddFulfillment($input: FulfillOrderInput!) {{
  addFulfillmentToOrder(input: $input) {{ __typename ... on Fulfillment {{ id }} {_ERROR} }}
}}"""
MOVE_FULFILLMENT = f"""mutation MoveFulfillment($id: ID!, $state: String!) {{
  transitionFulfillmentToState(id: $id, state: $state) {{ __typename {_ERROR} }}
}}"""
CANCEL_ORDER = f"""mutation CancelOrder($input: CancelOrderInput!) {{
  cancelOrder(input: $input) {{ __typename {_ERROR} }}
}}"""

_PREPARED = {"Created", "Pending"}
_ON_THE_WAY = {"Shipped", "Delivered"}


@dataclass(frozen=True)
class Parcel:
    """A fulfillment that is not cancelled; `quantities` by the number of the order's line."""

    id: str
    state: str
    tracking: str
    quantities: dict[str, int]

    @property
    def is_prepared(self) -> bool:
        return self.state in _PREPARED

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Parcel":
        quantities = {line["orderLineId"]: line["quantity"] for line in data["lines"]}
        return cls(data["id"], data["state"], data["trackingCode"] or "", quantities)


@dataclass(frozen=True)
class VendureOrder:
    """An order that a customer has placed; amounts in the server's units."""

    data: dict[str, Any]
    parcels: tuple[Parcel, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> "VendureOrder":
        found = [Parcel.read(parcel) for parcel in data["fulfillments"] or ()]
        return cls(data, tuple(parcel for parcel in found if parcel.state != "Cancelled"))

    @property
    def id(self) -> str:
        number: str = self.data["id"]
        return number

    @property
    def version(self) -> Version:
        return Version(self.id, datetime.fromisoformat(self.data["updatedAt"]), self.status)

    @property
    def is_placed(self) -> bool:
        return self.data["orderPlacedAt"] is not None

    @property
    def status(self) -> OrderStatus:
        """By what is packed and sent, whether or not it is paid: Vendure does not call an order shipped before."""
        state = self.data["state"]
        if state == "Cancelled":
            return OrderStatus.CANCELLED
        if state == "Delivered":
            return OrderStatus.DELIVERED
        if self.parcels and not self.unpacked():
            prepared = any(parcel.is_prepared for parcel in self.parcels)
            return OrderStatus.CONFIRMED if prepared else OrderStatus.SHIPPED
        return OrderStatus.CONFIRMED if self.parcels else OrderStatus.NEW

    def unpacked(self) -> dict[str, int]:
        """What stands in no parcel yet, by the number of the line."""
        packed: dict[str, int] = {}
        for parcel in self.parcels:
            for line, quantity in parcel.quantities.items():
                packed[line] = packed.get(line, 0) + quantity
        left = {line["id"]: line["quantity"] - packed.get(line["id"], 0) for line in self.data["lines"]}
        return {line: quantity for line, quantity in left.items() if quantity > 0}

    def told(self, channel: Channel) -> FloorOrder | None:
        """None where there is nothing in it."""
        lines = tuple(self._line(line, channel) for line in self.data["lines"])
        if not lines:
            return None
        total = self.data["totalWithTax"]
        settled = sum(pay["amount"] for pay in self.data["payments"] or () if pay["state"] == "Settled")
        return FloorOrder(
            external_id=self.id,
            number=self.data["code"],
            placed_at=datetime.fromisoformat(self.data["orderPlacedAt"]).astimezone(UTC),
            status=self.status,
            lines=lines,
            total=channel.dong(total),
            buyer=_buyer(self.data["customer"] or {}, self.data["shippingAddress"] or {}),
            paid=settled >= total > 0,
        )

    def _line(self, line: dict[str, Any], channel: Channel) -> OrderLine:
        """Vendure counts a cancelled line as none; what was ordered says more."""
        quantity, variant = line["quantity"] or line["orderPlacedQuantity"], line["productVariant"]
        price = channel.dong(line["proratedUnitPriceWithTax"])
        return OrderLine(variant["sku"] or "", quantity, price, variant["productId"], variant["name"])


def _buyer(customer: dict[str, Any], address: dict[str, Any]) -> Buyer:
    def joined(separator: str, said: dict[str, Any], *names: str) -> str:
        return separator.join(filter(None, (said.get(name) for name in names)))

    return Buyer(
        name=address.get("fullName") or joined(" ", customer, "lastName", "firstName"),
        phone=address.get("phoneNumber") or customer.get("phoneNumber") or "",
        address=joined(", ", address, "streetLine1", "streetLine2", "city", "province"),
    )
