"""A floor's order as its sellers' parts: whose goods it holds, what they cost, what is withheld of it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from core.money import MAX_DONG
from gateways.ports import FloorOrder
from gateways.ports import OrderLine as FloorLine
from services.floor_goods import Owner, Owners, goods_of, read_owners

LONGEST_NAME = 500
"""Of a number, an SKU or goods; what is longer is none."""


@dataclass(frozen=True)
class PartLine:
    """`quantity` of one listing at `price` đồng each, which the floor calls `goods`."""

    listing_id: UUID
    sku: str
    price: int
    quantity: int
    goods: str


@dataclass(frozen=True)
class Part:
    """What of `told` is one seller's; amounts in đồng. `floor_total` is what all its goods cost."""

    told: FloorOrder
    seller_id: UUID
    lines: tuple[PartLine, ...]
    total: int
    floor_total: int
    withheld: int


@dataclass(frozen=True)
class Shared:
    """Orders as their sellers' parts. `unknown` are an order's goods, by its number, that are nobody's here."""

    orders: dict[str, FloorOrder]
    unreadable: list[FloorOrder]
    parts: list[Part]
    unknown: dict[str, set[str]]
    owners: Owners


def parts_of(session: Session, marketplace: str, orders: Collection[FloorOrder]) -> Shared:
    """Every seller's part of `orders`, the one that was placed first first; of an order told twice the later
    word."""
    newest = {order.external_id: order for order in orders}
    readable = {number: order for number, order in newest.items() if _is_readable(order)}
    owners = read_owners(session, marketplace, readable.values())
    parts = [part for order in readable.values() for part in _split(order, owners)]
    return Shared(
        orders=readable,
        unreadable=[order for number, order in newest.items() if number not in readable],
        parts=sorted(parts, key=lambda part: (part.told.placed_at, part.told.external_id)),
        unknown={number: _unknown(order, owners) for number, order in readable.items()},
        owners=owners,
    )


def storable(name: str) -> str:
    """As much of it as PostgreSQL can hold, and find again."""
    return name.encode(errors="ignore").decode().replace("\0", "")[:LONGEST_NAME]


def _is_readable(order: FloorOrder) -> bool:
    """What no table could hold must not keep the floor's other orders out."""
    counted = all(0 < line.quantity <= MAX_DONG and 0 <= line.price <= MAX_DONG for line in order.lines)
    names = [order.external_id, order.number]
    names += [name for line in order.lines for name in (line.sku, line.external_id or "", goods_of(line))]
    whole = order.external_id.strip() and order.placed_at.tzinfo and order.withheld >= 0
    return (
        bool(whole)
        and counted
        and all(storable(name) == name for name in names)
        and _worth(order.lines) <= MAX_DONG
    )


def _unknown(order: FloorOrder, owners: Owners) -> set[str]:
    return {goods_of(line) for line in order.lines if owners.of(order, line) is None}


def _split(order: FloorOrder, owners: Owners) -> list[Part]:
    """The tax is withheld of all goods alike: each part bears its share, and the shares add up."""
    by_seller: dict[UUID, list[tuple[FloorLine, Owner]]] = defaultdict(list)
    for line in order.lines:
        if owner := owners.of(order, line):
            by_seller[owner.seller_id].append((line, owner))
    all_worth, before, parts = _worth(order.lines), 0, []
    for seller_id in sorted(by_seller):
        worth = _worth([line for line, _ in by_seller[seller_id]])
        share = share_of(order.withheld, before, worth, all_worth)
        lines = _merged(by_seller[seller_id])
        parts.append(Part(order, seller_id, lines, worth, all_worth, min(share, worth)))
        before += worth
    return parts


def _worth(lines: Sequence[FloorLine]) -> int:
    return sum(line.quantity * line.price for line in lines)


def share_of(amount: int, before: int, part: int, whole: int) -> int:
    """What `part` of `whole` bears of `amount`, after parts that make up `before`: the shares of all add up."""
    if not whole:
        return 0
    return amount * (before + part) // whole - amount * before // whole


def _merged(lines: Sequence[tuple[FloorLine, Owner]]) -> tuple[PartLine, ...]:
    """The same goods at the same price are one line."""
    merged: dict[tuple[UUID, int], PartLine] = {}
    for line, owner in lines:
        key = owner.listing_id, line.price
        before = merged[key].quantity if key in merged else 0
        merged[key] = PartLine(
            owner.listing_id, owner.sku, line.price, before + line.quantity, goods_of(line)
        )
    return tuple(merged.values())
