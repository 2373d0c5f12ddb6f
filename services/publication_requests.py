"""Asking floors to show the newest version of listings: one rule, whatever it was that changed."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from core.ids import new_id
from models import Listing, ListingStatus, Publication, PublicationStatus
from models.bulk import among
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


def renew_listings(session: Session, product_ids: Collection[UUID]) -> int:
    """What is said or shown of these products has changed: every listing of them has a new version, and the floors of
    approved ones are asked; how many listings. As many statements for one as for thousands."""
    of_them = select(Listing).where(among(Listing.product_id, list(product_ids)))
    listings = session.scalars(of_them.order_by(Listing.id).with_for_update()).all()
    for listing in listings:
        listing.version += 1
    if approved := [listing for listing in listings if listing.status is ListingStatus.APPROVED]:
        request_publications(session, approved)
    return len(listings)


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
    asked = (
        update(Publication)
        .where(*of_these, Publication.marketplace != SHOP)
        .values(desired_version=Listing.version, status=PublicationStatus.WAITING, next_attempt_at=now())
        .returning(Publication.id, Publication.marketplace)
        .execution_options(synchronize_session="fetch")
    )
    return [PublicationRequested(*row) for row in session.execute(asked)]


def _show_in_shop(session: Session, *of_these: ColumnElement[bool]) -> list[Event]:
    wanted = (Listing.status == ListingStatus.APPROVED) & Listing.marketplaces.contains([SHOP])
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
