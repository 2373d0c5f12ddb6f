"""What can still be sold: `listings.stock`. An order takes its part once, in one turn with all others that want
the same; a change is a new version of the listing, which every floor is told at once.

Whoever changes what a line has taken holds the lock of its listing. Listings are locked in the order of their
ids, after stalls and orders, so no two wait for each other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from models import Listing, ListingStatus, Order, OrderLine
from models.bulk import among
from models.order_states import UNPACKED
from services.publication_requests import request_publications


def lock_listings(session: Session, listing_ids: Collection[UUID]) -> dict[UUID, Listing]:
    """These listings as they are, kept from everybody else until the commit."""
    query = (
        select(Listing)
        .where(among(Listing.id, list(listing_ids)))
        .order_by(Listing.id)
        .with_for_update(key_share=True)
        .options(lazyload(Listing.publications), lazyload(Listing.prices), lazyload(Listing.dated_prices))
        .execution_options(populate_existing=True)
    )
    return {listing.id: listing for listing in session.scalars(query)}


def take(session: Session, lines: Sequence[OrderLine]) -> None:
    """Take what `lines` ask for, the first one first, and store them; what is not there is `short`."""
    listings = lock_listings(session, {line.listing_id for line in lines})
    for line in lines:
        listing = listings[line.listing_id]
        line.taken = min(listing.stock, line.quantity)
        line.short = line.quantity - line.taken
        line.approved_version = listing.approved_version
        listing.stock -= line.taken
    session.add_all(lines)
    _tell_floors(session, [listings[line.listing_id] for line in lines if line.taken])


def give_back(session: Session, order_ids: Collection[UUID]) -> None:
    """What these orders had taken: first to orders that are short of it, the earliest first, then to be sold.
    Given back already, nothing changes."""
    if not order_ids:
        return
    held = (among(OrderLine.order_id, list(order_ids)), OrderLine.taken > 0)
    listings = lock_listings(session, set(session.scalars(select(OrderLine.listing_id).where(*held))))
    returned: Counter[UUID] = Counter()
    for line in _lines(session, *held):
        returned[line.listing_id] += line.taken
        line.taken = 0
    _tell_floors(session, _hand_out(session, listings, returned))


def recount(session: Session, wanted: Mapping[UUID, int]) -> None:
    """Lines by id whose floor says another number now: fewer give back what is too much, more take what is
    there; one of which nothing is wanted goes."""
    if not wanted:
        return
    these = among(OrderLine.id, list(wanted))
    listings = lock_listings(session, set(session.scalars(select(OrderLine.listing_id).where(these))))
    returned: Counter[UUID] = Counter()
    changed = []
    for line in _lines(session, these):
        listing, count = listings[line.listing_id], wanted[line.id]
        more = min(listing.stock, max(0, count - line.quantity))
        less = max(0, line.taken - count)
        listing.stock -= more
        returned[listing.id] += less
        line.taken += more - less
        line.short = count - line.taken
        if more:
            changed.append(listing)
        if count:
            line.quantity = count
        else:
            session.delete(line)
    _tell_floors(session, [*changed, *_hand_out(session, listings, returned)])


def _hand_out(session: Session, listings: Mapping[UUID, Listing], returned: "Counter[UUID]") -> list[Listing]:
    """What came back: to orders that are short of it and not packed yet, then to be sold; those of which more can
    be sold now."""
    session.flush()
    waiting = (
        among(OrderLine.listing_id, list(returned)),
        OrderLine.short > 0,
        Order.status.in_(UNPACKED),
    )
    for line in _lines(session, *waiting):
        found = min(line.short, returned[line.listing_id])
        line.short -= found
        line.taken += found
        returned[line.listing_id] -= found
    for listing_id, count in returned.items():
        listings[listing_id].stock += count
    return [listings[listing_id] for listing_id, count in returned.items() if count]


def _lines(session: Session, *conditions: object) -> Sequence[OrderLine]:
    """As they are since their listings are locked, of the earliest order first."""
    query = (
        select(OrderLine)
        .join(OrderLine.order)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Order.placed_at, OrderLine.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).all()


def _tell_floors(session: Session, listings: Iterable[Listing]) -> None:
    """A new version of each, which every floor that shows it is asked to show."""
    changed = {listing.id: listing for listing in listings}.values()
    for listing in changed:
        listing.version += 1
    request_publications(session, [one for one in changed if one.status is ListingStatus.APPROVED])
