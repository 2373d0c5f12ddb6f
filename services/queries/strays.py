"""Floors' orders that are nobody's here, for administrators."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session, joinedload

from core.errors import NotFound
from core.text import fold
from models import Listing, ListingApproval, Product, StrayOrder, StrayState
from services.access import Actor, require
from services.queries.paging import DEFAULT_LIMIT, Order, Page, page_of

MOST_LIKELY = 5


def list_strays(
    session: Session,
    actor: Actor,
    state: StrayState = StrayState.WAITING,
    *,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[StrayOrder]:
    """The newest first."""
    require(actor.is_administrator)
    query = select(StrayOrder).where(StrayOrder.state == state)
    return page_of(session, query, Order(StrayOrder.created_at, StrayOrder.id), limit, cursor)


def get_stray(session: Session, actor: Actor, stray_id: UUID) -> StrayOrder:
    """Raises NotFound."""
    require(actor.is_administrator)
    found = session.get(StrayOrder, stray_id)
    if found is None:
        raise NotFound()
    return found


def count_strays(session: Session, state: StrayState = StrayState.WAITING) -> int:
    return session.scalar(select(func.count()).where(StrayOrder.state == state)) or 0


def list_likely(session: Session, title: str) -> Sequence[Listing]:
    """Listings whose approved name stands in a floor's `title`, the longest name first."""
    query = (
        select(Listing)
        .join(Listing.approval)
        .where(func.strpos(literal(fold(title)), ListingApproval.folded_name) > 0)
        .options(joinedload(Listing.product).joinedload(Product.seller))
        .order_by(func.length(ListingApproval.folded_name).desc(), Listing.id)
        .limit(MOST_LIKELY)
    )
    return session.scalars(query).all() if title else []
