"""What a floor knows already is remembered: where it stands, how many it was told of, what it refused and what it holds
of others; and what it shows of a listing that was given up is found."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict
from gateways.errors import GatewayRejected, GatewayUnavailable, Problem
from gateways.marketplaces.ours import SkuHeld
from gateways.marketplaces.steps import PartlyRefused
from gateways.ports import FloorListing, Ours, Picture, Standing
from models import AuditEntry, Listing, Publication, PublicationStatus
from services import drift, listings
from services.claims import claim_publication
from services.publishing import LEASE
from tests.builders import anybody, make_listing
from tests.integration.workers.harness import carry, pass_time
from tests.integration.workers.shelves import BAD_PICTURE, OneShelf, change, check, publication

# What it was told


def test_a_floor_is_known_by_its_number_and_by_what_it_was_told(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    carry()
    assert (floor.last.external_id, floor.last.told_stock) == (None, None)
    change(session, listing, price=36_000)
    carry()
    assert (floor.last.external_id, floor.last.told_stock, floor.last.stock) == ("7", 40, 40)
    change(session, listing, stock=45)
    carry()
    assert (floor.last.told_stock, floor.last.stock) == (40, 45)
    assert publication(session, listing).told_stock == 45


def test_what_may_have_been_told_counts_though_its_answer_was_lost(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    """A worker that died had told of 30; when there are 35, that is more."""
    carry()
    change(session, listing, stock=30)
    floor.trouble = ConnectionError()
    carry()
    floor.trouble = None
    change(session, listing, stock=35)
    pass_time(session, LEASE.total_seconds() + 1)
    carry()
    assert (floor.last.told_stock, floor.last.stock) == (30, 35)


@pytest.mark.parametrize("told", [True, False])
def test_stock_that_was_told_before_the_rest_was_lost_is_not_told_again(
    session: Session, listing: Listing, floor: OneShelf, told: bool
) -> None:
    """The floor may have sold some of it meanwhile."""
    carry()
    change(session, listing, stock=45)
    floor.trouble = GatewayUnavailable("no answer")
    floor.trouble.stock_told = told
    carry()
    floor.trouble = None
    pass_time(session, 700)
    carry()
    assert (floor.last.told_stock, floor.last.stock) == (45 if told else 40, 45)


@pytest.mark.parametrize("died", [False, True])
def test_what_was_taken_down_is_told_anew(
    session: Session, listing: Listing, floor: OneShelf, died: bool
) -> None:
    """Also where the worker that took it down told nobody: some floors leave nothing of it to be sold."""
    carry()
    listings.withdraw_listing(session, anybody(session), listing.id)
    session.commit()
    floor.trouble = ConnectionError() if died else None
    carry()
    floor.trouble = None
    assert floor.asked[-1] == Ours(sku=listing.sku, title=floor.asked[0].title, external_id="7")
    listings.approve_listing(session, anybody(session), listing.id)
    session.commit()
    pass_time(session, LEASE.total_seconds() + 1)
    carry()
    assert (floor.last.external_id, floor.last.told_stock) == ("7", None)


def test_a_refused_picture_stands_on_the_listing_and_the_stock_is_told(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    carry()
    change(session, listing, stock=4)
    floor.trouble = PartlyRefused(FloorListing("7", "https://floor.example/7"), [BAD_PICTURE])
    carry()
    found = publication(session, listing)
    assert (found.status, found.told_stock, found.external_id) == (PublicationStatus.REJECTED, 4, "7")
    assert [problem["field"] for problem in found.problems] == ["pictures"]
    assert found.published_version != found.desired_version


# What is not ours


def hold(session: Session, listing: Listing, floor: OneShelf) -> Publication:
    theirs = Ours(sku=listing.sku, title="Chổi đót")
    floor.trouble = SkuHeld(theirs, Held("99", "Chổi đót"))
    carry()
    floor.trouble = None
    return publication(session, listing)


class Held:
    def __init__(self, number: str, title: str) -> None:
        self.number, self.title = number, title


def test_what_a_person_says_is_ours_is_published_to(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    found = hold(session, listing, floor)
    assert (found.status, found.external_id, found.held_external_id) == (
        PublicationStatus.REJECTED,
        None,
        "99",
    )
    claim_publication(session, anybody(session), listing.id, "vendure")
    session.commit()
    carry()
    assert floor.last.external_id == "99"
    found = publication(session, listing)
    assert (found.status, found.held_external_id) == (PublicationStatus.LISTED, None)
    noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "publication.claimed")).one()
    assert (noted.subject_id, noted.facts) == (listing.id, {"marketplace": "vendure", "external_id": "99"})


def test_what_has_our_code_is_known_until_ours_stands_there(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    hold(session, listing, floor)
    floor.trouble = GatewayRejected("title too long", (Problem("title", "too_long", "Tên quá dài"),))
    listings.change_listing(session, anybody(session), listing.id, price=36_000)
    session.commit()
    carry()
    found = publication(session, listing)
    assert (found.status, found.held_external_id) == (PublicationStatus.REJECTED, "99")
    floor.trouble = None
    listings.withdraw_listing(session, anybody(session), listing.id)
    session.commit()
    carry()
    found = publication(session, listing)
    assert (found.status, found.held_external_id) == (PublicationStatus.WITHDRAWN, "99")


def test_nothing_is_claimed_that_was_not_found(session: Session, listing: Listing, floor: OneShelf) -> None:
    carry()
    with pytest.raises(Conflict):
        claim_publication(session, anybody(session), listing.id, "vendure")


def test_what_another_listing_stands_on_is_not_claimed(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    other = make_listing(session)
    listings.approve_listing(session, anybody(session), other.id)
    session.commit()
    hold(session, listing, floor)
    publication(session, other).external_id = "99"
    session.commit()
    with pytest.raises(Conflict):
        claim_publication(session, anybody(session), listing.id, "vendure")


def test_what_is_not_wanted_there_any_more_is_not_claimed(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    hold(session, listing, floor)
    change(session, listing, marketplaces=[])
    with pytest.raises(Conflict):
        claim_publication(session, anybody(session), listing.id, "vendure")


# What is read back


@pytest.fixture
def refused_withdrawal(session: Session, listing: Listing, floor: OneShelf) -> Listing:
    """It is to be taken down, and the floor will not."""
    carry()
    listings.withdraw_listing(session, anybody(session), listing.id)
    session.commit()
    floor.trouble = GatewayRejected("not now")
    carry()
    assert publication(session, listing).status is PublicationStatus.REJECTED
    floor.trouble = None
    return listing


def test_a_floor_that_would_not_take_it_down_is_found_and_asked_again(
    session: Session, refused_withdrawal: Listing, floor: OneShelf
) -> None:
    assert floor.standing
    check(session)
    assert floor.standing is None
    found = publication(session, refused_withdrawal)
    assert (found.status, found.problems) == (PublicationStatus.WITHDRAWN, [])


def test_what_is_in_review_is_not_withdrawn_yet(
    session: Session, refused_withdrawal: Listing, floor: OneShelf
) -> None:
    assert floor.standing
    floor.standing = replace(floor.standing, shown=False, in_review=True)
    check(session)
    assert publication(session, refused_withdrawal).status is PublicationStatus.REJECTED


def test_what_is_gone_there_by_itself_is_withdrawn(
    session: Session, refused_withdrawal: Listing, floor: OneShelf
) -> None:
    floor.standing = None
    asked = len(floor.asked)
    check(session)
    found = publication(session, refused_withdrawal)
    assert (found.status, found.problems) == (PublicationStatus.WITHDRAWN, [])
    assert len(floor.asked) == asked + 1


@pytest.fixture
def refused(session: Session, listing: Listing, floor: OneShelf) -> Listing:
    """It stands there with a former picture."""
    carry()
    change(session, listing, price=36_000)
    assert floor.standing
    floor.trouble = PartlyRefused(FloorListing("7", None), [BAD_PICTURE])
    carry()
    floor.standing = replace(floor.standing, price=36_000)
    floor.trouble = None
    return listing


def test_what_was_refused_is_not_asked_for_again_and_again(
    session: Session, refused: Listing, floor: OneShelf
) -> None:
    assert floor.standing
    floor.standing = replace(floor.standing, title="Tên cũ", pictures=3)
    check(session)
    assert publication(session, refused).status is PublicationStatus.REJECTED


@pytest.mark.parametrize("field", ["price", "stock"])
def test_a_refused_listing_that_is_sold_otherwise_is_put_right(
    session: Session, refused: Listing, floor: OneShelf, field: str
) -> None:
    assert floor.standing
    floor.standing = replace(floor.standing, **{field: 90_000})
    check(session)
    assert getattr(floor.standing, field) == getattr(floor.last, field)


def test_a_price_that_the_floor_refuses_is_not_asked_for_at_every_turn(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    carry()
    change(session, listing, price=36_000)
    floor.trouble = PartlyRefused(FloorListing("7", None), [Problem("price", "too_low", "Giá quá thấp")])
    carry()
    floor.trouble = None
    check(session)
    assert publication(session, listing).status is PublicationStatus.REJECTED


def test_what_stands_there_though_its_number_was_lost_is_sold_as_it_should_be(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    """By its number the floor is told price and stock whatever else it refuses."""
    floor.trouble = GatewayRejected("no", (Problem("title", "too_long", "Tên quá dài"),))
    carry()
    assert publication(session, listing).external_id is None
    floor.trouble = None
    floor.standing = Standing("7", floor.last.title, floor.last.price, 90_000, shown=True)
    check(session)
    assert (floor.last.external_id, floor.standing.stock) == ("7", 40)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"description": "Hàng giả"}, "description"),
        ({"pictures": 9}, "pictures"),
        ({"title": "Mận giả"}, "title"),
    ],
)
def test_other_words_and_pictures_are_found(
    session: Session, listing: Listing, floor: OneShelf, told: dict[str, object], field: str
) -> None:
    carry()
    assert floor.standing
    task = drift.begin_check(session, publication(session, listing).id)
    assert task
    assert drift.differences(task, floor.standing) == []
    assert task.expected
    same = {"description": task.expected.description.replace("\n", "  "), "pictures": 0}
    assert drift.differences(task, replace(floor.standing, **same)) == []
    found = drift.differences(task, replace(floor.standing, **told))
    assert [problem.field for problem in found] == [field]


@pytest.mark.parametrize(
    ("first", "same"), [("a" * 64, True), ("vn-1", True), ("b" * 64, False), (None, True)]
)
def test_another_first_picture_is_found(
    session: Session, listing: Listing, floor: OneShelf, first: str | None, same: bool
) -> None:
    carry()
    task = drift.begin_check(session, publication(session, listing).id)
    assert task
    assert task.expected
    assert floor.standing
    picture = Picture("a" * 64, "https://example.org/1.jpg", lambda: b"", "vn-1")
    task = replace(task, expected=replace(task.expected, pictures=(picture,)))
    standing = replace(floor.standing, pictures=1, first_picture=first)
    assert (drift.differences(task, standing) == []) is same


def test_what_is_sold_out_may_be_hidden(session: Session, listing: Listing, floor: OneShelf) -> None:
    carry()
    assert floor.standing
    hidden = replace(floor.standing, shown=False)
    task = drift.begin_check(session, publication(session, listing).id)
    assert task
    assert task.expected
    assert [problem.field for problem in drift.differences(task, hidden)] == [None]
    sold_out = replace(task, expected=replace(task.expected, stock=0))
    assert drift.differences(sold_out, hidden) == []


def test_what_is_in_review_is_not_gone_and_nobody_waits_for_it_longer(
    session: Session, listing: Listing, floor: OneShelf
) -> None:
    floor.warnings = (Problem(None, drift.IN_REVIEW, "Sàn đang duyệt"),)
    carry()
    assert floor.standing
    floor.standing = replace(floor.standing, shown=False, in_review=True)
    check(session)
    found = publication(session, listing)
    assert (found.status, found.strayed_at) == (PublicationStatus.LISTED, None)
    assert [problem["code"] for problem in found.problems] == [drift.IN_REVIEW]
    floor.standing = replace(floor.standing, shown=True, in_review=False)
    check(session)
    assert publication(session, listing).problems == []


def test_what_sells_without_end_is_found(session: Session, listing: Listing, floor: OneShelf) -> None:
    carry()
    assert floor.standing
    floor.standing = replace(floor.standing, stock=None)
    check(session)
    assert floor.standing.stock == 40
    assert publication(session, listing).strayed_at
