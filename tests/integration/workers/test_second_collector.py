"""A second collector, of which nothing but its folder (`tests/collectors/paddy`) knows: from the page on which its keys
are typed to the money that goes back. Its server is a process of its own, our address one that really listens."""

from collections.abc import Iterator

import pytest
import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.config import config
from core.vietqr import decode
from gateways.ports import LinkStatus, PaymentLink
from models import (
    CollectionChannel,
    InboxMessage,
    Market,
    Payment,
    PaymentRequest,
    PaymentStatus,
    Refund,
    RefundStatus,
    ResolutionAction,
    Stall,
    WebhookState,
)
from services.resolution_plans import Wish
from tests.builders import make_administrator, make_manager, make_payment_request, make_stall
from tests.contract.collectors.desks import PaddyDesk
from tests.integration.api.conftest import Sign, as_
from tests.integration.pages.conftest import Browser, Enter, browser, enter
from tests.integration.services.desk import decide, exception_of, manager_of
from tests.integration.workers.harness import carry, pass_time
from web.webhooks import channels
from workers.jobs import maintenance

__all__ = ["as_", "browser", "enter"]

KEYS = dict(PaddyDesk.keys)


@pytest.fixture(scope="module")
def running_paddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaddyDesk]:
    desk = PaddyDesk(tmp_path_factory.mktemp("paddy"))
    yield desk
    desk.stop()


@pytest.fixture
def paddy(running_paddy: PaddyDesk, monkeypatch: pytest.MonkeyPatch, our_address: str) -> PaddyDesk:
    monkeypatch.setenv("PADDY_BASE_URL", running_paddy.url)
    config.cache_clear()
    return running_paddy


@pytest.fixture
def place(session: Session, market: Market) -> Stall:
    """A stall that is paid directly so far."""
    return make_stall(session, market)


@pytest.fixture
def manager(session: Session, enter: Enter, market: Market) -> Browser:
    return enter(make_manager(session, market))


def opened(session: Session, manager: Browser, place: Stall, **changes: str) -> CollectionChannel:
    """Typed on the page, tried by a worker, and chosen for the stall."""
    path = f"/channels/paddy/new?market_id={place.market_id}"
    shown = manager.post(path, {"name": "Paddy của chợ", **KEYS, **changes}, page=path)
    assert shown.status == 303, shown.words
    carry()
    channel = fresh(session, CollectionChannel, shown.location.split("/")[2])
    choice = f"/stalls/{place.id}/channel"
    if channel.webhook_state is WebhookState.CONFIRMED:
        manager.follow(manager.post(choice, {"channel_id": str(channel.id)}, page=choice))
    return channel


def fresh(session: Session, table: type, id: object) -> object:
    session.rollback()
    session.expire_all()
    return session.get_one(table, id)


def ask(session: Session, place: Stall, amount: int = 45_000) -> PaymentRequest:
    request = make_payment_request(session, fresh(session, Stall, place.id), amount=amount)
    carry()
    return fresh(session, PaymentRequest, request.id)


def pay(paddy: PaddyDesk, request: PaymentRequest, amount: int) -> None:
    link = PaymentLink(request.order_code, "", request.amount, 0, LinkStatus.OPEN)
    paddy.take(link, amount)


def test_from_the_keys_to_the_money_and_back(
    session: Session, paddy: PaddyDesk, manager: Browser, market: Market, place: Stall
) -> None:
    listed = manager.get(f"/markets/{market.id}/channels")
    assert listed.has("new-paddy")
    assert listed.has("new-payos")
    channel = opened(session, manager, place)
    assert (channel.kind, channel.webhook_state) == ("paddy", WebhookState.CONFIRMED)
    page = f"/channels/{channel.id}/paddy"
    for path in (page, f"/markets/{market.id}/channels", f"/markets/{market.id}"):
        shown = manager.get(path)
        assert "Paddy Pay" in shown.words
        assert not [key for key in KEYS.values() if key in shown.html]
    assert manager.get(f"/channels/{channel.id}/payos").status == 404

    request = ask(session, place)
    assert (request.channel_id, request.status) == (channel.id, PaymentStatus.AWAITING_PAYMENT)
    qr = decode(request.qr_payload or "")
    assert (qr.amount, qr.note) == (45_000, request.reference)

    pay(paddy, request, 60_000)
    carry()
    assert fresh(session, PaymentRequest, request.id).status is PaymentStatus.OVERPAID
    (message,) = session.scalars(select(InboxMessage)).all()
    assert (message.source, "10000000002" in str(message.body)) == ("paddy", False)

    (payment,) = session.scalars(select(Payment)).all()
    decide(
        session, manager_of(session, market), exception_of(session, payment), Wish(ResolutionAction.REFUND)
    )
    carry()
    pass_time(session, 700)
    maintenance.look_after_refunds()
    carry()
    session.expire_all()
    (refund,) = session.scalars(select(Refund)).all()
    assert (refund.status, refund.amount, refund.problem) == (RefundStatus.DONE, 15_000, None)
    keys = {"Shop": KEYS["shop"], "Token": KEYS["token"]}
    sent = requests.get(f"{paddy.url}/payouts/{refund.idempotency_key}", headers=keys, timeout=5).json()
    assert (sent["id"], sent["sum"]) == (refund.payout_id, 15_000)
    assert (sent["bank"], sent["number"]) == ("970415", "10000000002")


def test_lost_notice_is_made_up_for_by_asking(
    session: Session, paddy: PaddyDesk, manager: Browser, place: Stall
) -> None:
    opened(session, manager, place, shop="paddy-shop-2")
    request = ask(session, place)
    # Its notices go to nobody: money of an address that no more listens.
    elsewhere = {"Shop": "paddy-shop-2", "Token": KEYS["token"]}
    requests.put(f"{paddy.url}/listener", json={"url": "http://127.0.0.1:9"}, headers=elsewhere, timeout=5)
    pay(paddy, request, 45_000)
    pass_time(session, 25)
    maintenance.ask_about_open_requests()
    carry()
    assert fresh(session, PaymentRequest, request.id).status is PaymentStatus.PAID


def test_wrong_keys_are_told_in_the_collectors_words_and_put_right(
    session: Session, paddy: PaddyDesk, manager: Browser, place: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "AT_MOST_EVERY_SECONDS", 0.0)
    channel = opened(session, manager, place, shop="paddy-shop-3", seal="mistyped")
    page = f"/channels/{channel.id}/paddy"
    assert channel.webhook_state is WebhookState.REFUSED
    shown = manager.get(page)
    assert "Paddy&#39;s seal is wrong" in shown.html
    assert manager.get(f"/channels/{channel.id}/paddy/state").status == 200
    keys = {**KEYS, "shop": "paddy-shop-3"}
    without = manager.post(page, {**keys, "token": "", "keep_old_days": "0"}, page=page)
    assert (without.status, bool(without.error("token"))) == (422, True)
    manager.follow(manager.post(page, {**keys, "keep_old_days": "0"}, page=page))
    carry()
    assert fresh(session, CollectionChannel, channel.id).webhook_state is WebhookState.CONFIRMED
    path = f"/channels/paddy/new?market_id={place.market_id}"
    again = manager.post(path, {"name": "Paddy thứ hai", **keys}, page=path)
    assert "kênh khác" in (again.error("shop") or "")


def test_api_opens_one_by_its_kind_and_asks_for_its_own_keys(
    session: Session, paddy: PaddyDesk, as_: Sign, market: Market
) -> None:
    caller = as_(make_administrator(session))
    body = {"name": "Paddy", "kind": "paddy", "market_id": str(market.id), **KEYS, "shop": "paddy-shop-4"}
    opened = caller.post("/channels", body)
    assert (opened.status_code, opened.json["kind"]) == (201, "paddy")
    assert not [key for key in KEYS.values() if key in opened.text]
    missing = caller.post("/channels", {name: value for name, value in body.items() if name != "seal"})
    assert missing.json["errors"].keys() == {"seal"}
    foreign = caller.post("/channels", {**body, "api_key": "of-another"})
    assert foreign.json["errors"].keys() == {"api_key"}
    assert caller.post("/channels", {**body, "kind": "nobody"}).json["errors"].keys() == {"kind"}
    path = f"/channels/{opened.json['id']}"
    assert caller.post(f"{path}/credentials", {**KEYS, "shop": "paddy-shop-4"}).status_code == 200
    theirs = {"client_id": "a", "api_key": "b", "checksum_key": "c"}
    assert set(caller.post(f"{path}/credentials", theirs).json["errors"]) == {*theirs, *KEYS}
    carry()
    assert caller.get(path).json["webhook_state"] == "confirmed"
