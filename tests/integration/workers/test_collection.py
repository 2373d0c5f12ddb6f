"""A payment request's way to payOS and back, the provider being its sandbox."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.payos.webhook import read_notice
from gateways.ports import LinkStatus, PaymentLink
from models import (
    CollectionChannel,
    DeliveryStatus,
    OutboxEvent,
    Payment,
    PaymentRequest,
    PaymentRequestChange,
    PaymentStatus,
    Stall,
)
from services import channels, payment_links
from services.channel_keys import rotate_channel_keys
from services.inbox import Arrival, store_arrivals
from services.payment_requests import cancel_payment_request
from tests.builders import anybody, make_payment, make_payment_request, make_stall
from tests.contract.payos.harness import API_KEY, CHECKSUM_KEY, CLIENT, Sandbox, Webhook
from tests.integration.workers.harness import carry, deliveries, pass_time
from workers import relay
from workers.jobs import maintenance
from workers.runtime import MOST_ATTEMPTS

A_WHILE = timedelta(minutes=20).total_seconds()


def shown(session: Session, request: PaymentRequest) -> PaymentRequest:
    session.rollback()
    session.expire_all()
    return session.get_one(PaymentRequest, request.id)


def count_events(session: Session, name: str) -> int:
    query = select(func.count()).where(OutboxEvent.type == f"payment_request.{name}.v1")
    return session.scalar(query) or 0


def poll(session: Session) -> None:
    """Its time has come, and the clock strikes."""
    pass_time(session, 25)
    maintenance.ask_about_open_requests()
    carry()


def take_notice(session: Session, channel_id: UUID, body: bytes) -> None:
    """As the web does when payOS sends it."""
    notice = read_notice(body, [CHECKSUM_KEY])
    arrival = Arrival("payos", f"{channel_id}:{notice.key}", channel_id, notice.data)
    store_arrivals(session.connection(), [arrival])
    session.commit()


def expire(session: Session, request: PaymentRequest) -> None:
    """Its time has run out five minutes ago."""
    moment = now()
    times = {"created_at": moment - timedelta(minutes=30), "expires_at": moment - timedelta(minutes=5)}
    session.execute(update(PaymentRequest).where(PaymentRequest.id == request.id).values(times))
    session.commit()


def test_request_is_opened_and_its_qr_shown(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    request = make_payment_request(session, stall, amount=45_000)
    assert request.status is PaymentStatus.CREATED
    carry()
    opened = shown(session, request)
    (link,) = sandbox.links(opened.order_code)
    assert opened.status is PaymentStatus.AWAITING_PAYMENT
    assert (opened.payment_link_id, link["amount"]) == (link["id"], 45_000)
    assert opened.qr_payload
    assert link["account_number"] in opened.qr_payload
    assert link["description"] == opened.reference
    assert count_events(session, "opened") == 1


def test_opening_twice_makes_one_link(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    relay.relay_once()
    pass_time(session, 61)
    carry()
    carry()
    assert len(sandbox.links(shown(session, request).order_code)) == 1
    assert count_events(session, "opened") == 1


@pytest.mark.parametrize("kind", ["http_500", "http_429"])
def test_provider_that_stumbles_is_asked_again(
    session: Session, sandbox: Sandbox, stall: Stall, kind: str
) -> None:
    request = make_payment_request(session, stall)
    sandbox.fault(kind, count=2, call="create")
    sandbox.fault("http_500", call="get")
    carry()
    waiting = shown(session, request)
    assert waiting.status is PaymentStatus.CREATED
    assert waiting.problem
    for _ in range(3):
        pass_time(session, 60)
        carry()
    opened = shown(session, request)
    assert opened.status is PaymentStatus.AWAITING_PAYMENT
    assert opened.problem is None
    assert len(sandbox.links(opened.order_code)) == 1


def test_throttling_is_heeded(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    before = now()
    make_payment_request(session, stall)
    sandbox.fault("http_429", call="create")
    carry()
    (found,) = deliveries(session, "open_payment_link")
    assert found.due_at >= before + timedelta(seconds=2)
    assert found.error
    assert found.error.startswith("GatewayThrottled")


def test_refusal_closes_the_request_with_the_reason(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    sandbox.fault("channel_inactive", call="create")
    carry()
    refused = shown(session, request)
    assert refused.status is PaymentStatus.CANCELLED
    assert refused.problem
    assert [d.status for d in deliveries(session, "open_payment_link")] == [DeliveryStatus.DONE]
    assert count_events(session, "refused") == 1


def test_provider_that_never_comes_back_ends_the_waiting(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    sandbox.fault("http_500", count=100, call="create")
    sandbox.fault("http_500", count=100, call="get")
    for _ in range(MOST_ATTEMPTS):
        carry()
        pass_time(session, A_WHILE)
    assert [d.status for d in deliveries(session, "open_payment_link")] == [DeliveryStatus.DEAD]
    given_up = shown(session, request)
    assert given_up.status is PaymentStatus.CANCELLED
    assert given_up.problem


def test_answer_that_was_lost_with_its_qr_is_asked_for_under_a_new_order_code(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    """payOS tells a link's QR only once."""
    request = make_payment_request(session, stall)
    first = request.order_code
    sandbox.fault("drop", call="create")
    carry()
    opened = shown(session, request)
    assert opened.status is PaymentStatus.AWAITING_PAYMENT
    assert opened.order_code != first
    (abandoned,), (link,) = sandbox.links(first), sandbox.links(opened.order_code)
    assert opened.payment_link_id == link["id"] != abandoned["id"]
    assert opened.qr_payload


def test_late_answer_about_a_former_order_code_is_not_shown(session: Session, stall: Stall) -> None:
    """Two workers opened it; the one whose answer had no QR was faster. What is paid to the other's link would
    not find the request."""
    request = make_payment_request(session, stall)
    first = request.order_code
    facts = {"amount": request.amount, "amount_paid": 0, "status": LinkStatus.OPEN}
    payment_links.record_opened(session, request.id, PaymentLink(first, "link", **facts))
    session.commit()
    session.expire_all()
    late = PaymentLink(first, "link", **facts, qr_payload="a QR", checkout_url="https://pay.example")
    payment_links.record_opened(session, request.id, late)
    session.commit()
    waiting = shown(session, request)
    assert (waiting.qr_payload, waiting.status) == (None, PaymentStatus.CREATED)
    assert waiting.order_code != first


def test_payment_whose_notice_is_lost_is_found_by_asking(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall, amount=30_000)
    carry()
    sandbox.pay(shown(session, request).payment_link_id or "")
    poll(session)
    paid = shown(session, request)
    assert (paid.status, paid.amount_paid) == (PaymentStatus.PAID, 30_000)
    assert "poll" in session.scalars(select(PaymentRequestChange.cause)).all()
    poll(session)
    assert session.scalar(select(func.count()).select_from(Payment)) == 1


def test_notice_and_poll_of_one_transfer_are_one_payment(
    session: Session, sandbox: Sandbox, stall: Stall, webhook: Webhook
) -> None:
    request = make_payment_request(session, stall)
    carry()
    sandbox.pay(shown(session, request).payment_link_id or "")
    poll(session)
    (body,) = webhook.wait(1)
    take_notice(session, stall.channel_id, body)
    carry()
    assert session.scalar(select(func.count()).select_from(Payment)) == 1
    assert shown(session, request).amount_paid == request.amount


def test_request_is_asked_about_every_twenty_seconds(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    carry()
    poll(session)
    again = shown(session, request).next_poll_at
    assert again
    assert timedelta(seconds=15) < again - now() <= timedelta(seconds=20)


def test_request_that_runs_out_of_time_expires_and_is_paid_late_all_the_same(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    carry()
    link = shown(session, request).payment_link_id or ""
    expire(session, request)
    poll(session)
    assert shown(session, request).status is PaymentStatus.EXPIRED
    sandbox.pay(link)
    pass_time(session, A_WHILE)
    poll(session)
    assert shown(session, request).status is PaymentStatus.PAID_LATE


def test_cancelled_request_is_closed_at_the_provider(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    carry()
    cancel_payment_request(session, anybody(session), request.id)
    session.commit()
    carry()
    assert [link["status"] for link in sandbox.links(request.order_code)] == ["CANCELLED"]
    assert {d.status for d in deliveries(session)} == {DeliveryStatus.DONE}


def test_closing_what_was_paid_meanwhile_is_done(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    carry()
    sandbox.pay(shown(session, request).payment_link_id or "")
    cancel_payment_request(session, anybody(session), request.id)
    session.commit()
    carry()
    assert [d.status for d in deliveries(session, "close_payment_link")] == [DeliveryStatus.DONE]
    poll(session)
    owed = shown(session, request)
    assert (owed.status, owed.amount_paid) == (PaymentStatus.REFUND_DUE, request.amount)


def test_direct_request_asks_no_provider_and_expires_by_the_clock(session: Session) -> None:
    request = make_payment_request(session, make_stall(session))
    carry()
    assert shown(session, request).status is PaymentStatus.AWAITING_PAYMENT
    expire(session, request)
    maintenance.ask_about_open_requests()
    assert shown(session, request).status is PaymentStatus.EXPIRED


def test_paid_request_is_asked_about_less_and_less(session: Session, stall: Stall) -> None:
    request = make_payment_request(session, stall)
    make_payment(session, request)
    again = shown(session, request).next_poll_at
    assert again
    assert timedelta(minutes=9) < again - now() <= timedelta(minutes=10)


@pytest.fixture
def webhook(sandbox: Sandbox) -> Iterator[Webhook]:
    """An address that takes the channel's notices."""
    taker = Webhook()
    sandbox.gateway().confirm_webhook(taker.url)
    taker.bodies.clear()
    yield taker
    taker.close()


def test_provider_is_told_where_notices_go_until_it_has_tried_it(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    taker = Webhook()
    base = taker.url.removesuffix("/webhooks/payos/1")
    taker.status = None
    channels.claim_moved_webhooks(session, base)
    session.commit()
    carry()
    channel = session.get_one(CollectionChannel, stall.channel_id)
    assert channel.webhook_url == f"{base}/webhooks/payos/{channel.id}"
    assert channel.webhook_confirmed_at is None
    taker.status = 200
    pass_time(session, A_WHILE)
    carry()
    session.expire_all()
    assert session.get_one(CollectionChannel, stall.channel_id).webhook_confirmed_at
    assert sandbox.control("webhooks")["addresses"][CLIENT] == channel.webhook_url
    assert channels.claim_moved_webhooks(session, base) == []
    taker.close()


def test_new_keys_are_tried_with_the_provider(session: Session, sandbox: Sandbox, stall: Stall) -> None:
    taker = Webhook()
    base = taker.url.removesuffix("/webhooks/payos/1")

    def confirmed_with(client_id: str, api_key: str) -> bool:
        keys = {"client_id": client_id, "api_key": api_key, "checksum_key": CHECKSUM_KEY}
        channel = rotate_channel_keys(session, anybody(session), stall.channel_id, base_url=base, **keys)
        session.commit()
        assert channel.webhook_confirmed_at is None
        carry()
        session.expire_all()
        return session.get_one(CollectionChannel, stall.channel_id).webhook_confirmed_at is not None

    assert confirmed_with("sandbox-client-2", API_KEY)
    assert "sandbox-client-2" in sandbox.control("webhooks")["addresses"]
    assert not confirmed_with("sandbox-client-2", "mistyped")
    taker.close()
