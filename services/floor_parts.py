"""A floor's order as its sellers' parts: whose goods it holds, what they cost, what is withheld of it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.money import MAX_DONG
from gateways.ports import FloorOrder
from gateways.ports import OrderLine as FloorLine
from models import Listing, Product
from models.bulk import among

log = structlog.get_logger()


@dataclass(frozen=True)
class PartLine:
    """`quantity` of one listing at `price` đồng each."""

    listing_id: UUID
    sku: str
    price: int
    quantity: int


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
class _Owner:
    listing_id: UUID
    seller_id: UUID


def parts_of(session: Session, marketplace: str, orders: Sequence[FloorOrder]) -> list[Part]:
    """Every seller's part of `orders`, the one that was placed first first; of an order told twice the later
    word. What cannot be read, or holds nothing of ours, is left out and logged."""
    newest = {order.external_id: order for order in orders}
    readable = [order for order in newest.values() if _is_readable(marketplace, order)]
    owners = _owners(session, {line.sku for order in readable for line in order.lines})
    parts = [part for order in readable for part in _split(marketplace, order, owners)]
    return sorted(parts, key=lambda part: (part.told.placed_at, part.told.external_id))


def _is_readable(marketplace: str, order: FloorOrder) -> bool:
    """What no table could hold must not keep the floor's other orders out."""
    counted = all(line.quantity > 0 and 0 <= line.price <= MAX_DONG for line in order.lines)
    names = [order.external_id, order.number, *(line.sku for line in order.lines)]
    whole = order.external_id.strip() and order.placed_at.tzinfo and order.withheld >= 0
    if whole and counted and not any("\0" in name for name in names) and _worth(order.lines) <= MAX_DONG:
        return True
    log.error("order_unreadable", marketplace=marketplace, external_id=order.external_id)
    return False


def _owners(session: Session, skus: set[str]) -> dict[str, _Owner]:
    query = (
        select(Listing.sku, Listing.id, Product.seller_id)
        .join(Product, Product.id == Listing.product_id)
        .where(among(Listing.sku, list(skus)))
    )
    return {sku: _Owner(listing_id, seller_id) for sku, listing_id, seller_id in session.execute(query)}


def _split(marketplace: str, order: FloorOrder, owners: dict[str, _Owner]) -> list[Part]:
    """The tax is withheld of all goods alike: each part bears its share, and the shares add up."""
    by_seller: dict[UUID, list[FloorLine]] = defaultdict(list)
    for line in order.lines:
        if line.sku in owners:
            by_seller[owners[line.sku].seller_id].append(line)
    if not by_seller:
        log.warning("order_of_nobody", marketplace=marketplace, external_id=order.external_id)
    all_worth, before, parts = _worth(order.lines), 0, []
    for seller_id in sorted(by_seller):
        worth = _worth(by_seller[seller_id])
        share = share_of(order.withheld, before, worth, all_worth)
        lines = _merged(by_seller[seller_id], owners)
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


def _merged(lines: Sequence[FloorLine], owners: dict[str, _Owner]) -> tuple[PartLine, ...]:
    """The same goods at the same price are one line."""
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for line in lines:
        counts[line.sku, line.price] += line.quantity
    return tuple(
        PartLine(owners[sku].listing_id, sku, price, count) for (sku, price), count in counts.items()
    )
