"""Many listings that wait are approved at once: a clerk sits with a household, or goes through what a sheet changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import BusinessError, InvalidInput, Text
from models import Listing, ListingStatus
from services.access import Actor
from services.approvals import Change, fingerprint, waiting_changes
from services.listings import approve_listing, get_listing, list_missing, ready_floors
from services.offers import Missing
from services.queries.lists import list_listings
from services.queries.paging import Page


@dataclass(frozen=True)
class Waiting:
    """A draft, or an approved listing with its `changes`; `missing` is what its floors lack. It can be approved where
    some are `ready`. `seen` is what an approval is of."""

    listing: Listing
    changes: Sequence[Change]
    missing: Sequence[Missing]
    seen: str

    @property
    def ready(self) -> list[str]:
        return ready_floors(self.listing, self.missing)


def list_waiting(
    session: Session, actor: Actor, *, q: str | None = None, cursor: str | None = None
) -> Page[Waiting]:
    """What waits for an approval, the newest first."""
    page = list_listings(session, actor, q=q, waits=True, cursor=cursor)
    found = [(listing, waiting_changes(listing)) for listing in page.items]
    waiting = [
        Waiting(listing, changes, list_missing(listing), fingerprint(listing))
        for listing, changes in found
        if changes or listing.status is ListingStatus.DRAFT
    ]
    return Page(waiting, page.next_cursor)


def approve_listings(session: Session, actor: Actor, seen: Mapping[UUID, str]) -> dict[UUID, Sequence[Text]]:
    """Each as it was `seen` (its fingerprint), or not at all; why those were refused that were. Raises NotFound."""
    refused: dict[UUID, Sequence[Text]] = {}
    for listing_id in sorted(seen):  # locked in one order, as orders do
        get_listing(session, actor, listing_id)
        try:
            approve_listing(session, actor, listing_id, seen[listing_id])
        except InvalidInput as error:
            refused[listing_id] = [reason for reasons in error.errors.values() for reason in reasons]
        except BusinessError as error:
            refused[listing_id] = [error.detail]
    return refused
