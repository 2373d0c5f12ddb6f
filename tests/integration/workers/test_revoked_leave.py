"""A floor does not let us in any more, and does again: its shop's owner has taken the leave back, or our app's secret
was changed. The real clients, the real workers, and the floors' sandbox."""

import time
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from gateways.errors import GatewayRejected
from gateways.ports import FloorListing, Offer
from models import CategoryChoice, FloorAccount, FloorCategory, Goods, Listing, Publication, PublicationStatus
from services import floor_accounts, listings
from services.events import PublicationRequested
from services.floor_accounts import SHUT
from tests.builders import anybody, make_approved_listing, make_product
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import CATEGORY, FloorsSandbox, SandboxFloor
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor
from tests.integration.shop.conftest import store_photo
from tests.integration.workers.harness import carry, pass_time, put
from workers import floors
from workers.floor_stores import SharedTokens
from workers.queues import redis

REFRESHING = {"get", "auth/token/refresh", "refresh_token"}
"""As the logs call it."""


PACKAGE = {"package_length": 20, "package_width": 15, "package_height": 10}


class WithAll:
    """A floor's client, that gives each offer a picture that the sandbox takes, and all else as it asks for it."""

    def __init__(self, floor: SandboxFloor, secret: str | None = None) -> None:
        self._client = floor.connect(password=secret)
        self._asked: dict[str, Any] = {name: give() for name, give in floor.asks.items()}

    def publish(self, offer: Offer) -> FloorListing:
        return self._client.publish(replace(offer, **self._asked))


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FloorsSandbox]:
    started = FloorsSandbox(tmp_path_factory.mktemp("floors"))
    yield started
    started.stop()


@pytest.fixture(params=[ShopeeFloor, LazadaFloor, TiktokFloor])
def floor(
    request: pytest.FixtureRequest, session: Session, sandbox: FloorsSandbox, monkeypatch: pytest.MonkeyPatch
) -> SandboxFloor:
    """The only one that is connected, by tokens that workers share."""
    made: SandboxFloor = request.param(sandbox)
    floor_accounts.store_tokens(session, made.name, made.held)
    session.commit()
    facts = {"marketplace": made.name, "name": "Quả", "path": "Quả", "is_leaf": True}
    session.merge(FloorCategory(external_id=CATEGORY, **facts))
    session.flush()
    session.merge(CategoryChoice(marketplace=made.name, goods=Goods.FRUIT, category_id=CATEGORY))
    session.commit()
    made.tokens = SharedTokens(made.name)  # type: ignore[assignment]
    client = WithAll(made)

    def connected(name: str) -> WithAll:
        if name != made.name:
            raise GatewayRejected("not connected")
        return client

    monkeypatch.setattr(floors, "floor", connected)
    return made


def offered(session: Session, floor: SandboxFloor) -> Publication:
    product = make_product(session, goods=Goods.FRUIT, **PACKAGE)
    store_photo(session, product)
    listing = make_approved_listing(session, product, marketplaces=[floor.name])
    made = Publication(listing_id=listing.id, marketplace=floor.name, desired_version=listing.version)
    session.add(made)
    session.flush()
    put(session, PublicationRequested(made.id, floor.name))
    return made


def test_listings_wait_while_the_leave_is_revoked_and_are_shown_once_when_it_is_given_again(
    session: Session, floor: SandboxFloor
) -> None:
    known = offered(session, floor)
    carry()
    floor.fault("revoke_tokens", account=floor.account)
    listings.change_listing(session, anybody(session), known.listing_id, price=36_000)
    new = offered(session, floor)
    for _ in range(3):
        carry()
        pass_time(session, 700)
    session.expire_all()
    for waiting in (known, new):
        codes = [problem["code"] for problem in waiting.problems]
        assert (waiting.status, codes) == (PublicationStatus.WAITING, [SHUT.code])
    assert session.get_one(FloorAccount, floor.name).shut_at
    assert [price_of(floor, session, one) for one in (known, new)] == [[35_000], []]

    floor.let_in()
    connect_again(session, floor)
    assert {known.status, new.status} == {PublicationStatus.LISTED}
    assert [price_of(floor, session, one) for one in (known, new)] == [[36_000], [35_000]]


def test_a_secret_that_was_changed_refuses_no_listing(
    session: Session, floor: SandboxFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person reads what the floor said; once the settings are right, all is as it was to be."""
    known, new = offered(session, floor), offered(session, floor)
    with monkeypatch.context() as settings:
        settings.setattr(floors, "floor", lambda name: WithAll(floor, "an-older-secret"))
        carry()
    session.expire_all()
    assert {(one.status, one.problems[0]["code"]) for one in (known, new)} == {
        (PublicationStatus.WAITING, SHUT.code)
    }
    account = session.get_one(FloorAccount, floor.name)
    assert (account.failures, "key, secret or shop" in str(account.shut_because)) == (0, True)

    connect_again(session, floor)
    assert {known.status, new.status} == {PublicationStatus.LISTED}


def test_a_slow_answer_and_an_emptied_redis_spend_no_refresh_token_twice(floor: SandboxFloor) -> None:
    """The floor takes each once, and nobody in who gives one twice."""
    floor.fault("expire_tokens", account=floor.account)
    floor.fault("delay", call="refresh_token", seconds=2)
    failures: list[Exception] = []

    def read() -> None:
        try:
            floor.connect().read(make_offer())
        except Exception as error:
            failures.append(error)

    threads = [Thread(target=read) for _ in range(2)]
    with capture_logs() as lines:
        for thread in threads:
            thread.start()
            time.sleep(0.5)
            redis().flushdb()
        for thread in threads:
            thread.join()
    assert failures == []
    assert [line["outcome"] for line in lines if line["operation"] in REFRESHING] == ["ok"]


def connect_again(session: Session, floor: SandboxFloor) -> None:
    floor_accounts.connect(session, floor.name, floor.held)
    session.commit()
    carry()
    session.expire_all()


def price_of(floor: SandboxFloor, session: Session, publication: Publication) -> list[int]:
    """Of everything that the floor holds of it."""
    sku = session.get_one(Listing, publication.listing_id).sku
    return [product["price"] for product in floor.products(sku)]
