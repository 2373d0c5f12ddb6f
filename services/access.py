"""Who may see what. An actor is a signed-in person with the places in which the roles hold; the clauses
below are the only place where rows are narrowed to a person's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, true, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import Forbidden
from models import (
    AdminUnit,
    CashNote,
    CollectionChannel,
    Consent,
    ConsentPurpose,
    FeeInvoice,
    Household,
    Listing,
    Market,
    Order,
    Payment,
    PaymentRequest,
    Product,
    ReconciliationException,
    Role,
    RoleGrant,
    Seller,
    SellerKind,
    Stall,
    Statement,
    StatementMapping,
    User,
)


@dataclass(frozen=True)
class Actor:
    """A person at work: `communes`, `markets`, `stalls`, `sellers` and `provinces` are the person's own places."""

    user_id: UUID
    name: str
    roles: frozenset[Role]
    communes: frozenset[str]
    markets: frozenset[UUID]
    stalls: frozenset[UUID]
    sellers: frozenset[UUID]
    provinces: frozenset[str]

    @property
    def is_administrator(self) -> bool:
        return Role.ADMINISTRATOR in self.roles

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)


def actor_of(user: User) -> Actor:
    return Actor(
        user_id=user.id,
        name=user.name,
        roles=frozenset(grant.role for grant in user.grants),
        communes=frozenset(_keys(user.grants, Role.CLERK)),
        markets=frozenset(map(UUID, _keys(user.grants, Role.MANAGER))),
        stalls=frozenset(map(UUID, _keys(user.grants, Role.STALLHOLDER))),
        sellers=frozenset(map(UUID, _keys(user.grants, Role.SELLER))),
        provinces=frozenset(_keys(user.grants, Role.OFFICER)),
    )


def _keys(grants: Iterable[RoleGrant], role: Role) -> list[str]:
    return [grant.place_key for grant in grants if grant.role is role]


def require(allowed: bool) -> None:
    """Raises Forbidden: the place is known to the person, but is not the person's own."""
    if not allowed:
        raise Forbidden()


def serves(actor: Actor, commune_code: str) -> bool:
    """As its clerk, or as an administrator."""
    return actor.is_administrator or commune_code in actor.communes


def require_commune(actor: Actor, commune_code: str) -> None:
    require(serves(actor, commune_code))


def require_market(actor: Actor, market: Market) -> None:
    """A clerk of the market's commune or the market's manager."""
    require(actor.is_administrator or market.id in actor.markets or market.commune_code in actor.communes)


def own_seller(actor: Actor, seller_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The person sells as this one: with a stall of their own, or without any."""
    with_stall = select(Stall.seller_id).where(Stall.id.in_(actor.stalls))
    return or_(seller_id.in_(actor.sellers), seller_id.in_(with_stall))


def goods_kept(actor: Actor, seller_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The person keeps this one's goods and sends them: as the seller, or as the clerk of its commune."""
    if actor.is_administrator:
        return true()
    served = select(Seller.id).where(Seller.commune_code.in_(actor.communes))
    return or_(own_seller(actor, seller_id), seller_id.in_(served))


def visible_households(actor: Actor) -> ColumnElement[bool]:
    if actor.is_administrator:
        return true()
    own = select(Seller.household_id).where(own_seller(actor, Seller.id))
    return or_(Household.commune_code.in_(actor.communes), Household.id.in_(own))


def visible_sellers(actor: Actor) -> ColumnElement[bool]:
    if actor.is_administrator:
        return true()
    return or_(sellers_with_books(actor), Seller.created_by == actor.user_id)


def visible_markets(actor: Actor) -> ColumnElement[bool]:
    if actor.is_administrator:
        return true()
    own = select(Stall.market_id).where(Stall.id.in_(actor.stalls))
    return or_(Market.commune_code.in_(actor.communes), Market.id.in_(actor.markets), Market.id.in_(own))


def visible_stalls(actor: Actor) -> ColumnElement[bool]:
    """Stalls whose page the person may open: also those of a clerk's communes."""
    if actor.is_administrator:
        return true()
    served = select(Market.id).where(Market.commune_code.in_(actor.communes))
    return or_(Stall.market_id.in_(served), stalls_with_money(actor))


def stalls_with_money(actor: Actor) -> ColumnElement[bool]:
    """Stalls whose payments the person may see: the holder's own and the manager's; no clerk's."""
    if actor.is_administrator:
        return true()
    return or_(Stall.market_id.in_(actor.markets), Stall.id.in_(actor.stalls))


def visible_money(actor: Actor, table: type[Payment] | type[PaymentRequest]) -> ColumnElement[bool]:
    """Payments or requests of the holder's own stalls and of the manager's markets, orphans included."""
    if actor.is_administrator:
        return true()
    return or_(table.market_id.in_(actor.markets), table.stall_id.in_(actor.stalls))


def visible_cash_notes(actor: Actor) -> ColumnElement[bool]:
    """Those of the manager's markets, and of the holder's own stalls: not of whoever had them before."""
    if actor.is_administrator:
        return true()
    own = select(Stall.id, Stall.seller_id).where(Stall.id.in_(actor.stalls))
    return or_(CashNote.market_id.in_(actor.markets), tuple_(CashNote.stall_id, CashNote.seller_id).in_(own))


def sellers_with_books(actor: Actor) -> ColumnElement[bool]:
    """Sellers whose revenue the person may read: one's own, those of a clerk's communes, those with
    a stall in a manager's market. Whoever only registered a seller does not."""
    if actor.is_administrator:
        return true()
    managed = select(Stall.seller_id).where(Stall.market_id.in_(actor.markets))
    return or_(Seller.commune_code.in_(actor.communes), Seller.id.in_(managed), own_seller(actor, Seller.id))


def visible_exceptions(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_administrator else ReconciliationException.market_id.in_(actor.markets)


def visible_statements(actor: Actor) -> ColumnElement[bool]:
    """Bank history: for the market's manager only."""
    return true() if actor.is_administrator else Statement.market_id.in_(actor.markets)


def visible_mappings(actor: Actor) -> ColumnElement[bool]:
    """How a market's statements are read: for its manager."""
    return true() if actor.is_administrator else StatementMapping.market_id.in_(actor.markets)


def visible_fee_invoices(actor: Actor) -> ColumnElement[bool]:
    """Those of the manager's markets, of the holder's own stalls (not of whoever had them before), and own tickets."""
    if actor.is_administrator:
        return true()
    own = select(Stall.id, Stall.seller_id).where(Stall.id.in_(actor.stalls))
    return or_(
        FeeInvoice.market_id.in_(actor.markets),
        tuple_(FeeInvoice.stall_id, FeeInvoice.seller_id).in_(own),
        own_tickets(actor),
    )


def own_tickets(actor: Actor) -> ColumnElement[bool]:
    """Fees of the person's own for a day without a stall."""
    return and_(FeeInvoice.stall_id.is_(None), own_seller(actor, FeeInvoice.seller_id))


def visible_channels(actor: Actor) -> ColumnElement[bool]:
    if actor.is_administrator:
        return true()
    markets = select(Market.id).where(visible_markets(actor))
    used = select(Stall.channel_id).where(visible_stalls(actor))
    sellers = select(Seller.id).where(visible_sellers(actor))
    own_collector = and_(CollectionChannel.has_collector, CollectionChannel.seller_id.in_(sellers))
    return or_(CollectionChannel.market_id.in_(markets), CollectionChannel.id.in_(used), own_collector)


def own_accounts(actor: Actor) -> ColumnElement[bool]:
    """Channels whose accounts are the person's to look after: a market's its manager's; a seller's the seller's, the
    clerk's who serves the seller, and a manager's in whose markets all of the seller's open stalls are. Where there are
    others, their money would be told of by one who has no business there."""
    if actor.is_administrator:
        return true()
    served = select(Seller.id).where(
        or_(Seller.commune_code.in_(actor.communes), own_seller(actor, Seller.id))
    )
    of_seller = select(Stall.id).where(
        Stall.seller_id == CollectionChannel.seller_id, Stall.closed_on.is_(None)
    )
    all_here = and_(
        of_seller.where(Stall.market_id.in_(actor.markets)).exists(),
        ~of_seller.where(Stall.market_id.not_in(actor.markets)).exists(),
    )
    return or_(
        CollectionChannel.market_id.in_(actor.markets), CollectionChannel.seller_id.in_(served), all_here
    )


def visible_products(actor: Actor) -> ColumnElement[bool]:
    return goods_kept(actor, Product.seller_id)


def published_sellers() -> ColumnElement[bool]:
    """Sellers whom everybody may see, with name and phone: traders and cooperatives, which are businesses, and
    households whose last word on publication was yes. Silence is no consent (Law 91/2025/QH15)."""
    last_word = (
        select(Consent.granted)
        .where(Consent.household_id == Seller.household_id, Consent.purpose == ConsentPurpose.PUBLICATION)
        .order_by(Consent.given_at.desc(), Consent.id.desc())
        .limit(1)
        .correlate(Seller)
        .scalar_subquery()
    )
    return or_(Seller.kind != SellerKind.HOUSEHOLD, last_word)


def visible_listings(actor: Actor) -> ColumnElement[bool]:
    return Listing.product_id.in_(select(Product.id).where(visible_products(actor)))


def visible_orders(actor: Actor) -> ColumnElement[bool]:
    """They name the buyer, so whoever sees one also sends it; a market's manager does neither."""
    return goods_kept(actor, Order.seller_id)


def units_of(actor: Actor) -> ColumnElement[bool]:
    """The communes in which the person registers households."""
    return true() if actor.is_administrator else AdminUnit.code.in_(actor.communes)
