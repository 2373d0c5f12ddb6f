"""Approving listings: what was approved is kept, and what has changed since waits until it is approved, too."""

import hashlib
from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, Text, Uuid, cast, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session, defer, joinedload

from models import (
    ApprovalWay,
    Certificate,
    Listing,
    ListingApproval,
    ListingStatus,
    Photo,
    PhotoStatus,
    Product,
    Seller,
)
from services.access import Actor, own_seller
from services.asked_prices import let_prices_go
from services.said import OF_PRODUCT, facts_now, photos_now
from services.storing import store

SHOWN = 5
"""How many approvals a page tells of."""


class Change(NamedTuple):
    """One thing that is told otherwise now than it was approved: a field of product or listing, `origin`, `papers`,
    `photos` (ids), `price` or `prices` beside a new unit; both values as JSON can hold them."""

    field: str
    before: Any
    after: Any


def keep_approval(session: Session, actor: Actor, listing: Listing, version: int) -> None:
    """Keep what `listing` says now as approved by this person; from `version` on it holds."""
    approval = ListingApproval(
        listing_id=listing.id,
        version=version,
        way=_way(session, actor, listing),
        approved_by=actor.user_id,
        facts=facts_now(listing),
        photo_ids=photos_now(listing),
    )
    store(session, approval)
    let_prices_go(session, listing)
    listing.version = listing.approved_version = version
    listing.status = ListingStatus.APPROVED
    store(session)
    session.expire(listing, ["approval"])


def _way(session: Session, actor: Actor, listing: Listing) -> ApprovalWay:
    own = select(Seller.id).where(Seller.id == listing.product.seller_id, own_seller(actor, Seller.id))
    return ApprovalWay.OWN_PHONE if session.scalar(own) else ApprovalWay.WITH_CLERK


def waiting_changes(listing: Listing) -> list[Change]:
    """What of an approved listing waits to be approved. What was taken away fell off at once and waits for nothing."""
    approval = listing.approval
    if approval is None or listing.status is not ListingStatus.APPROVED:
        return []
    now = {**facts_now(listing), "photos": list(map(str, photos_now(listing)))}
    kept = {
        **approval.facts,
        "papers": _still(approval.facts["papers"], now["papers"]),
        "photos": _still(list(map(str, approval.photo_ids)), now["photos"]),
    }
    changed = [Change(name, kept.get(name), told) for name, told in now.items() if kept.get(name) != told]
    return changed + _waiting_prices(listing)


def _waiting_prices(listing: Listing) -> list[Change]:
    price, prices = listing.told_prices
    both = [Change("price", listing.price, price), Change("prices", listing.own_prices, prices)]
    return [change for change in both if change.before != change.after]


def may_wait() -> ColumnElement[bool]:
    """In SQL, where Product and (outer) ListingApproval are joined: drafts, and approved listings of which
    `waiting_changes` may tell; it need not, where a photo or paper is only gone."""
    kept = ListingApproval.facts
    columns: list[tuple[ColumnElement[Any], Any]] = [
        (literal_column(f"'{name}'"), getattr(Product, name)) for name in OF_PRODUCT
    ]
    told = func.jsonb_build_object(*chain(*columns), literal_column("'variant'"), Listing.variant)
    changed = or_(
        kept.op("-")(cast(["origin", "papers"], ARRAY(Text))).is_distinct_from(told),
        kept["origin"]["code"].astext.is_distinct_from(Product.origin_commune),
        ListingApproval.photo_ids.is_distinct_from(_photo_ids()),
        Listing.held_prices.is_not(None),
        exists().where(
            Certificate.product_id == Product.id,
            ~kept["papers"].contains(
                func.jsonb_build_array(func.jsonb_build_object(literal_column("'id'"), Certificate.id))
            ),
        ),
    )
    draft, approved = Listing.status == ListingStatus.DRAFT, Listing.status == ListingStatus.APPROVED
    return draft | (approved & changed)


def _photo_ids() -> ColumnElement[Any]:
    """As `photos_now`."""
    shown = (Photo.product_id == Product.id, Photo.status != PhotoStatus.REFUSED)
    ids = select(func.array_agg(aggregate_order_by(Photo.id, Photo.position))).where(*shown)
    return func.coalesce(ids.correlate(Product).scalar_subquery(), cast([], ARRAY(Uuid)))


def _still(kept: Sequence[Any], now: Sequence[Any]) -> list[Any]:
    return [one for one in kept if one in now]


def fingerprint(listing: Listing) -> str:
    """Of what would be approved now: who approves something else than was shown is asked to look again."""
    told = orjson.dumps(
        [facts_now(listing), photos_now(listing), listing.held_prices], option=orjson.OPT_SORT_KEYS
    )
    return hashlib.sha256(told).hexdigest()[:16]


def list_approvals(session: Session, listing_id: UUID, most: int = SHOWN) -> Sequence[ListingApproval]:
    """Who approved the listing, when and how, the last one first; the listing was found within sight."""
    query = (
        select(ListingApproval)
        .where(ListingApproval.listing_id == listing_id)
        .options(joinedload(ListingApproval.approver), defer(ListingApproval.facts))
    )
    return session.scalars(query.order_by(ListingApproval.version.desc()).limit(most)).all()
