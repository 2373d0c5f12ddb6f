"""What follows when a household changes its mind: what it no longer agrees to ends at once."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ConsentPurpose, Household, Listing, ListingStatus, Product, Seller
from services import people
from services.access import Actor
from services.listings import withdraw_listing


def change_household(session: Session, actor: Actor, household_id: UUID, **changes: object) -> Household:
    """`people.change_household`; where publication is agreed to no more, every live listing is taken down.

    Law 91/2025/QH15: a consent can be withdrawn at any time.
    """
    household = people.change_household(session, actor, household_id, **changes)
    if "consents" in changes and not people.agrees(session, household.id, ConsentPurpose.PUBLICATION):
        for listing_id in _live_listings(session, household.id):
            withdraw_listing(session, actor, listing_id)
    return household


def _live_listings(session: Session, household_id: UUID) -> list[UUID]:
    query = (
        select(Listing.id)
        .join(Product, Product.id == Listing.product_id)
        .join(Seller, Seller.id == Product.seller_id)
        .where(Seller.household_id == household_id, Listing.status == ListingStatus.APPROVED)
        .order_by(Listing.id)
    )
    return list(session.scalars(query))
