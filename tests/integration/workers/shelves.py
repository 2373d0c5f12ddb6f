"""Floors in the test's own process, and how a listing stands on one by our own word."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import Problem
from gateways.ports import FloorListing, Offer, Ours, Standing
from models import Listing, Publication
from services import drift, listings
from tests.builders import anybody
from tests.integration.workers.harness import carry

BAD_PICTURE = Problem("pictures", "refused", "Sàn không nhận ảnh")


class Shelf:
    """A floor of one shelf, in this process; what it raises is set from outside."""

    def __init__(self) -> None:
        self.shelf: dict[str, Offer] = {}
        self.calls = 0
        self.trouble: Exception | None = None

    def publish(self, offer: Offer) -> FloorListing:
        self._call()
        self.shelf[offer.sku] = offer
        return FloorListing("7", None)

    def withdraw(self, ours: Ours) -> None:
        self._call()
        del self.shelf[ours.sku]

    def read(self, ours: Ours) -> Standing | None:
        self._call()
        offer = self.shelf.get(ours.sku)
        return offer and Standing("7", offer.title, offer.price, offer.stock, shown=True)

    def _call(self) -> None:
        self.calls += 1
        if self.trouble:
            raise self.trouble


class OneShelf:
    """A floor that remembers what it was asked, with one place on it."""

    def __init__(self) -> None:
        self.asked: list[Offer | Ours] = []
        self.standing: Standing | None = None
        self.trouble: Exception | None = None
        self.warnings: tuple[Problem, ...] = ()

    @property
    def last(self) -> Offer:
        assert isinstance(self.asked[-1], Offer)
        return self.asked[-1]

    def publish(self, offer: Offer) -> FloorListing:
        self._ask(offer)
        self.standing = Standing("7", offer.title, offer.price, offer.stock, shown=True)
        return FloorListing("7", None, self.warnings)

    def withdraw(self, ours: Ours) -> None:
        self._ask(ours)
        self.standing = None

    def read(self, ours: Ours) -> Standing | None:
        self.asked.append(ours)
        return self.standing

    def _ask(self, ours: Ours) -> None:
        self.asked.append(ours)
        if self.trouble:
            raise self.trouble


def publication(session: Session, listing: Listing) -> Publication:
    session.rollback()
    session.expire_all()
    (only,) = session.get_one(Listing, listing.id).publications
    return only


def change(session: Session, listing: Listing, **changes: object) -> None:
    listings.change_listing(session, anybody(session), listing.id, **changes)
    session.commit()


def check(session: Session) -> None:
    """Ask the floors what they show."""
    session.execute(update(Publication).values(read_at=now() - drift.CHECK_EVERY - timedelta(minutes=1)))
    session.commit()
    drift.claim_due_checks(session, 10)
    session.commit()
    carry()
