"""A floor that is down, throttles, shuts us out or answers nonsense costs time only: what waits says why and until
when, nothing is given up, and a person can have it tried again."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import (
    AlreadyDone,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.marketplaces.sessions import LeaveRevoked, TokenOver
from gateways.ports import FloorListing, Offer
from models import DeliveryStatus, FloorAccount, Listing, Publication, PublicationStatus
from services import drift, floor_accounts, listings, publishing
from services.floor_accounts import FORMER_TOKENS, PAUSE_WHEN_SHUT, RESTING, SHUT
from services.publishing import PublicationTask, postpone_publication, reject_publication
from tests.builders import anybody, make_listing
from tests.integration.workers.harness import carry, deliveries, pass_time
from tests.integration.workers.shelves import Shelf, publication
from workers import floors, runtime


@pytest.fixture
def floor(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    monkeypatch.setattr(floors, "floor", lambda _: shelf)
    return shelf


@pytest.fixture
def listing(session: Session) -> Listing:
    return approved(session)


def approved(session: Session) -> Listing:
    found = make_listing(session)
    listings.approve_listing(session, anybody(session), found.id)
    session.commit()
    return found


def wake(session: Session) -> None:
    """The floor has rested."""
    session.execute(update(FloorAccount).values(paused_until=None))
    session.commit()


def said(found: Publication) -> list[str]:
    return [problem["code"] for problem in found.problems]


def test_what_passes_is_never_given_up(session: Session, listing: Listing, floor: Shelf) -> None:
    floor.trouble = GatewayUnavailable("HTTP 500")
    for _ in range(runtime.MOST_ATTEMPTS + 5):
        carry()
        pass_time(session, 1_200)
        wake(session)
    waiting = publication(session, listing)
    assert floor.calls > runtime.MOST_ATTEMPTS
    assert (waiting.status, said(waiting)) == (PublicationStatus.WAITING, ["unavailable"])
    assert waiting.next_attempt_at
    floor.trouble = None
    carry()
    assert publication(session, listing).status is PublicationStatus.LISTED


@pytest.mark.parametrize("seconds", [60.0, None])
def test_a_throttled_call_is_no_attempt_and_says_when_it_comes_again(
    session: Session, listing: Listing, floor: Shelf, seconds: float | None
) -> None:
    floor.trouble = GatewayThrottled("HTTP 429", seconds)
    carry()
    waiting = publication(session, listing)
    (delivery,) = deliveries(session, "publish_listing")
    assert (waiting.status, said(waiting)) == (PublicationStatus.WAITING, ["unavailable"])
    assert waiting.next_attempt_at == delivery.due_at > now()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.QUEUED, 0)


def test_a_floor_that_goes_on_throttling_without_a_word_is_left_alone_longer(session: Session) -> None:
    pauses = []
    for _ in range(12):
        pauses.append(floor_accounts.note_throttled(session, "vendure", None) or timedelta())
        again = floor_accounts.note_throttled(session, "vendure", None)
        assert again
        assert again <= pauses[-1], "a call that was under way at the same time"
        session.execute(update(FloorAccount).values(paused_until=None))
        session.expire_all()
    rounded = [round(pause.total_seconds()) for pause in pauses]
    assert rounded == sorted(rounded)
    assert pauses[0] <= timedelta(seconds=2) < pauses[1]
    assert timedelta(minutes=14) < pauses[-1] <= floor_accounts.LONGEST_PAUSE


def test_what_is_asked_of_a_resting_floor_says_so(session: Session, listing: Listing, floor: Shelf) -> None:
    floor_accounts.note_failure(session, "vendure", retry_after=300)
    session.commit()
    carry()
    waiting = publication(session, listing)
    assert floor.calls == 0
    assert (waiting.status, said(waiting), waiting.attempts) == (PublicationStatus.WAITING, [RESTING.code], 0)
    assert waiting.next_attempt_at
    assert waiting.next_attempt_at > now() + timedelta(seconds=280)


@pytest.mark.parametrize(
    "error", [KeyError("item_id"), TypeError(), ValueError("Lù Thị Mai"), AttributeError(), IndexError()]
)
def test_nonsense_is_the_floors_fault_and_tells_nobodys_name(
    session: Session, listing: Listing, floor: Shelf, error: Exception
) -> None:
    floor.trouble = error
    for _ in range(runtime.MOST_DEFECTS + 1):
        carry()
        pass_time(session, 1_200)
    (delivery,) = deliveries(session, "publish_listing")
    assert delivery.status is DeliveryStatus.QUEUED
    assert delivery.error
    assert f"{type(error).__name__} in shelves.py:" in delivery.error
    assert "Lù" not in delivery.error
    assert publication(session, listing).status is PublicationStatus.WAITING


@pytest.mark.parametrize("error", [LeaveRevoked("revoked"), TokenOver("over")])
def test_a_floor_that_shuts_us_out_is_not_called_until_it_is_connected_again(
    session: Session, listing: Listing, floor: Shelf, error: Exception
) -> None:
    floor.trouble = error
    carry()
    late = approved(session)
    for _ in range(3):
        carry()
        pass_time(session, 4_000)
    assert floor.calls == 1
    account = session.get_one(FloorAccount, "vendure")
    assert account.shut_at
    assert account.shut_because == str(error)
    for waiting in (publication(session, listing), publication(session, late)):
        assert (waiting.status, said(waiting)) == (PublicationStatus.WAITING, [SHUT.code])
        assert waiting.next_attempt_at
    assert {(row.status, row.attempts) for row in deliveries(session)} == {(DeliveryStatus.QUEUED, 0)}
    carry()
    floor.trouble = None
    floor_accounts.connect(session, "vendure")
    session.commit()
    carry()
    for shown in (publication(session, listing), publication(session, late)):
        assert (shown.status, shown.problems) == (PublicationStatus.LISTED, [])
    assert session.get_one(FloorAccount, "vendure").shut_at is None


def test_a_late_word_from_before_does_not_shut_it_again(session: Session) -> None:
    began = now()
    assert floor_accounts.note_shut(session, "shopee", "revoked", began)
    floor_accounts.connect(session, "shopee")
    for asked_at in (began, now()):
        assert floor_accounts.note_shut(session, "shopee", "revoked", asked_at) == FORMER_TOKENS
        assert session.get_one(FloorAccount, "shopee").shut_at is None
    later = now() + FORMER_TOKENS
    assert floor_accounts.note_shut(session, "shopee", "revoked again", later) == PAUSE_WHEN_SHUT
    assert session.get_one(FloorAccount, "shopee").shut_because == "revoked again"


def test_what_was_refused_for_want_of_leave_is_asked_again_and_nothing_else(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    unfit = approved(session)
    for one, code in ((listing, "leave_revoked"), (unfit, "too_low")):
        session.execute(
            update(Publication)
            .where(Publication.listing_id == one.id)
            .values(status=PublicationStatus.REJECTED, problems=[{"field": None, "code": code, "text": "x"}])
        )
    assert floor_accounts.connect(session, "vendure") == 1
    session.commit()
    assert publication(session, listing).status is PublicationStatus.WAITING
    assert publication(session, unfit).status is PublicationStatus.REJECTED


def test_the_operators_command_opens_a_shut_floor(app: Flask, session: Session) -> None:
    floor_accounts.note_shut(session, "lazada", "revoked", now())
    floor_accounts.note_shut(session, "woocommerce", "HTTP 401", now())
    session.commit()
    run = app.test_cli_runner().invoke
    given = ["connect-floor", "lazada", "--access-token", "an-access", "--refresh-token", "a-refresh"]
    assert run(args=given).output == "stored\n"
    assert run(args=["connect-floor", "woocommerce"]).output == "connected\n"
    session.rollback()
    session.expire_all()
    assert {account.shut_at for account in session.query(FloorAccount)} == {None}


@pytest.mark.parametrize(
    "trouble",
    [None, GatewayRejected("no"), GatewayUnavailable("HTTP 500"), AlreadyDone("before"), KeyError()],
)
def test_what_is_withdrawn_while_it_is_published_ends_withdrawn(
    session: Session,
    listing: Listing,
    floor: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception | None,
) -> None:
    publish = floor.publish

    def withdrawn_meanwhile(offer: Offer) -> FloorListing:
        found = publish(offer)
        listings.withdraw_listing(session, anybody(session), listing.id)
        session.commit()
        if trouble:
            raise trouble
        return found

    monkeypatch.setattr(floor, "publish", withdrawn_meanwhile)
    for _ in range(3):
        carry()
        pass_time(session, 1_200)
    ended = publication(session, listing)
    assert (ended.status, floor.shelf) == (PublicationStatus.WITHDRAWN, {})
    assert ended.published_version == ended.desired_version == 2


def broken_off(session: Session, listing: Listing, status: PublicationStatus) -> None:
    problems = [{"field": None, "code": "unavailable", "text": "Hệ thống gặp lỗi"}]
    session.execute(update(Publication).values(status=status, problems=problems))
    session.commit()


@pytest.mark.parametrize("status", [PublicationStatus.FAILED, PublicationStatus.REJECTED])
def test_a_person_has_it_tried_again_and_a_second_tap_changes_nothing(
    session: Session, listing: Listing, floor: Shelf, status: PublicationStatus
) -> None:
    broken_off(session, listing, status)
    before = len(deliveries(session))
    for _ in range(2):
        listings.retry_publications(session, anybody(session), listing.id)
        session.commit()
    waiting = publication(session, listing)
    assert (waiting.status, len(waiting.problems)) == (PublicationStatus.WAITING, 1), (
        "the reason stands meanwhile"
    )
    carry()
    assert publication(session, listing).status is PublicationStatus.LISTED
    assert floor.calls == 1
    assert len(deliveries(session)) == before + 2, "that of the approval, and that of the first tap"
    listings.retry_publications(session, anybody(session), listing.id)
    session.commit()
    carry()
    assert floor.calls == 1, "what is listed is left alone"


def test_a_defect_of_ours_says_so_and_can_be_tried_again(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    floor.trouble = RuntimeError()
    for _ in range(runtime.MOST_DEFECTS):
        carry()
        pass_time(session, 1_200)
    failed = publication(session, listing)
    assert (failed.status, said(failed)) == (PublicationStatus.FAILED, ["unavailable"])
    floor.trouble = None
    listings.retry_publications(session, anybody(session), listing.id)
    session.commit()
    carry()
    assert publication(session, listing).status is PublicationStatus.LISTED


def test_a_worker_that_lost_its_lease_says_nothing_of_what_another_has_shown(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    carry()
    shown = publication(session, listing)
    late = PublicationTask(shown.id, "vendure", shown.desired_version, listing.sku, None)
    reject_publication(session, late, [Problem(None, "no", "Không")])
    postpone_publication(session, late, Problem(None, "no", "Không"), None)
    session.commit()
    assert publication(session, listing).status is PublicationStatus.LISTED


def test_what_cannot_even_be_put_together_says_so(
    session: Session, listing: Listing, floor: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "draft_for", broken)
        for _ in range(runtime.MOST_DEFECTS):
            carry()
            pass_time(session, 1_200)
    failed = publication(session, listing)
    assert (failed.status, said(failed), floor.calls) == (PublicationStatus.FAILED, ["unavailable"], 0)


def test_a_shut_floor_is_not_read_back(session: Session, listing: Listing, floor: Shelf) -> None:
    carry()
    session.execute(update(Publication).values(read_at=now() - drift.CHECK_EVERY * 2))
    floor_accounts.note_shut(session, "vendure", "revoked", now())
    assert drift.claim_due_checks(session, 10) == 0


def test_many_changes_of_what_fails_are_one_attempt_at_a_time(
    session: Session, listing: Listing, floor: Shelf
) -> None:
    floor.trouble = GatewayUnavailable("HTTP 500")
    carry()
    for price in (41_000, 42_000, 43_000):
        listings.change_listing(session, anybody(session), listing.id, price=price)
        session.commit()
        carry()
    for _ in range(3):
        calls = floor.calls
        pass_time(session, 700)
        wake(session)
        carry()
        assert floor.calls == calls + 1
