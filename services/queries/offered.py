"""Which products are offered, and as what."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager

from core.text import fold
from models import Listing, ListingStatus, Product, Seller
from models.bulk import among
from services.access import Actor, visible_listings, visible_products
from services.queries.paging import Order, Page, page_of


def newest_listings(session: Session, product_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The newest listing of each of these products that has one."""
    query = (
        select(Listing.product_id, Listing.id)
        .where(among(Listing.product_id, product_ids))
        .distinct(Listing.product_id)
        .order_by(Listing.product_id, Listing.created_at.desc())
    )
    return dict(session.execute(query).tuples().all())


def list_offers_of(session: Session, actor: Actor, product_id: UUID) -> Sequence[Listing]:
    """The sizes and packages in which a product is offered, the first one first."""
    own = (Listing.product_id == product_id, Listing.status != ListingStatus.WITHDRAWN)
    query = select(Listing).where(*own, visible_listings(actor))
    return session.scalars(query.order_by(Listing.created_at, Listing.id)).all()


def list_unpriced(
    session: Session, actor: Actor, *, q: str | None = None, limit: int, cursor: str | None = None
) -> Page[Product]:
    """Products that nobody has put a price on yet, by their own or their seller's name; each with its seller."""
    query = (
        select(Product)
        .join(Product.seller)
        .where(visible_products(actor), ~select(Listing.id).where(Listing.product_id == Product.id).exists())
        .options(contains_eager(Product.seller))
    )
    if q:
        named = Product.name.icontains(q, autoescape=True)
        query = query.where(or_(named, Seller.folded_name.contains(fold(q), autoescape=True)))
    return page_of(session, query, Order(Product.created_at, Product.id), limit, cursor)
