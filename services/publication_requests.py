"""Asking floors to show the newest version of listings: one rule, whatever it was that changed."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, any_, case, cast, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from core.clock import now
from core.config import config
from core.ids import new_id
from models import DatedPrice, Goods, Listing, ListingApproval, ListingStatus, Publication, PublicationStatus
from models.bulk import among, given_rows
from models.orders import SHOP
from services.events import Event, PublicationListed, PublicationRequested, record_all
from services.marketplaces import SHEET_FLOORS
from services.storing import store


def request_publications(session: Session, listings: Collection[Listing]) -> None:
    """Ask for every floor to be made equal to these listings' newest version: the chosen ones, and those left. Our
    own shop is so at once: it shows these rows."""
    store(session)
    listing_ids = [listing.id for listing in listings]
    _add_missing(session, listing_ids)
    of_these = (among(Publication.listing_id, listing_ids), Publication.listing_id == Listing.id)
    record_all(session, _ask_floors(session, *of_these) + _show_in_shop(session, *of_these))
    for listing in listings:
        session.expire(listing, ["publications"])


def renew_listings(session: Session, product_ids: Collection[UUID], at_once: Collection[UUID] = ()) -> int:
    """What is told of these products has changed: every listing of them has a new version; how many listings. Words
    and photos of approved ones wait until they are approved anew; their floors are asked only where they name or show
    one of `at_once`, papers and photos that are gone or ready. As many statements for one as for thousands."""
    of_them = select(Listing).where(among(Listing.product_id, list(product_ids)))
    query = of_them.options(selectinload(Listing.approval)).order_by(Listing.id).with_for_update()
    listings = session.scalars(query).all()
    for listing in listings:
        listing.version += 1
    if concerned := [listing for listing in listings if _tells_of(listing, at_once)]:
        request_publications(session, concerned)
    return len(listings)


def _tells_of(listing: Listing, ids: Collection[UUID]) -> bool:
    approval = listing.approval if listing.status is ListingStatus.APPROVED else None
    return approval is not None and approval.tells_of(ids)


def renew_on_floor(session: Session, marketplace: str, goods: Collection[Goods]) -> int:
    """Something about such goods is said otherwise on one floor: approved listings of theirs there have a new version,
    and that floor alone is asked; how many."""
    of_them = (
        select(Listing.id)
        .join(Listing.approval)
        .where(
            ListingApproval.facts["goods"].astext.in_(goods),
            Listing.status == ListingStatus.APPROVED,
            Listing.marketplaces.contains([marketplace]),
        )
    )
    listing_ids = session.scalars(of_them.order_by(Listing.id).with_for_update(of=Listing)).all()
    chosen = among(Listing.id, listing_ids)
    session.execute(
        update(Listing).where(chosen).values(version=Listing.version + 1),
        execution_options={"synchronize_session": "fetch"},
    )
    of_these = (among(Publication.listing_id, listing_ids), Publication.listing_id == Listing.id)
    record_all(session, _ask_floors(session, *of_these, Publication.marketplace == marketplace))
    return len(listing_ids)


def renew_prices(session: Session, priced: Collection[tuple[UUID, str | None]]) -> int:
    """Other prices hold by now, each of one listing on one floor or (None) on all: of approved listings there is a new
    version, which those floors are asked to show; how many listings. As many statements for one as for thousands."""
    if not priced:
        return 0
    renewed = session.scalars(
        update(Listing)
        .where(among(Listing.id, {listing_id for listing_id, _ in priced}))
        .where(Listing.status == ListingStatus.APPROVED)
        .values(version=Listing.version + 1)
        .returning(Listing.id),
        execution_options={"synchronize_session": "fetch"},
    ).all()
    rows = [
        {"listing_id": listing_id, "marketplace": name} for listing_id, name in sorted(set(priced), key=str)
    ]
    given = given_rows(DatedPrice, rows)
    of_these = (
        among(Publication.listing_id, renewed),
        Publication.listing_id == Listing.id,
        given.c.listing_id == Listing.id,
        func.coalesce(given.c.marketplace, Publication.marketplace) == Publication.marketplace,
    )
    record_all(session, _ask_floors(session, *of_these) + _show_in_shop(session, *of_these))
    return len(renewed)


def ask_at_once(session: Session, marketplace: str, codes: Sequence[str]) -> int:
    """What waits for one floor waits no longer, and it is asked again for what it refused with one of these `codes`;
    how many listings those are."""
    session.execute(
        update(Publication)
        .where(Publication.marketplace == marketplace, Publication.next_attempt_at > now())
        .values(next_attempt_at=now()),
        execution_options={"synchronize_session": False},
    )
    refused = or_(*(Publication.problems.contains([{"code": code}]) for code in codes))
    return ask_again(session, Publication.marketplace == marketplace, refused)


def ask_again(session: Session, *of_these: ColumnElement[bool]) -> int:
    """Ask floors again for those of these publications that they refused, or that were given up; how many. The reason
    stands until there is an answer."""
    asked = (
        update(Publication)
        .where(
            *of_these,
            Publication.status.in_((PublicationStatus.REJECTED, PublicationStatus.FAILED)),
            Publication.marketplace.not_in((SHOP, *SHEET_FLOORS)),
        )
        .values(status=PublicationStatus.WAITING, published_version=None, next_attempt_at=now())
        .returning(Publication.id, Publication.marketplace)
        .execution_options(synchronize_session="fetch")
    )
    requests = [PublicationRequested(*row) for row in session.execute(asked)]
    record_all(session, requests)
    return len(requests)


def _add_missing(session: Session, listing_ids: Sequence[UUID]) -> None:
    chosen = (
        select(Listing.id.label("listing_id"), func.unnest(Listing.marketplaces).label("marketplace"))
        .where(among(Listing.id, listing_ids))
        .subquery()
    )
    missing = select(chosen).where(
        ~exists().where(
            Publication.listing_id == chosen.c.listing_id, Publication.marketplace == chosen.c.marketplace
        )
    )
    session.add_all(
        Publication(id=new_id(), listing_id=row.listing_id, marketplace=row.marketplace, desired_version=0)
        for row in session.execute(missing)
    )
    session.flush()


def _ask_floors(session: Session, *of_these: ColumnElement[bool]) -> list[Event]:
    """What staff never carried to a floor need not be taken down there."""
    needless = (
        among(Publication.marketplace, SHEET_FLOORS)
        & Publication.published_version.is_(None)
        & ~_is_wanted(Publication.marketplace)
    )
    status = case((needless, PublicationStatus.WITHDRAWN), else_=PublicationStatus.WAITING)
    problems = case((needless, cast([], JSONB)), else_=Publication.problems)
    asked = (
        update(Publication)
        .where(*of_these, Publication.marketplace != SHOP)
        .values(desired_version=Listing.version, status=status, problems=problems, next_attempt_at=now())
        .returning(Publication.id, Publication.marketplace, Publication.status)
        .execution_options(synchronize_session="fetch")
    )
    return [
        PublicationRequested(id, marketplace)
        for id, marketplace, status in session.execute(asked)
        if status is PublicationStatus.WAITING
    ]


def _is_wanted(marketplace: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return (Listing.status == ListingStatus.APPROVED) & (marketplace == any_(Listing.marketplaces))


def _show_in_shop(session: Session, *of_these: ColumnElement[bool]) -> list[Event]:
    wanted = _is_wanted(literal(SHOP))
    shown = (
        update(Publication)
        .where(*of_these, Publication.marketplace == SHOP)
        .values(
            desired_version=Listing.version,
            published_version=Listing.version,
            status=case((wanted, PublicationStatus.LISTED), else_=PublicationStatus.WITHDRAWN),
            external_id=Listing.sku,
            external_url=f"{config().base_url}/shop/p/" + Listing.sku,
        )
        .returning(Publication.id, Publication.marketplace, Publication.desired_version)
        .execution_options(synchronize_session="fetch")
    )
    return [PublicationListed(*row) for row in session.execute(shown)]
