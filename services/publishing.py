"""Making a floor equal to a listing: what to do, and what came of it. The call itself is a worker's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from gateways.errors import Problem
from gateways.ports import FloorListing, Offer, Package, Picture
from models import (
    Listing,
    Photo,
    PhotoFile,
    PhotoSize,
    Product,
    Publication,
    PublicationStatus,
)
from services.events import PublicationListed, PublicationRejected, PublicationRequested, record
from services.marketplaces import SHEET_FLOORS, floor_named
from services.offers import draft_for

LEASE = timedelta(minutes=2)
"""Longer than any call to a floor may take; a worker that died gives its publication free after it."""


@dataclass(frozen=True)
class PublicationTask:
    """Plain values for one call: show `offer`, or where it is None take `sku` down."""

    publication_id: UUID
    marketplace: str
    version: int
    sku: str
    offer: Offer | None


class PublicationBusy(Exception):
    """Another worker is at it: floors make two products of two creates, so wait for the lease to end."""


def begin_publication(session: Session, publication_id: UUID) -> PublicationTask | None:
    """Lease a publication and say what its floor must show; None where the floor is equal already, or people
    carry it there."""
    publication = session.get_one(Publication, publication_id, with_for_update=True)
    if publication.marketplace in SHEET_FLOORS:
        return None
    if publication.published_version == publication.desired_version:
        return None
    if publication.leased_until and publication.leased_until > now():
        raise PublicationBusy
    listing = publication.listing
    publication.leased_until = now() + LEASE
    publication.status = PublicationStatus.PUBLISHING
    publication.attempts += 1
    publication.next_attempt_at = None
    return PublicationTask(
        publication_id=publication.id,
        marketplace=publication.marketplace,
        version=publication.desired_version,
        sku=listing.sku,
        offer=offer_for(session, publication),
    )


def offer_for(session: Session, publication: Publication) -> Offer | None:
    """What its floor is to show now; None where it is to show nothing."""
    return _offer(session, publication.listing, publication.marketplace) if publication.is_wanted else None


def _offer(session: Session, listing: Listing, marketplace: str) -> Offer:
    product = listing.product
    draft = draft_for(listing, marketplace, product.photos)
    return Offer(
        listing_id=listing.id,
        sku=listing.sku,
        title=draft.title,
        description=draft.description,
        price=draft.price,
        stock=listing.stock,
        unit=product.unit,
        weight_grams=product.weight_grams,
        package=_package(product),
        category=draft.category,
        attributes=product.attributes,
        pictures=_pictures(session, product.id, floor_named(marketplace).photos_max),
    )


def _package(product: Product) -> Package | None:
    sides = (product.package_length, product.package_width, product.package_height)
    length, width, height = (side or 0 for side in sides)
    return Package(length, width, height) if all(sides) else None


def _pictures(session: Session, product_id: UUID, most: int) -> tuple[Picture, ...]:
    """The first `most` photos that are ready, in their order."""
    query = (
        select(Photo.id, PhotoFile.sha256, PhotoFile.content)
        .join(PhotoFile, PhotoFile.photo_id == Photo.id)
        .where(Photo.product_id == product_id, PhotoFile.size == PhotoSize.LARGE)
        .order_by(Photo.position)
        .limit(most)
    )
    return tuple(
        Picture(row.sha256.hex(), f"{config().base_url}/photos/{row.id}/large.jpg", row.content)
        for row in session.execute(query)
    )


def finish_publication(session: Session, task: PublicationTask, shown: FloorListing | None) -> None:
    """The floor is as it should be: `shown` says where, None that it was taken down. A version that came in
    the meantime is asked for at once: only the newest wins."""
    publication = _released(session, task)
    publication.published_version = task.version
    publication.problems = [asdict(warning) for warning in shown.warnings] if shown else []
    if shown:
        publication.external_id = shown.external_id
        publication.external_url = shown.external_url
    if publication.desired_version > task.version:
        publication.status = PublicationStatus.WAITING
        record(session, PublicationRequested(publication.id, publication.marketplace))
        return
    publication.status = PublicationStatus.LISTED if task.offer else PublicationStatus.WITHDRAWN
    record(session, PublicationListed(publication.id, publication.marketplace, task.version))


def reject_publication(session: Session, task: PublicationTask, problems: Sequence[Problem]) -> None:
    """The floor refuses it for good: the reasons stand on the listing until something is changed."""
    publication = _released(session, task)
    publication.status = PublicationStatus.REJECTED
    publication.problems = [asdict(problem) for problem in problems]
    record(session, PublicationRejected(publication.id, publication.marketplace))


def postpone_publication(
    session: Session, task: PublicationTask, problem: Problem, next_attempt_at: datetime | None
) -> None:
    """It did not work this time: the reason and the next attempt are shown; without one it has failed."""
    publication = _released(session, task)
    publication.status = PublicationStatus.WAITING if next_attempt_at else PublicationStatus.FAILED
    publication.next_attempt_at = next_attempt_at
    publication.problems = [asdict(problem)]


def _released(session: Session, task: PublicationTask) -> Publication:
    publication = session.get_one(Publication, task.publication_id, with_for_update=True)
    publication.leased_until = None
    return publication
