"""Asking every floor to be made equal to a listing's newest version: of one listing, and of many at once."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from core.ids import new_id
from models import Listing, ListingStatus, Publication, PublicationStatus
from models.bulk import among
from models.orders import SHOP
from services.events import PublicationListed, PublicationRequested, record_all
from services.storing import store


def request_publications(session: Session, listing: Listing) -> None:
    """The chosen floors, and those left. Our own shop is equal at once: it shows these rows."""
    known = {publication.marketplace for publication in listing.publications}
    for marketplace in set(listing.marketplaces) - known:
        listing.publications.append(Publication(id=new_id(), marketplace=marketplace, desired_version=0))
    for publication in listing.publications:
        publication.desired_version = listing.version
        if publication.marketplace == SHOP:
            _show_in_shop(publication)
        else:
            publication.status = PublicationStatus.WAITING
            publication.next_attempt_at = now()
    store(session)
    told = [
        _told(publication.id, publication.marketplace, listing.version)
        for publication in listing.publications
    ]
    record_all(session, told)


def _show_in_shop(publication: Publication) -> None:
    listing = publication.listing
    publication.status = PublicationStatus.LISTED if publication.is_wanted else PublicationStatus.WITHDRAWN
    publication.published_version = listing.version
    publication.external_id = listing.sku
    publication.external_url = f"{config().base_url}/shop/p/{listing.sku}"


def _told(id: UUID, marketplace: str, version: int) -> PublicationRequested | PublicationListed:
    if marketplace == SHOP:
        return PublicationListed(id, SHOP, version)
    return PublicationRequested(id, marketplace)


def renew_listings(session: Session, product_ids: Collection[UUID]) -> int:
    """What is said or shown of these products has changed: every listing of them has a new version, and the floors of
    approved ones are asked; how many listings. As many statements for one as for thousands, with all rows locked in
    the order of their ids."""
    of_them = select(Listing.id).where(among(Listing.product_id, list(product_ids)))
    ids = session.scalars(of_them.order_by(Listing.id).with_for_update()).all()
    if not ids:
        return 0
    session.execute(update(Listing).where(among(Listing.id, ids)).values(version=Listing.version + 1))
    approved = select(Listing.id).where(among(Listing.id, ids), Listing.status == ListingStatus.APPROVED)
    standing = Publication.listing_id.in_(approved)
    session.execute(select(Publication.id).where(standing).order_by(Publication.id).with_for_update())
    version = select(Listing.version).where(Listing.id == Publication.listing_id).scalar_subquery()
    at_once: dict[str, Any] = {"published_version": version}
    later: dict[str, Any] = {"status": PublicationStatus.WAITING, "next_attempt_at": now()}
    for here, values in (
        (Publication.marketplace == SHOP, at_once),
        (Publication.marketplace != SHOP, later),
    ):
        renewed = session.execute(
            update(Publication)
            .where(standing, here)
            .values(desired_version=version, **values)
            .returning(Publication.id, Publication.marketplace, Publication.desired_version)
        )
        record_all(session, [_told(*row) for row in renewed])
    return len(ids)
