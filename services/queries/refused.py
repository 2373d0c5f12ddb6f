"""Listings that floors did not take: what of them is wanted there, and was refused or given up."""

from uuid import UUID

from sqlalchemy import ColumnElement, any_, exists, func, select
from sqlalchemy.orm import Session

from models import Listing, ListingStatus, Product, Publication, PublicationStatus
from services.access import Actor, visible_listings
from services.queries.paging import given

NOT_TAKEN = (PublicationStatus.REJECTED, PublicationStatus.FAILED)


def is_refused() -> ColumnElement[bool]:
    """Of a listing: whether a floor on which it is to stand did not take it."""
    return (Listing.status == ListingStatus.APPROVED) & exists().where(
        Publication.listing_id == Listing.id,
        Publication.status.in_(NOT_TAKEN),
        Publication.marketplace == any_(Listing.marketplaces),
    )


def count_refused(session: Session, actor: Actor, seller_id: UUID | None = None) -> int:
    """How many such listings the person sees, of one seller or of all."""
    query = (
        select(func.count())
        .select_from(Listing)
        .join(Listing.product)
        .where(visible_listings(actor), *given(Product.seller_id, seller_id), is_refused())
    )
    return session.scalar(query) or 0


def floors_refusing(listing: Listing) -> list[str]:
    """Which did not take this one."""
    standing = (one for one in listing.publications if one.is_wanted and one.status in NOT_TAKEN)
    return [publication.marketplace for publication in standing]
