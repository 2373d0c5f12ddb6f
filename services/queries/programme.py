"""What the programme counts, by commune: numbers only, never a person."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, cast, func, select, true, union_all
from sqlalchemy.orm import Session

from models import (
    AdminUnit,
    AdminUnitLevel,
    Household,
    HouseholdStatus,
    Listing,
    ListingStatus,
    Market,
    Payment,
    Product,
    Publication,
    PublicationStatus,
    Seller,
    Stall,
    YearRevenue,
)
from services.access import Actor, require
from services.queries.stalls import open_within
from services.queries.tax_rules import read_tax_rules
from services.queries.thresholds import is_near
from services.queries.went_back import went_back


@dataclass(frozen=True)
class Counts:
    """Households with their consent, sellers, those of them with a product live on a floor, those near a threshold of
    the year's revenue or past one, stalls that were open in the time, and its payments, in đồng; `amount` is less what
    went back in the time."""

    households: int
    sellers: int
    live: int
    near: int
    stalls: int
    payments: int
    amount: int


@dataclass(frozen=True)
class CommuneCounts(Counts):
    code: str
    name: str


def count_by_commune(session: Session, actor: Actor, first: date, last: date) -> list[CommuneCounts]:
    """The communes of the officer's provinces (an administrator's: all) in which there is anything, by name;
    payments are those of business days `first` … `last`. Raises Forbidden for anybody else."""
    require(actor.is_administrator or bool(actor.provinces))
    parts = {
        "households": _households(),
        "sellers": _sellers(),
        "live": _live_sellers(),
        "near": _near_thresholds(session, last.year),
        "stalls": _stalls(first, last),
        "payments": _payments(first, last),
        "amount": _amounts(first, last),
    }
    query = select(
        AdminUnit.code, AdminUnit.name, *(func.coalesce(part.c.number, 0) for part in parts.values())
    ).select_from(AdminUnit)
    for part in parts.values():
        query = query.outerjoin(part, part.c.commune == AdminUnit.code)
    query = query.where(
        AdminUnit.level == AdminUnitLevel.COMMUNE,
        _province_of(actor),
        func.num_nonnulls(*(part.c.number for part in parts.values())) > 0,
    ).order_by(AdminUnit.folded_name)
    return [
        CommuneCounts(code=row[0], name=row[1], **dict(zip(parts, row[2:], strict=True)))
        for row in session.execute(query)
    ]


def total_of(rows: Sequence[CommuneCounts]) -> Counts:
    return Counts(**{field.name: sum(getattr(row, field.name) for row in rows) for field in fields(Counts)})


def _province_of(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.is_administrator else AdminUnit.province_code.in_(actor.provinces)


def _households() -> Subquery:
    registered = Household.status.in_((HouseholdStatus.REGISTERED, HouseholdStatus.VERIFIED))
    return _grouped(select(Household.commune_code, func.count()).where(registered))


def _sellers() -> Subquery:
    return _grouped(select(Seller.commune_code, func.count()))


def _live_sellers() -> Subquery:
    """Sellers with an approved listing that stands on a floor now."""
    return _grouped(
        select(Seller.commune_code, func.count(Seller.id.distinct()))
        .join(Product, Product.seller_id == Seller.id)
        .join(Listing, Listing.product_id == Product.id)
        .join(Publication, Publication.listing_id == Listing.id)
        .where(Listing.status == ListingStatus.APPROVED, Publication.status == PublicationStatus.LISTED)
    )


def _near_thresholds(session: Session, year: int) -> Subquery:
    near = is_near(read_tax_rules(session), year)
    return _grouped(select(Seller.commune_code, func.count()).join(YearRevenue.seller).where(near))


def _stalls(first: date, last: date) -> Subquery:
    return _grouped(
        select(Market.commune_code, func.count())
        .join(Stall, Stall.market_id == Market.id)
        .where(open_within(first, last))
    )


def _payments(first: date, last: date) -> Subquery:
    """How many came in the markets of a commune."""
    return _grouped(
        select(Market.commune_code, func.count())
        .join(Payment, Payment.market_id == Market.id)
        .where(Payment.business_day.between(first, last))
    )


def _amounts(first: date, last: date) -> Subquery:
    """What came there, less what went back."""
    back = went_back()
    moved = union_all(
        select(Payment.market_id, func.sum(Payment.amount).label("amount"))
        .where(Payment.business_day.between(first, last))
        .group_by(Payment.market_id),
        select(back.c.market_id, -func.sum(back.c.amount))
        .where(back.c.business_day.between(first, last))
        .group_by(back.c.market_id),
    ).subquery()
    amount = cast(func.sum(moved.c.amount), BigInteger)
    return _grouped(select(Market.commune_code, amount).join(moved, moved.c.market_id == Market.id))


def _grouped(query: Select[str, int]) -> Subquery:
    commune, number = query.selected_columns
    return (
        query.with_only_columns(commune.label("commune"), number.label("number")).group_by(commune).subquery()
    )
