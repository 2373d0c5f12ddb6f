"""A payOS channel from the page on which its keys are typed to the first money, the provider being its sandbox and
our address one that really listens."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    AccountKind,
    AuditEntry,
    CollectionChannel,
    JournalAccount,
    JournalEntry,
    Market,
    PaymentRequest,
    PaymentStatus,
    Stall,
    WebhookState,
)
from services.channel_keys import rotate_channel_keys
from services.payment_requests import cancel_payment_request
from tests.builders import anybody, make_manager, make_payment_request, make_payos_channel, make_stall
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, Sandbox, until
from tests.integration.pages.conftest import Browser, Enter, browser, enter
from tests.integration.workers.harness import carry, pass_time
from web.webhooks import channels
from workers.jobs import maintenance

__all__ = ["browser", "enter"]

SECOND = "sandbox-client-2"
KEYS = {"client_id": SECOND, "api_key": API_KEY, "checksum_key": CHECKSUM_KEY}


@pytest.fixture
def site(sandbox: Sandbox, our_address: str) -> str:
    """As payOS reaches it."""
    return our_address


@pytest.fixture
def place(session: Session, market: Market) -> Stall:
    """A stall that is paid directly so far."""
    return make_stall(session, market)


@pytest.fixture
def manager(session: Session, enter: Enter, market: Market) -> Browser:
    return enter(make_manager(session, market))


def opened(browser: Browser, path: str, **changes: str) -> str:
    """Fill the form in; the page of the channel."""
    shown = browser.post(path, {"name": "payOS của quầy", **KEYS, **changes}, page=path)
    assert shown.status == 303, shown.words
    return shown.location


def state(browser: Browser, page: str) -> str | None:
    return browser.get(page).all("webhook-state")[0].get("data-state")


def get_channel(session: Session, page: str) -> CollectionChannel:
    session.rollback()
    session.expire_all()
    return session.get_one(CollectionChannel, page.split("/")[2])


def ask(session: Session, stall: Stall, amount: int = 45_000) -> PaymentRequest:
    session.expire_all()
    request = make_payment_request(session, session.get_one(Stall, stall.id), amount=amount)
    carry()
    session.refresh(request)
    return request


def test_sellers_own_account_from_the_keys_to_the_money(
    session: Session, sandbox: Sandbox, site: str, manager: Browser, place: Stall
) -> None:
    listed = manager.get(f"/markets/{place.market_id}/channels")
    assert listed.has("new-payos")
    path = f"/channels/payos/new?seller_id={place.seller_id}"
    assert place.seller.name in manager.get("/channels/payos/new").text("sellers")
    page = opened(manager, path)
    assert state(manager, page) == "trying"
    carry()
    assert state(manager, page) == "confirmed"
    assert manager.get(f"{page}/state").answer.headers["HX-Refresh"] == "true"
    channel = get_channel(session, page)
    assert sandbox.control("webhooks")["addresses"][SECOND] == f"{site}/webhooks/payos/{channel.id}"
    assert "Đã xác nhận" in manager.get(f"/markets/{place.market_id}/channels").text("payos")

    choice = f"/stalls/{place.id}/channel"
    assert manager.get(choice).typed("channel_id") == "direct"
    manager.follow(manager.post(choice, {"channel_id": str(channel.id)}, page=choice))
    assert manager.get(choice).typed("channel_id") == str(channel.id)

    request = ask(session, place)
    assert (request.channel_id, request.status) == (channel.id, PaymentStatus.AWAITING_PAYMENT)
    sandbox.pay(request.payment_link_id or "")

    def settled() -> bool:
        carry()
        session.rollback()
        session.refresh(request)
        return request.status is PaymentStatus.PAID

    assert until(settled, 15), "the notice came and nobody polled"
    (entry,) = session.scalars(select(JournalEntry)).all()
    into, out_of = (
        session.get_one(JournalAccount, id) for id in (entry.debit_account_id, entry.credit_account_id)
    )
    assert (into.kind, into.owner_id) == (AccountKind.CHANNEL, channel.id)
    assert (out_of.kind, out_of.owner_id) == (AccountKind.SELLER, place.seller_id)
    secrets = (SECOND, API_KEY, CHECKSUM_KEY)
    shown = [manager.get(one).html for one in (page, path, f"/markets/{place.market_id}/channels")]
    assert not [key for key in secrets for html in shown if f'"{key}"' in html or f">{key}<" in html]
    facts = session.scalars(select(AuditEntry.facts).where(AuditEntry.subject_id == channel.id)).all()
    assert not [key for key in secrets if key in str(facts)]


def test_markets_account_is_offered_first_at_its_new_stalls(
    session: Session, site: str, manager: Browser, place: Stall
) -> None:
    page = opened(manager, f"/channels/payos/new?market_id={place.market_id}")
    carry()
    channel = get_channel(session, page)
    assert channel.webhook_state is WebhookState.CONFIRMED
    new = f"/markets/{place.market_id}/stalls/new?seller_id={place.seller_id}"
    assert manager.get(new).typed("channel_id") == str(channel.id)


@pytest.mark.parametrize("wrong", ["client_id", "api_key"])
def test_keys_that_payos_refuses_are_told_with_the_reason_and_put_right(
    session: Session, site: str, manager: Browser, place: Stall, wrong: str
) -> None:
    page = opened(manager, f"/channels/payos/new?market_id={place.market_id}", **{wrong: "mistyped"})
    carry()
    assert state(manager, page) == "refused"
    assert "API key của kênh payOS không đúng" in manager.get(page).text("webhook-problem")
    new = f"/markets/{place.market_id}/stalls/new?seller_id={place.seller_id}"
    assert str(get_channel(session, page).id) not in manager.get(new).html
    manager.follow(manager.post(f"{page}/ask"))
    assert state(manager, page) == "trying"
    carry()
    assert state(manager, page) == "refused"
    shown = manager.post(page, {**KEYS, "api_key": "có dấu", "keep_old_days": "7"}, page=page)
    assert (shown.status, bool(shown.error("api_key")), shown.typed("keep_old_days")) == (422, True, "7")
    manager.follow(manager.post(page, {**KEYS, "keep_old_days": "0"}, page=page))
    carry()
    assert state(manager, page) == "confirmed"
    assert manager.post(page, {**KEYS, "keep_old_days": "0"}, page=page).status == 403


def test_wrong_checksum_key_is_told_and_tried_no_more_until_it_is_put_right(
    session: Session, site: str, manager: Browser, place: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "AT_MOST_EVERY_SECONDS", 0.0)
    page = opened(manager, f"/channels/payos/new?market_id={place.market_id}", checksum_key="mistyped")
    carry()
    assert state(manager, page) == "refused"
    assert "Checksum key không đúng" in manager.get(page).text("webhook-problem")
    manager.follow(manager.post(page, {**KEYS, "keep_old_days": "0"}, page=page))
    carry()
    assert state(manager, page) == "confirmed"


def test_trial_that_does_not_come_is_told_while_it_is_tried_again(
    session: Session, sandbox: Sandbox, manager: Browser, place: Stall, client: FlaskClient
) -> None:
    """What anybody posts to the address before the trial says nothing about the key."""
    page = opened(manager, f"/channels/payos/new?market_id={place.market_id}")
    forged = {"code": "00", "success": True, "data": {"orderCode": 1}, "signature": "0" * 64}
    assert client.post(f"/webhooks/payos/{page.split('/')[2]}", json=forged).status_code in {400, 401}
    carry()
    assert state(manager, page) == "trying"
    assert "HX-Refresh" in manager.get(f"{page}/state").answer.headers
    assert "chưa gửi được thông báo thử" in manager.get(page).text("webhook-problem")
    assert "HX-Refresh" not in manager.get(f"{page}/state?told=1").answer.headers


def test_what_was_typed_is_kept_but_no_key(manager: Browser, place: Stall, session: Session) -> None:
    make_payos_channel(
        session,
        place.market,
        credentials={"client_id": SECOND, "api_key": API_KEY, "checksum_keys": [CHECKSUM_KEY]},
    )
    path = f"/channels/payos/new?market_id={place.market_id}"
    shown = manager.post(path, {"name": "payOS thứ hai", **KEYS}, page=path)
    assert (shown.status, shown.typed("name")) == (422, "payOS thứ hai")
    assert "kênh khác" in (shown.error("client_id") or "")
    assert [shown.typed(name) for name in KEYS] == [None, None, None]
    assert not [key for key in KEYS.values() if f'"{key}"' in shown.html]


def test_request_of_the_former_client_is_asked_about_and_closed_there(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    """Two changes of the client while both requests are open."""
    paid, closed = ask(session, stall), ask(session, stall)
    for client_id in (SECOND, "sandbox-client-3"):
        rotate_channel_keys(
            session,
            anybody(session),
            stall.channel_id,
            base_url="http://127.0.0.1:9",
            keep_old_days=0,
            **{**KEYS, "client_id": client_id},
        )
    session.commit()
    sandbox.fault("no_webhook")
    sandbox.pay(paid.payment_link_id or "")
    cancel_payment_request(session, anybody(session), closed.id)
    session.commit()
    pass_time(session, 25)
    maintenance.ask_about_open_requests()
    carry()
    session.expire_all()
    assert session.get_one(PaymentRequest, paid.id).status is PaymentStatus.PAID
    assert sandbox.links(closed.order_code)[0]["status"] == "CANCELLED"
    assert sandbox.links(paid.order_code)[0]["client_id"] == CLIENT
