"""What was approved of a listing is kept, and goes on being said until something else is approved."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput
from gateways.ports import Offer
from models import ApprovalWay, Goods, Listing, ListingApproval, Role
from services import listings
from services.access import Actor, actor_of
from services.approvals import fingerprint, list_approvals, waiting_changes
from services.photos import remove_photo
from services.products import change_product
from services.publishing import begin_publication, finish_publication, photo_content
from services.queries.lists import list_listings
from services.sheet_floors import list_to_carry
from tests import builders
from tests.integration.services.test_papers import counted
from tests.integration.shop.conftest import add_photo, store_photo

VIETGAP = {"name": "VietGAP", "number": "1", "expires_on": business_day(now())}


@pytest.fixture
def actor(session: Session) -> Actor:
    return builders.anybody(session)


def approved(session: Session, *marketplaces: str, **facts: Any) -> Listing:
    product = builders.make_product(session, name="Mận tam hoa", **facts)
    add_photo(session, product)
    add_photo(session, product, 2)
    listing = builders.make_listing(session, product, marketplaces=marketplaces or ["vendure"])
    listings.approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    return listing


def published(session: Session, listing: Listing) -> Offer | None:
    """What the floor is given, where it is asked; it takes it."""
    session.expire_all()
    (publication,) = listing.publications
    task = begin_publication(session, publication.id, partial(photo_content, session))
    if task is None:
        return None
    finish_publication(session, task, None)
    session.commit()
    return task.offer


def fields(listing: Listing) -> list[str]:
    return [change.field for change in waiting_changes(listing)]


def test_changed_words_reach_no_floor_until_they_are_approved(session: Session, actor: Actor) -> None:
    listing = approved(session)
    before = published(session, listing)
    assert before
    facts = {"name": "Mận hậu", "unit": "thùng", "description": "Rất ngọt.", "goods": Goods.FRUIT}
    change_product(
        session, actor, listing.product_id, weight_grams=500, origin_commune=builders.BAC_HA, **facts
    )
    listings.change_listing(session, actor, listing.id, variant="Thùng 5 kg")
    session.commit()
    assert published(session, listing) is None, "it is not even asked"
    listings.change_listing(session, actor, listing.id, price=36_000, stock=7)
    session.commit()
    after = published(session, listing)
    assert after
    assert after.stock == 7
    assert replace(after, stock=before.stock, told_stock=None) == before, "the price waits with its unit"
    told = ["name", "unit", "description", "goods", "weight_grams", "variant", "origin", "price"]
    assert fields(listing) == told
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    anew = published(session, listing)
    assert anew
    assert (anew.unit, anew.price, anew.weight_grams, fields(listing)) == ("thùng", 36_000, 500, [])
    assert "Mận hậu" in anew.title
    assert "Thùng 5 kg" in anew.title
    assert "Bắc Hà" in anew.title


def test_a_price_goes_out_at_once_unless_its_unit_waits(session: Session, actor: Actor) -> None:
    listing = approved(session, "shop", "vendure")
    change_product(session, actor, listing.product_id, name="Mận hậu")
    listings.change_listing(session, actor, listing.id, price=36_000)
    assert (listing.price, fields(listing)) == (36_000, ["name"])
    change_product(session, actor, listing.product_id, unit="thùng")
    version = listings.change_listing(
        session, actor, listing.id, price=150_000, prices={"shop": 160_000}
    ).version
    session.commit()
    session.expire_all()
    assert (listing.usual_price_on("vendure"), listing.usual_price_on("shop")) == (36_000, 36_000)
    assert {draft.marketplace: draft.price for draft in listings.list_drafts(listing)} == {
        "shop": 160_000,
        "vendure": 150_000,
    }
    again = listings.change_listing(session, actor, listing.id, price=150_000, prices={"shop": 160_000})
    assert again.version == version
    with pytest.raises(InvalidInput):
        listings.change_listing(session, actor, listing.id, price=15_000_000)
    seen = fingerprint(listing)
    listings.change_listing(session, actor, listing.id, price=155_000)
    with pytest.raises(Conflict):
        listings.approve_listing(session, actor, listing.id, seen)
    assert waiting_changes(listing)[-2:] == [("price", 36_000, 155_000), ("prices", {}, {"shop": 160_000})]
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    session.expire_all()
    assert (listing.usual_price_on("vendure"), listing.usual_price_on("shop")) == (155_000, 160_000)
    assert (listing.held_prices, fields(listing)) == (None, [])


def test_a_unit_that_is_taken_back_lets_the_next_price_out(session: Session, actor: Actor) -> None:
    listing = approved(session, "shop")
    price = listing.price
    change_product(session, actor, listing.product_id, unit="thùng")
    listings.change_listing(session, actor, listing.id, price=150_000)
    change_product(session, actor, listing.product_id, unit="kg")
    assert (listing.price, fields(listing)) == (price, ["price"])
    listings.change_listing(session, actor, listing.id, price=36_000)
    assert (listing.price, fields(listing)) == (36_000, [])


def test_what_is_counted_in_a_unit_that_waits_sells_no_more_than_there_is(
    session: Session, actor: Actor
) -> None:
    listing = approved(session, "shop")
    there_is = listing.stock
    change_product(session, actor, listing.product_id, unit="nửa cân")
    with pytest.raises(InvalidInput) as refused:
        listings.change_listing(session, actor, listing.id, stock=there_is * 2)
    assert list(refused.value.errors) == ["stock"]
    listings.change_listing(session, actor, listing.id, stock=there_is - 1)
    listings.approve_listing(session, actor, listing.id)
    listings.change_listing(session, actor, listing.id, stock=there_is * 2)
    assert listing.stock == there_is * 2


def test_a_change_that_is_taken_back_waits_for_nothing(session: Session, actor: Actor) -> None:
    listing = approved(session)
    change_product(session, actor, listing.product_id, name="Mận hậu")
    assert waiting_changes(listing)[0] == ("name", "Mận tam hoa", "Mận hậu")
    change_product(session, actor, listing.product_id, name="Mận tam hoa")
    assert fields(listing) == []
    version = listing.approved_version
    listings.approve_listing(session, actor, listing.id)
    assert listing.approved_version == version


def test_a_removed_photo_is_given_to_no_floor_any_more(session: Session, actor: Actor) -> None:
    listing = approved(session)
    first, second = [photo.id for photo in listing.product.photos]
    offer = published(session, listing)
    assert offer
    assert [str(first) in offer.pictures[0].url, str(second) in offer.pictures[1].url] == [True, True]
    remove_photo(session, actor, listing.product_id, first)
    session.commit()
    offer = published(session, listing)
    assert offer
    assert [str(second) in picture.url for picture in offer.pictures] == [True]
    assert fields(listing) == []


def test_a_paper_that_is_taken_away_falls_off_at_once_and_a_new_one_waits(
    session: Session, actor: Actor
) -> None:
    listing = approved(session, papers=[VIETGAP])
    offer = published(session, listing)
    assert offer
    assert "VietGAP" in offer.description
    change_product(session, actor, listing.product_id, papers=[VIETGAP | {"number": "2"}])
    session.commit()
    offer = published(session, listing)
    assert offer
    assert "VietGAP" not in offer.description
    assert fields(listing) == ["papers"]
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    offer = published(session, listing)
    assert offer
    assert "VietGAP số 2" in offer.description


def test_sheets_carry_what_was_approved(session: Session, actor: Actor) -> None:
    listing = approved(session, "postmart")
    change_product(session, actor, listing.product_id, name="Mận hậu", unit="thùng")
    store_photo(session, listing.product, 3)
    (carried,) = list_to_carry(session, actor, "postmart")
    assert carried.draft
    assert "Mận tam hoa" in carried.draft.title
    assert (carried.said.unit, len(carried.photos)) == ("kg", 2)
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    session.expire_all()
    (carried,) = list_to_carry(session, actor, "postmart")
    assert carried.draft
    assert "Mận hậu" in carried.draft.title
    assert (carried.said.unit, len(carried.photos)) == ("thùng", 3)


def test_a_further_floor_is_given_what_was_approved_and_lacks_what_was_not(
    session: Session, actor: Actor
) -> None:
    listing, bare = approved(session, "shop"), approved(session, "shop", description=None)
    change_product(session, actor, listing.product_id, description=None)
    change_product(session, actor, bare.product_id, description="Hái buổi sáng.")
    asked = []
    for one in (listing, bare):
        listings.change_listing(session, actor, one.id, marketplaces=["shop", "vendure"])
        publication = one.publications[-1]
        asked.append(begin_publication(session, publication.id, partial(photo_content, session)))
    assert [bool(task and task.offer) for task in asked] == [True, False]
    session.refresh(publication)
    assert [problem["field"] for problem in publication.problems] == ["description"]
    listings.approve_listing(session, actor, bare.id)
    assert begin_publication(session, publication.id, partial(photo_content, session))


def test_how_somebody_approved_is_kept(session: Session) -> None:
    stall = builders.make_stall(session)
    holder = builders.make_stallholder(session, stall)
    both = builders.make_stallholder(session, stall)
    builders.grant(session, both, Role.CLERK, builders.BAC_HA)
    listing = builders.make_listing(session, builders.make_product(session, stall.seller))
    without_stall = builders.make_seller_account(session, stall.seller)
    people = [builders.make_clerk(session), holder, both, without_stall]
    for number, user in enumerate(people):
        change_product(session, builders.anybody(session), listing.product_id, grade=f"loại {number}")
        listings.approve_listing(session, actor_of(user), listing.id)
        session.commit()
    kept = list_approvals(session, listing.id)
    ways = [ApprovalWay.WITH_CLERK, *[ApprovalWay.OWN_PHONE] * 3]
    assert [(one.approver, one.way) for one in reversed(kept)] == list(zip(people, ways, strict=True))
    assert [one.facts["grade"] for one in kept] == ["loại 3", "loại 2", "loại 1", "loại 0"]
    assert kept[0].version == listing.version == listing.approved_version


def test_names_are_found_without_accents_whatever_their_letters(session: Session) -> None:
    product = builders.make_product(session, name="MẬN Tam Hoa, Ớt, Đường, Nghệ, Yến, Hồng")
    kept = builders.make_approved_listing(session, product).approval
    assert kept
    assert kept.folded_name == "man tam hoa, ot, duong, nghe, yen, hong"


def test_two_who_approve_at_once_leave_one_approval_for_each_version(
    session: Session, engine: Engine
) -> None:
    listing = approved(session)
    change_product(session, builders.anybody(session), listing.product_id, name="Mận hậu")
    session.commit()
    actor = builders.anybody(session)

    def approve(_: int) -> None:
        with Session(engine) as own:
            listings.approve_listing(own, actor, listing.id)
            own.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(approve, range(4)))
    versions = session.scalars(select(ListingApproval.version).order_by(ListingApproval.version)).all()
    assert versions == [1, 3]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE listing_approvals SET facts = '{}'",
        "DELETE FROM listing_approvals",
        "TRUNCATE listing_approvals CASCADE",
    ],
)
def test_approvals_are_only_added_to(session: Session, statement: str) -> None:
    approved(session)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text(statement))


def test_nothing_is_approved_without_being_kept(session: Session) -> None:
    listing = builders.make_listing(session)
    for changes in ("status = 'approved'", "approved_version = 1"):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(text(f"UPDATE listings SET {changes} WHERE id = :id"), {"id": listing.id})
    kept = approved(session).approval
    assert kept
    again = ListingApproval(
        listing_id=kept.listing_id, version=kept.version, way=kept.way, approved_by=kept.approved_by,
        facts=kept.facts, photo_ids=[],
    )  # fmt: skip
    session.add(again)
    with pytest.raises(IntegrityError):
        session.flush()


def test_who_was_shown_something_else_is_asked_to_look_again(session: Session, actor: Actor) -> None:
    listing = builders.make_listing(session)
    seen = fingerprint(listing)
    change_product(session, actor, listing.product_id, name="Mận hậu")
    with pytest.raises(Conflict):
        listings.approve_listing(session, actor, listing.id, seen)
    listings.change_listing(session, actor, listing.id, price=36_000)
    seen = fingerprint(listing)
    listings.change_listing(session, actor, listing.id, price=36_500)
    assert listings.approve_listing(session, actor, listing.id, seen).approved_version == 4, (
        "a price is no word"
    )


def test_a_list_of_many_knows_what_waits_in_as_many_statements_as_of_one(
    session: Session, actor: Actor
) -> None:
    found = [approved(session) for _ in range(3)]
    change_product(session, actor, found[1].product_id, name="Mận hậu")
    session.commit()

    def ask(most: int) -> tuple[int, list[UUID]]:
        session.expunge_all()
        with counted(session) as sent:
            items = list_listings(session, actor, limit=most).items
            waiting = [listing.id for listing in items if waiting_changes(listing)]
        return len(sent), waiting

    for_one, _ = ask(1)
    assert ask(10) == (for_one, [found[1].id])
