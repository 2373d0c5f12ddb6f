"""What the public shop shows: goods on sale and who sells them, of sellers whom everybody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ScalarSelect, Select, any_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.clock import business_day, now
from core.errors import NotFound
from core.text import fold
from models import (
    AdminUnit,
    DatedPrice,
    Listing,
    ListingApproval,
    ListingPrice,
    ListingStatus,
    Market,
    Photo,
    PhotoStatus,
    Product,
    Publication,
    PublicationStatus,
    Seller,
    SellerKind,
    Stall,
)
from models.orders import SHOP
from services.access import published_sellers

ON_A_PAGE = 24
MOST_PAGES = 50
"""What lies deeper is found by market, commune, seller or words."""
MOST_SHOPS = 60


@dataclass(frozen=True)
class Good:
    """An offer as it stands in a list; `price` in đồng a unit."""

    sku: str
    name: str
    variant: str | None
    price: int
    unit: str
    stock: int
    photo_id: UUID | None
    seller_name: str
    seller_code: str
    commune: str


@dataclass(frozen=True)
class ShopLine:
    """A seller as it stands in a list, with how many offers."""

    code: str
    name: str
    kind: SellerKind
    commune: str
    goods: int


@dataclass(frozen=True)
class PlaceLine:
    """A market or commune with goods on sale, and how many sellers offer them."""

    code: str
    name: str
    shops: int


@dataclass(frozen=True)
class StallPlace:
    """Where a seller stands."""

    code: str
    number: str
    market_code: str
    market_name: str
    weekdays: Sequence[int]


@dataclass(frozen=True)
class Shop:
    """One seller's."""

    id: UUID
    code: str
    name: str
    kind: SellerKind
    phone: str
    commune: str
    commune_code: str
    province: str
    stalls: Sequence[StallPlace]


@dataclass(frozen=True)
class Scope:
    """Whose goods: of one seller, of those with an open stall in a market, of a commune's; `q` is what was typed."""

    seller_id: UUID | None = None
    market_id: UUID | None = None
    commune_code: str | None = None
    q: str = ""


def on_sale() -> ColumnElement[bool]:
    """A listing that everybody may see now; Product and Seller are to be joined."""
    listed = exists().where(
        Publication.listing_id == Listing.id,
        Publication.marketplace == SHOP,
        Publication.status == PublicationStatus.LISTED,
    )
    return listed & (Listing.status == ListingStatus.APPROVED) & published_sellers()


def shop_price(day: date) -> ColumnElement[int]:
    """đồng a unit here on a business day, as `Listing.price_on` has it; ListingApproval is to be joined."""
    dated = (
        select(DatedPrice.price)
        .where(
            DatedPrice.listing_id == Listing.id,
            DatedPrice.turns_on.is_not(None),
            DatedPrice.first_day <= day,
            DatedPrice.last_day >= day,
            DatedPrice.unit == ListingApproval.facts["unit"].astext,
            func.coalesce(DatedPrice.marketplace, SHOP) == SHOP,
        )
        .order_by(DatedPrice.marketplace.nulls_last())
        .limit(1)
    )
    own = select(ListingPrice.price).where(
        ListingPrice.listing_id == Listing.id, ListingPrice.marketplace == SHOP
    )
    return func.coalesce(
        dated.correlate(Listing, ListingApproval).scalar_subquery(),
        own.correlate(Listing).scalar_subquery(),
        Listing.price,
    )


def said_name() -> ColumnElement[Any]:
    """As it was approved; ListingApproval is to be joined, as for those that follow."""
    name: ColumnElement[Any] = ListingApproval.facts["name"].astext
    return name


def said_origin() -> ColumnElement[Any]:
    """The code of the commune."""
    code: ColumnElement[Any] = ListingApproval.facts["origin"]["code"].astext
    return code


def first_photo() -> "ScalarSelect[UUID]":
    shown = ListingApproval.photo_ids
    ready = select(Photo.id).where(Photo.id == any_(shown), Photo.status == PhotoStatus.READY)
    first = ready.order_by(func.array_position(shown, Photo.id)).limit(1)
    return first.correlate(ListingApproval).scalar_subquery()


def list_goods(session: Session, scope: Scope, page: int = 1) -> tuple[list[Good], bool]:
    """The newest offers first; page `page` (from 1), and whether more come after it. Raises NotFound for a page
    beyond MOST_PAGES."""
    if not 1 <= page <= MOST_PAGES:
        raise NotFound()
    query = (
        select(
            Listing.sku,
            said_name(),
            ListingApproval.facts["variant"].astext,
            shop_price(business_day(now())),
            ListingApproval.facts["unit"].astext,
            Listing.stock,
            first_photo(),
            Seller.name,
            Seller.code,
            AdminUnit.name,
        )
        .join(Listing.approval)
        .join(Listing.product)
        .join(Product.seller)
        .join(AdminUnit, AdminUnit.code == func.coalesce(said_origin(), Seller.commune_code))
        .where(on_sale(), *_within(scope))
        .order_by(Listing.id.desc())
        .offset((page - 1) * ON_A_PAGE)
        .limit(ON_A_PAGE + 1)
    )
    rows = [Good(*tuple(row)) for row in session.execute(query)]
    return rows[:ON_A_PAGE], len(rows) > ON_A_PAGE and page < MOST_PAGES


def _within(scope: Scope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if scope.seller_id:
        conditions.append(Seller.id == scope.seller_id)
    if scope.market_id:
        there = select(Stall.seller_id).where(Stall.market_id == scope.market_id, Stall.closed_on.is_(None))
        conditions.append(Seller.id.in_(there))
    if scope.commune_code:
        conditions.append(Seller.commune_code == scope.commune_code)
    if words := fold(scope.q):
        named = [table.folded_name.contains(words, autoescape=True) for table in (ListingApproval, Seller)]
        conditions.append(or_(*named, Listing.sku == scope.q.strip().upper()))
    return conditions


def list_shops(session: Session, scope: Scope) -> list[ShopLine]:
    """Sellers with something on sale, those with most first."""
    count = func.count(Listing.id)
    query = (
        select(Seller.code, Seller.name, Seller.kind, AdminUnit.name, count)
        .select_from(Listing)
        .join(Listing.approval)
        .join(Listing.product)
        .join(Product.seller)
        .join(AdminUnit, AdminUnit.code == Seller.commune_code)
        .where(on_sale(), *_within(scope))
        .group_by(Seller.id, AdminUnit.name)
        .order_by(count.desc(), Seller.folded_name, Seller.code)
        .limit(MOST_SHOPS)
    )
    return [ShopLine(*row) for row in session.execute(query)]


def list_markets(session: Session) -> list[PlaceLine]:
    """Markets where somebody who stands there has something on sale."""
    shops = func.count(Stall.seller_id.distinct())
    query = (
        select(Market.code, Market.name, shops)
        .join(Stall, Stall.market_id == Market.id)
        .where(Stall.seller_id.in_(_sellers_on_sale()), Stall.closed_on.is_(None))
        .group_by(Market.id)
        .order_by(shops.desc(), Market.name)
        .limit(MOST_SHOPS)
    )
    return [PlaceLine(*row) for row in session.execute(query)]


def list_communes(session: Session) -> list[PlaceLine]:
    """Communes whose sellers have something on sale."""
    shops = func.count(Seller.id)
    query = (
        select(AdminUnit.code, AdminUnit.name, shops)
        .join(Seller, Seller.commune_code == AdminUnit.code)
        .where(Seller.id.in_(_sellers_on_sale()))
        .group_by(AdminUnit.code)
        .order_by(shops.desc(), AdminUnit.name)
        .limit(MOST_SHOPS)
    )
    return [PlaceLine(*row) for row in session.execute(query)]


def _sellers_on_sale() -> Select[UUID]:
    return (
        select(Product.seller_id)
        .select_from(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(on_sale())
    )


def get_shop(session: Session, code: str) -> Shop:
    """A seller's shop by its code. Raises NotFound for one whom not everybody may see, or who never offered
    anything here."""
    province = aliased(AdminUnit)
    query = (
        select(Seller, AdminUnit, province.name)
        .join(AdminUnit, AdminUnit.code == Seller.commune_code)
        .join(province, province.code == AdminUnit.province_code)
        .where(Seller.code == code, _has_shop())
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound()
    return _shop(session, *found)


def has_shop(session: Session, seller_id: UUID) -> bool:
    """Whether `get_shop` finds it."""
    return session.scalar(select(Seller.id).where(Seller.id == seller_id, _has_shop())) is not None


def _has_shop() -> ColumnElement[bool]:
    ever = exists().where(
        Product.seller_id == Seller.id,
        Listing.product_id == Product.id,
        Publication.listing_id == Listing.id,
        Publication.marketplace == SHOP,
    )
    return published_sellers() & ever


def _shop(session: Session, seller: Seller, commune: AdminUnit, province: str) -> Shop:
    stalls = (
        select(Stall.code, Stall.number, Market.code, Market.name, Market.weekdays)
        .join(Stall.market)
        .where(Stall.seller_id == seller.id, Stall.closed_on.is_(None))
        .order_by(Market.name, Stall.number)
    )
    return Shop(
        id=seller.id,
        code=seller.code,
        name=seller.name,
        kind=seller.kind,
        phone=seller.phone,
        commune=commune.name,
        commune_code=commune.code,
        province=province,
        stalls=[StallPlace(*row) for row in session.execute(stalls)],
    )


def list_paying_stalls(session: Session, shop: Shop) -> list[Stall]:
    """The stalls to which a customer can pay by their static QR, with market and account."""
    query = (
        select(Stall)
        .where(Stall.seller_id == shop.id, Stall.closed_on.is_(None))
        .options(joinedload(Stall.market), joinedload(Stall.payout_account))
        .order_by(Stall.number, Stall.id)
    )
    return list(session.scalars(query))


def get_offer(session: Session, sku: str) -> Listing:
    """A listing on sale with what was approved, product, seller, photos and papers. Raises NotFound."""
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(Listing.sku == sku, on_sale())
        .options(
            joinedload(Listing.approval),
            joinedload(Listing.product).joinedload(Product.seller),
        )
    )
    listing = session.scalar(query)
    if listing is None:
        raise NotFound()
    return listing


def list_offers_of(session: Session, product_id: UUID) -> list[Listing]:
    """Everything on sale of one product (its sizes and packings), the cheapest first."""
    query = (
        select(Listing)
        .join(Listing.product)
        .join(Product.seller)
        .where(Listing.product_id == product_id, on_sale())
        .options(joinedload(Listing.approval))
    )
    today = business_day(now())
    return sorted(session.scalars(query), key=lambda listing: (listing.price_on(SHOP, today), listing.sku))


def get_shop_market(session: Session, code: str) -> tuple[Market, str]:
    """A market and its commune's name. Raises NotFound."""
    query = select(Market, AdminUnit.name).join(AdminUnit, AdminUnit.code == Market.commune_code)
    found = session.execute(query.where(Market.code == code)).one_or_none()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def get_shop_commune(session: Session, code: str) -> tuple[AdminUnit, str]:
    """A commune and its province's name. Raises NotFound."""
    province = aliased(AdminUnit)
    query = select(AdminUnit, province.name).join(province, province.code == AdminUnit.province_code)
    found = session.execute(
        query.where(AdminUnit.code == code, AdminUnit.code != AdminUnit.province_code)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found[0], found[1]
