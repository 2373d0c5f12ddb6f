"""Floors are called at their pace, left alone while they are down, read back, and entered by shared tokens."""

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from redis import Redis
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.ports import FloorListing, Offer, Tokens
from models import FloorAccount, Listing, Publication, PublicationStatus
from services import drift, floor_accounts, listings, products
from services.floor_accounts import MOST_FAILURES, paused_for
from tests.builders import anybody, make_listing
from tests.integration.workers.harness import carry, pass_time
from tests.integration.workers.shelves import Shelf, publication
from workers import floors
from workers.floor_stores import SharedTokens
from workers.queues import redis


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    monkeypatch.setattr(floors, "floor", lambda _: shelf)
    return shelf


@pytest.fixture
def listing(session: Session) -> Listing:
    found = make_listing(session)
    listings.approve_listing(session, anybody(session), found.id)
    session.commit()
    return found


def test_a_floor_that_fails_again_and_again_is_left_alone_until_it_is_back(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    floor.trouble = GatewayUnavailable("HTTP 503")
    for _ in range(MOST_FAILURES + 3):
        carry()
        pass_time(session, 1_200)
    account = session.get_one(FloorAccount, "vendure")
    calls = floor.calls
    assert MOST_FAILURES <= calls == account.failures
    assert paused_for(session, "vendure")
    carry()
    pass_time(session, 60)
    carry()
    assert floor.calls == calls
    floor.trouble = None
    session.execute(update(FloorAccount).values(paused_until=now()))
    session.commit()
    pass_time(session, 1_200)
    carry()
    assert publication(session, listing).status is PublicationStatus.LISTED
    session.expire_all()
    assert session.get_one(FloorAccount, "vendure").failures == 0


def test_a_floor_that_says_slow_down_is_not_called_before_it_wants_to_be(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    floor.trouble = GatewayThrottled("HTTP 429", 30)
    carry()
    left = paused_for(session, "vendure")
    assert left
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)
    assert session.get_one(FloorAccount, "vendure").failures == 0


def test_a_refusal_is_no_failure_of_the_floor(session: Session, listing: Listing, floor: Shelf) -> None:
    floor.trouble = GatewayRejected("no")
    carry()
    assert session.get(FloorAccount, "vendure") is None
    assert publication(session, listing).status is PublicationStatus.REJECTED


@pytest.fixture
def listed(session: Session, listing: Listing, floor: Shelf) -> Listing:
    carry()
    assert publication(session, listing).status is PublicationStatus.LISTED
    pass_time(session, 1)
    session.execute(update(Publication).values(read_at=now() - drift.CHECK_EVERY * 2))
    session.commit()
    return listing


def check(session: Session) -> int:
    claimed = drift.claim_due_checks(session, 10)
    session.commit()
    carry()
    return claimed


@pytest.mark.parametrize(("field", "value"), [("price", 1), ("stock", 99), ("title", "Mận giả")])
def test_what_was_changed_on_the_floor_is_put_right(
    session: Session, listed: Listing, floor: Shelf, field: str, value: object
) -> None:
    right = floor.shelf[listed.sku]
    floor.shelf[listed.sku] = replace(right, **{field: value})
    assert check(session) == 1
    assert getattr(floor.shelf[listed.sku], field) == getattr(right, field)
    found = publication(session, listed)
    assert (found.status, found.published_version) == (PublicationStatus.LISTED, found.desired_version)
    assert found.strayed_at


def test_what_is_gone_from_the_floor_is_put_back(session: Session, listed: Listing, floor: Shelf) -> None:
    del floor.shelf[listed.sku]
    check(session)
    assert listed.sku in floor.shelf


def test_what_still_stands_there_after_its_withdrawal_is_taken_down_again(
    session: Session, listed: Listing, floor: Shelf
) -> None:
    kept = floor.shelf[listed.sku]
    listings.withdraw_listing(session, anybody(session), listed.id)
    session.commit()
    carry()
    products.change_product(session, anybody(session), listed.product_id, name="Mận hậu")
    session.commit()
    floor.shelf[listed.sku] = kept
    session.execute(update(Publication).values(read_at=now() - drift.CHECK_EVERY * 2))
    session.commit()
    check(session)
    assert floor.shelf == {}
    found = publication(session, listed)
    assert (found.status, found.published_version) == (PublicationStatus.WITHDRAWN, found.desired_version)


def test_a_floor_that_is_right_is_left_alone_until_its_next_turn(
    session: Session, listed: Listing, floor: Shelf
) -> None:
    calls = floor.calls
    assert check(session) == 1
    assert floor.calls == calls + 1
    assert check(session) == 0
    assert publication(session, listed).strayed_at is None


def test_tokens_are_renewed_by_one_and_used_by_all(session: Session) -> None:
    old = Tokens("old", "once", now())
    floor_accounts.store_tokens(session, "shopee", old)
    session.commit()
    refreshed: list[str] = []

    def refresh(tokens: Tokens) -> Tokens:
        refreshed.append(tokens.refresh)
        time.sleep(0.1)
        return Tokens("new", "twice", now() + timedelta(hours=4))

    given: list[Tokens] = []
    threads = [
        threading.Thread(target=lambda: given.append(SharedTokens("shopee").renew(old, refresh)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refreshed == ["once"]
    assert {tokens.access for tokens in given} == {"new"}
    current = SharedTokens("shopee").current()
    assert current
    assert current.refresh == "twice"


def test_tokens_are_stored_sealed(session: Session) -> None:
    floor_accounts.store_tokens(session, "shopee", Tokens("secret-access", "secret-refresh", now()))
    session.commit()
    row = session.connection().exec_driver_sql("SELECT access_token, refresh_token FROM floor_accounts").one()
    assert not any(b"secret" in bytes(value) for value in row)
    assert isinstance(redis(), Redis)


def test_a_call_that_hangs_holds_up_nobody(
    session: Session, floor: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = make_listing(session), make_listing(session)
    for offered in (slow, quick):
        listings.approve_listing(session, anybody(session), offered.id)
    session.commit()
    quick_is_listed = threading.Event()
    publish = floor.publish

    def in_turn(offer: Offer) -> FloorListing:
        if offer.sku == slow.sku:
            assert quick_is_listed.wait(20), "the quick one had to wait"
        listing = publish(offer)
        if offer.sku == quick.sku:
            quick_is_listed.set()
        return listing

    monkeypatch.setattr(floor, "publish", in_turn)
    carry()
    assert set(floor.shelf) == {slow.sku, quick.sku}
