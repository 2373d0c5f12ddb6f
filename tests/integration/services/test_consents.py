"""A consent that is withdrawn ends what it allowed."""

import pytest
from sqlalchemy.orm import Session

from core.errors import Conflict
from models import ConsentPurpose, Listing, ListingStatus, OutboxEvent
from services.consents import change_household
from services.listings import approve_listing, change_listing
from services.markets import tidy_number
from tests import builders


@pytest.fixture
def live(session: Session) -> Listing:
    """A household's listing that stands on a floor."""
    seller = builders.make_seller(session, household_id=builders.make_household(session).id)
    listing = builders.make_listing(session, builders.make_product(session, seller))
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    return listing


def answer(session: Session, listing: Listing, purpose: ConsentPurpose, granted: bool) -> None:
    consents = [{"purpose": purpose, "granted": granted, "wording_version": "2026-01"}]
    household_id = listing.product.seller.household_id
    assert household_id
    change_household(session, builders.anybody(session), household_id, consents=consents)
    session.commit()
    session.expire_all()


def test_listings_come_down_when_publication_is_agreed_to_no_more(session: Session, live: Listing) -> None:
    answer(session, live, ConsentPurpose.PUBLICATION, False)
    assert live.status is ListingStatus.WITHDRAWN
    assert session.query(OutboxEvent).filter_by(type="listing.withdrawn.v1").count() == 1
    change_listing(session, builders.anybody(session), live.id, price=36_000)
    assert live.status is ListingStatus.WITHDRAWN, "a new price shows it to nobody"
    with pytest.raises(Conflict):
        approve_listing(session, builders.anybody(session), live.id)


def test_another_answer_leaves_them_where_they_are(session: Session, live: Listing) -> None:
    answer(session, live, ConsentPurpose.MESSAGES, False)
    assert live.status is ListingStatus.APPROVED


def test_who_agrees_again_may_publish_again(session: Session, live: Listing) -> None:
    answer(session, live, ConsentPurpose.PUBLICATION, False)
    answer(session, live, ConsentPurpose.PUBLICATION, True)
    assert approve_listing(session, builders.anybody(session), live.id).status is ListingStatus.APPROVED


@pytest.mark.parametrize("typed", ["a01", "A01", " Ａ01 ", "a 01"])
def test_stall_number_is_written_one_way(typed: str) -> None:
    assert tidy_number(typed) == ("A 01" if " " in typed.strip() else "A01")
