"""Everything that stands in the shop, for search engines and the catalogues of Google and Meta, part by part."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from core.gtin import in_trade
from models import Listing, Product, Seller
from models.orders import SHOP
from services.offers import draft_for
from services.queries.shop import on_sale, said_name
from services.said import said_of

IN_A_PART = 10_000
"""Addresses in one part of the sitemap (the protocol allows 50,000, and 50 MB)."""


@dataclass(frozen=True)
class FeedItem:
    """An offer as a catalogue takes it: `gtin` only where it is one in trade, `photo_ids` the first one first."""

    sku: str
    name: str
    title: str
    description: str
    price: int
    stock: int
    photo_ids: tuple[UUID, ...]
    brand: str
    gtin: str | None


def count_offers(session: Session) -> int:
    query = select(func.count()).select_from(Listing).join(Listing.product).join(Product.seller)
    return session.scalar(query.where(on_sale())) or 0


def list_offer_names(session: Session, part: int) -> list[tuple[str, str]]:
    """SKU and name of the offers of part `part` (from 1), in the order in which they came."""
    query = (
        select(Listing.sku, said_name())
        .join(Listing.approval)
        .join(Listing.product)
        .join(Product.seller)
        .where(on_sale())
        .order_by(Listing.id)
        .offset((part - 1) * IN_A_PART)
        .limit(IN_A_PART)
    )
    return [(sku, name) for sku, name in session.execute(query)]


def list_shop_codes(session: Session) -> list[str]:
    """Of the sellers who have something on sale."""
    query = (
        select(Seller.code)
        .select_from(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(on_sale())
        .distinct()
        .order_by(Seller.code)
        .limit(IN_A_PART)
    )
    return list(session.scalars(query))


def list_feed_items(session: Session) -> list[FeedItem]:
    """Every offer that has a photo: without one no catalogue takes it."""
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(on_sale())
        .order_by(Listing.id)
        .options(
            joinedload(Listing.product).joinedload(Product.seller),
            joinedload(Listing.approval),
            joinedload(Listing.product).selectinload(Product.photos),
            selectinload(Listing.prices),
            selectinload(Listing.dated_prices),
            lazyload(Listing.publications),
        )
    )
    items = map(_item, session.scalars(query))
    return [item for item in items if item.photo_ids]


def _item(listing: Listing) -> FeedItem:
    product, said = listing.product, said_of(listing)
    photos = said.shown(product.photos)
    draft = draft_for(listing, SHOP, len(photos), said)
    return FeedItem(
        sku=listing.sku,
        name=said.name,
        title=draft.title,
        description=draft.description or draft.title,
        price=draft.price,
        stock=listing.stock,
        photo_ids=tuple(photos),
        brand=product.seller.name,
        gtin=said.gtin if said.gtin and in_trade(said.gtin) else None,
    )
