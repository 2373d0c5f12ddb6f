"""Whose goods a line of a floor's order is: as somebody said, else by our SKU, else by the number that the floor
gave our publication."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from gateways.ports import FloorOrder, OrderLine
from models import Listing, OrderTie, Product, Publication
from models.bulk import among


def goods_of(line: OrderLine) -> str:
    """What its floor knows the goods by; empty where it says nothing."""
    return line.sku.strip() or (line.external_id or "").strip() or line.title.strip()


@dataclass(frozen=True)
class Owner:
    listing_id: UUID
    seller_id: UUID
    sku: str


@dataclass(frozen=True)
class Owners:
    """`ties` by the order's number and its goods; `numbers` by the floor's own number of the product. What bears our
    SKU and is `held` by others, by listing and number, is not ours."""

    ties: dict[tuple[str, str], Owner]
    skus: dict[str, Owner]
    numbers: dict[str, Owner]
    held: frozenset[tuple[UUID, str | None]]

    def of(self, order: FloorOrder, line: OrderLine) -> Owner | None:
        if tied := self.ties.get((order.external_id, goods_of(line))):
            return tied
        named = self.skus.get(line.sku)
        if named and (named.listing_id, line.external_id) in self.held:
            return None
        return named or self.numbers.get(line.external_id or "")


def read_owners(session: Session, marketplace: str, orders: Collection[FloorOrder]) -> Owners:
    ties = _ties(session, marketplace, [order.external_id for order in orders])
    skus = _by_sku(session, {line.sku for order in orders for line in order.lines if line.sku})
    left = {
        line.external_id
        for order in orders
        for line in order.lines
        if line.external_id and line.sku not in skus and (order.external_id, goods_of(line)) not in ties
    }
    numbers = _by_number(session, marketplace, left) if left else {}
    return Owners(ties, skus, numbers, _held(session, marketplace, skus.values()))


def remember(session: Session, marketplace: str, orders: Iterable[FloorOrder], owners: Owners) -> None:
    """Write down whose goods were known only by the floor's number of them: it may have another tomorrow."""
    rows = {
        (order.external_id, goods_of(line)): owners.numbers[line.external_id].listing_id
        for order in orders
        for line in order.lines
        if line.external_id in owners.numbers
        and line.sku not in owners.skus
        and (order.external_id, goods_of(line)) not in owners.ties
    }
    if rows:
        values = [
            {"marketplace": marketplace, "external_id": number, "goods": goods, "listing_id": listing_id}
            for (number, goods), listing_id in rows.items()
        ]
        session.execute(upsert(OrderTie).values(values).on_conflict_do_nothing())


def _owners() -> Select[UUID, UUID, str]:
    return select(Listing.id, Product.seller_id, Listing.sku).join(Product, Product.id == Listing.product_id)


def _by_sku(session: Session, skus: set[str]) -> dict[str, Owner]:
    found = session.execute(_owners().where(among(Listing.sku, skus)))
    return {row.sku: Owner(*row) for row in found}


def _held(session: Session, marketplace: str, owners: Iterable[Owner]) -> frozenset[tuple[UUID, str | None]]:
    """Until a person claims it, what the floor holds under these listings' SKUs is somebody else's."""
    query = select(Publication.listing_id, Publication.held_external_id).where(
        Publication.marketplace == marketplace,
        Publication.held_external_id.is_not(None),
        among(Publication.listing_id, [owner.listing_id for owner in owners]),
    )
    return frozenset((listing_id, number) for listing_id, number in session.execute(query))


def _ties(session: Session, marketplace: str, numbers: list[str]) -> dict[tuple[str, str], Owner]:
    query = (
        _owners()
        .add_columns(OrderTie.external_id, OrderTie.goods)
        .join(OrderTie, OrderTie.listing_id == Listing.id)
        .where(OrderTie.marketplace == marketplace, among(OrderTie.external_id, numbers))
    )
    return {(number, goods): Owner(*owner) for *owner, number, goods in session.execute(query)}


def _by_number(session: Session, marketplace: str, numbers: set[str]) -> dict[str, Owner]:
    """Where two listings stand on one page of the floor, its number does not say which."""
    query = (
        _owners()
        .add_columns(Publication.external_id)
        .join(Publication, Publication.listing_id == Listing.id)
        .where(Publication.marketplace == marketplace, among(Publication.external_id, numbers))
    )
    found: dict[str, list[Owner]] = {}
    for *owner, number in session.execute(query):
        found.setdefault(number, []).append(Owner(*owner))
    return {number: owners[0] for number, owners in found.items() if len(owners) == 1}
