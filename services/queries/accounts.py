"""Who has an account, and what the places of their roles are called."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from core.phones import normalise
from models import AdminUnit, AdminUnitLevel, Market, PlaceKind, Role, RoleGrant, Seller, Stall, User
from services.access import Actor, require
from services.queries.paging import DEFAULT_LIMIT, Order, Page, page_of


def list_people(
    session: Session,
    actor: Actor,
    *,
    q: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[User]:
    """People by name or exact phone, for an administrator. Raises Forbidden for others."""
    require(actor.is_administrator)
    query = select(User)
    if q:
        query = query.where(or_(User.name.icontains(q, autoescape=True), User.phone == normalise(q)))
    return page_of(session, query, Order(User.created_at, User.id), limit, cursor)


def place_names(session: Session, grants: Iterable[RoleGrant]) -> dict[str, str]:
    """What the places of `grants` are called, by their keys."""
    keys: dict[PlaceKind, set[str]] = {kind: set() for kind in PlaceKind}
    for grant in grants:
        keys[grant.place_kind].add(grant.place_key)
    units = keys[PlaceKind.COMMUNE] | keys[PlaceKind.PROVINCE]
    names = dict(
        session.execute(select(AdminUnit.code, AdminUnit.name).where(AdminUnit.code.in_(units))).all()
    )
    markets = session.scalars(select(Market).where(Market.id.in_(map(UUID, keys[PlaceKind.MARKET]))))
    names |= {str(market.id): market.name for market in markets}
    stalls = session.scalars(
        select(Stall).where(Stall.id.in_(map(UUID, keys[PlaceKind.STALL]))).options(joinedload(Stall.market))
    )
    names |= {str(stall.id): f"{stall.number} · {stall.market.name}" for stall in stalls}
    sellers = session.scalars(select(Seller).where(Seller.id.in_(map(UUID, keys[PlaceKind.SELLER]))))
    return names | {str(seller.id): seller.name for seller in sellers}


def list_holders(session: Session, seller_id: UUID) -> Sequence[User]:
    """Who enters as the seller on a phone of their own; the seller was found within sight."""
    grants = select(RoleGrant.user_id).where(
        RoleGrant.role == Role.SELLER, RoleGrant.place_key == str(seller_id)
    )
    return session.scalars(select(User).where(User.id.in_(grants)).order_by(User.created_at)).all()


def list_provinces(session: Session) -> list[tuple[str, str]]:
    """Codes and names."""
    query = (
        select(AdminUnit.code, AdminUnit.name)
        .where(AdminUnit.level == AdminUnitLevel.PROVINCE)
        .order_by(AdminUnit.folded_name)
    )
    return [(code, name) for code, name in session.execute(query)]
