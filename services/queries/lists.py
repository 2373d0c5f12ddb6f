"""Lists of what a person may see, page by page; each loads what its rows show in a fixed number of statements.

`since` and `until` are business days, both included. `q` is what a person typed into a search box.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, defer, joinedload, selectinload

from core.crypto import blind_index
from core.phones import normalise
from core.text import fold
from models import (
    AdminUnit,
    CollectionChannel,
    ExceptionKind,
    ExceptionStatus,
    Household,
    HouseholdStatus,
    Listing,
    ListingStatus,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    Product,
    ReconciliationException,
    Role,
    Seller,
    Stall,
)
from services.access import (
    Actor,
    visible_channels,
    visible_exceptions,
    visible_households,
    visible_listings,
    visible_markets,
    visible_money,
    visible_products,
    visible_sellers,
    visible_stalls,
)
from services.approvals import may_wait
from services.queries.paging import DEFAULT_LIMIT, Order, Page, given, in_days, merged, page_of
from services.queries.refused import is_refused
from services.queries.shared import parts_of
from services.queries.stalls import StallStatus, of_status

__all__ = ["Page"]

Conditions = list[ColumnElement[bool]]


def list_households(
    session: Session,
    actor: Actor,
    *,
    commune: str | None = None,
    status: HouseholdStatus | None = None,
    q: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Household]:
    """Households by name, or by exact code, phone or ID number. ID numbers stay sealed."""
    query = (
        select(Household)
        .where(
            visible_households(actor),
            *given(Household.commune_code, commune),
            *given(Household.status, status),
            *_household_like(q),
            *in_days(Household.created_at, since, until),
        )
        .options(defer(Household.national_id))
    )
    return page_of(session, query, Order(Household.created_at, Household.id), limit, cursor)


def _household_like(q: str | None) -> Conditions:
    if not q:
        return []
    exact = or_(
        Household.code == q.upper(),
        Household.phone == normalise(q),
        Household.national_id_index == blind_index("national_id", q.replace(" ", "")),
    )
    return [or_(Household.folded_name.contains(fold(q), autoescape=True), exact)]


def list_sellers(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    commune: str | None = None,
    q: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Seller]:
    """Sellers by name, or by exact code, phone or id, by which a manager finds also a seller of a clerk's."""
    exact = _seller_exactly(q) if q else false()
    sight = visible_sellers(actor)
    if actor.has(Role.MANAGER):
        sight = or_(sight, exact)
    like = [or_(Seller.folded_name.contains(fold(q), autoescape=True), exact)] if q else []
    query = select(Seller).where(
        sight,
        *like,
        *given(Seller.commune_code, commune),
        *_sells_in(actor, Seller.id, market_id),
        *in_days(Seller.created_at, since, until),
    )
    return page_of(session, query, Order(Seller.created_at, Seller.id), limit, cursor)


def _seller_exactly(q: str) -> ColumnElement[bool]:
    exact = or_(Seller.code == q.upper(), Seller.phone == normalise(q))
    try:
        return or_(exact, Seller.id == UUID(q))
    except ValueError:
        return exact


def _sells_in(actor: Actor, seller_id: InstrumentedAttribute[UUID], market_id: UUID | None) -> Conditions:
    """The seller has an open stall in the market, and one that the person may see."""
    if market_id is None:
        return []
    there = select(Stall.seller_id).where(Stall.market_id == market_id, Stall.closed_on.is_(None))
    return [seller_id.in_(there.where(visible_stalls(actor)))]


def list_markets(
    session: Session,
    actor: Actor,
    *,
    commune: str | None = None,
    q: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Market]:
    like = [or_(Market.name.icontains(q, autoescape=True), Market.code == q.upper())] if q else []
    query = select(Market).where(visible_markets(actor), *given(Market.commune_code, commune), *like)
    return page_of(session, query, Order(Market.created_at, Market.id), limit, cursor)


def list_stalls(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    commune: str | None = None,
    status: StallStatus = StallStatus.OPEN,
    q: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Stall]:
    """Stalls by number, code, reference or seller's name, each with its market, seller, account and channel."""
    query = (
        select(Stall)
        .join(Stall.market)
        .join(Stall.seller)
        .where(
            visible_stalls(actor),
            *given(Stall.market_id, market_id),
            *given(Market.commune_code, commune),
            *of_status(status),
            *_stall_like(q),
        )
        .options(
            joinedload(Stall.market),
            joinedload(Stall.seller),
            joinedload(Stall.payout_account),
            joinedload(Stall.virtual_account),
            joinedload(Stall.channel).defer(CollectionChannel.credentials),
        )
    )
    return page_of(session, query, Order(Stall.created_at, Stall.id), limit, cursor)


def _stall_like(q: str | None) -> Conditions:
    if not q:
        return []
    exact = or_(Stall.number == q, Stall.code == q.upper(), Stall.reference == q.upper())
    return [or_(exact, Seller.folded_name.contains(fold(q), autoescape=True))]


def list_channels(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[CollectionChannel]:
    """Channels of a market, or that its stalls use or may use. Credentials stay sealed."""
    stalls = select(Stall).where(Stall.market_id == market_id, visible_stalls(actor))
    own = or_(
        CollectionChannel.market_id == market_id,
        CollectionChannel.id.in_(stalls.with_only_columns(Stall.channel_id)),
        and_(
            CollectionChannel.has_collector,
            CollectionChannel.seller_id.in_(stalls.with_only_columns(Stall.seller_id)),
        ),
    )
    query = (
        select(CollectionChannel)
        .where(visible_channels(actor), *([own] if market_id else []))
        .options(defer(CollectionChannel.credentials))
    )
    return page_of(session, query, Order(CollectionChannel.created_at, CollectionChannel.id), limit, cursor)


def list_products(
    session: Session,
    actor: Actor,
    *,
    seller_id: UUID | None = None,
    q: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Product]:
    like = [Product.name.icontains(q, autoescape=True)] if q else []
    query = (
        select(Product)
        .where(visible_products(actor), *given(Product.seller_id, seller_id), *like)
        .options(joinedload(Product.seller))
    )
    return page_of(session, query, Order(Product.created_at, Product.id), limit, cursor)


def list_listings(
    session: Session,
    actor: Actor,
    *,
    status: ListingStatus | None = None,
    q: str | None = None,
    market_id: UUID | None = None,
    commune: str | None = None,
    waits: bool = False,
    refused: bool = False,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Listing]:
    """Listings by the product's or seller's name or the exact SKU, each with product, seller, publications and
    what says how it will stand on its floors. `waits`: those that may wait for an approval; `refused`: those that a
    floor did not take."""
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .outerjoin(Listing.approval)
        .where(
            visible_listings(actor),
            *given(Listing.status, status),
            *given(Seller.commune_code, commune),
            *_sells_in(actor, Product.seller_id, market_id),
            *_listing_like(q),
            *([may_wait()] if waits else []),
            *([is_refused()] if refused else []),
        )
        .options(
            joinedload(Listing.product).options(
                joinedload(Product.seller),
                joinedload(Product.origin).joinedload(AdminUnit.province),
                selectinload(Product.photos),
            ),
            contains_eager(Listing.approval),
        )
    )
    return page_of(session, query, Order(Listing.created_at, Listing.id), limit, cursor)


def _listing_like(q: str | None) -> Conditions:
    if not q:
        return []
    named = Product.name.icontains(q, autoescape=True)
    return [or_(named, Listing.sku == q.upper(), Seller.folded_name.contains(fold(q), autoescape=True))]


def list_payments(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    stall_id: UUID | None = None,
    q: str | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Payment]:
    """Money that came, the latest transfer first, with its stall and what it was matched to. What several stalls share
    is in the list of each, whole."""
    query = (
        select(Payment)
        .where(
            *given(Payment.market_id, market_id),
            *([Payment.business_day >= since] if since else []),
            *([Payment.business_day <= until] if until else []),
            *([or_(Payment.reference == q, Payment.memo.icontains(q, autoescape=True))] if q else []),
        )
        .options(joinedload(Payment.stall), selectinload(Payment.matches))
    )
    order = Order(Payment.occurred_at, Payment.id)
    own = query.where(visible_money(actor, Payment), *given(Payment.stall_id, stall_id))
    parts = parts_of(session, actor, stall_id)
    queries = [own, query.where(Payment.id.in_(parts))] if parts else [own]
    return merged([page_of(session, one, order, limit, cursor) for one in queries], order, limit)


def list_payment_requests(
    session: Session,
    actor: Actor,
    *,
    stall_id: UUID | None = None,
    market_id: UUID | None = None,
    status: PaymentStatus | None = None,
    since: date | None = None,
    until: date | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[PaymentRequest]:
    query = (
        select(PaymentRequest)
        .where(
            visible_money(actor, PaymentRequest),
            *given(PaymentRequest.stall_id, stall_id),
            *given(PaymentRequest.market_id, market_id),
            *given(PaymentRequest.status, status),
            *in_days(PaymentRequest.created_at, since, until),
        )
        .options(joinedload(PaymentRequest.stall))
    )
    return page_of(session, query, Order(PaymentRequest.created_at, PaymentRequest.id), limit, cursor)


def list_exceptions(
    session: Session,
    actor: Actor,
    *,
    market_id: UUID | None = None,
    kind: ExceptionKind | None = None,
    status: ExceptionStatus | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ReconciliationException]:
    """What a manager must look at."""
    table = ReconciliationException
    query = select(table).where(
        visible_exceptions(actor),
        *given(table.market_id, market_id),
        *given(table.kind, kind),
        *given(table.status, status),
    )
    return page_of(session, query, Order(table.created_at, table.id), limit, cursor)
