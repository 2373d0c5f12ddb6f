"""What belongs to one seller, within the person's sight."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Seller, Stall
from services.access import Actor, visible_sellers, visible_stalls


def seller_of_household(session: Session, actor: Actor, household_id: UUID) -> Seller | None:
    return session.scalar(select(Seller).where(Seller.household_id == household_id, visible_sellers(actor)))


def list_stalls_of_seller(session: Session, actor: Actor, seller_id: UUID) -> list[Stall]:
    """The seller's stalls with their markets, by number; those that are closed come last."""
    query = (
        select(Stall)
        .where(Stall.seller_id == seller_id, visible_stalls(actor))
        .options(joinedload(Stall.market))
        .order_by(Stall.closed_on.is_not(None), Stall.number, Stall.id)
    )
    return list(session.scalars(query))
