"""Calls to a payment channel: several at a time, those that somebody waits for first, and none piling up."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import now
from gateways.ports import LinkOrder, LinkStatus, PaymentLink
from models import DeliveryStatus, PaymentRequest, Stall
from runner import plan
from services.payment_requests import cancel_payment_request
from tests.builders import anybody, make_payment_request
from tests.contract.payos.harness import Sandbox
from tests.integration.workers.harness import carry, deliveries, on_the_road, pass_time, work_off
from workers import relay
from workers.jobs import collection, maintenance
from workers.queues import QueueName

PATIENCE = 30.0


class Unhurried:
    """A provider that answers nobody before two have asked."""

    def __init__(self) -> None:
        self._both = threading.Barrier(2)

    def open_link(self, order: LinkOrder) -> PaymentLink:
        self._both.wait(PATIENCE)
        code = order.order_code
        return PaymentLink(code, f"link-{code}", order.amount, 0, LinkStatus.OPEN, f"QR of {code}")


class Crossed:
    """On the call's way the request is taken back at the stall, and closed before there is anything to close."""

    def __init__(self, session: Session, sandbox: Sandbox, request: PaymentRequest) -> None:
        self._session, self._gateway, self._request = session, sandbox.gateway(), request

    def open_link(self, order: LinkOrder) -> PaymentLink:
        cancel_payment_request(self._session, anybody(self._session), self._request.id)
        self._session.commit()
        relay.relay_once()
        (closing,) = deliveries(self._session, "close_payment_link")
        collection.close_payment_link(closing.event_id)
        return self._gateway.open_link(order)

    def cancel_link(self, order_code: int, reason: str) -> PaymentLink:
        return self._gateway.cancel_link(order_code, reason)


def ask(session: Session) -> None:
    """Its time has come, and the clock strikes; nobody has worked yet."""
    pass_time(session, 25)
    maintenance.ask_about_open_requests()
    relay.relay_once()


def test_who_opens_a_request_does_not_wait_for_another_ones(
    session: Session, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = Unhurried()
    monkeypatch.setattr(collection, "payment_gateway", lambda *_: provider)
    requests = [make_payment_request(session, stall) for _ in range(2)]
    carry()
    session.expire_all()
    assert all(session.get_one(PaymentRequest, request.id).qr_payload for request in requests)


def test_a_request_that_is_taken_back_while_it_is_opened_is_closed_at_the_provider(
    session: Session, sandbox: Sandbox, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = make_payment_request(session, stall)
    relay.relay_once()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(collection, "payment_gateway", lambda *_: Crossed(session, sandbox, request))
        work_off()
    carry()
    (link,) = sandbox.links(request.order_code)
    assert link["status"] == "CANCELLED"


def test_what_somebody_waits_for_is_worked_on_before_polls(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    make_payment_request(session, stall)
    carry()
    ask(session)
    make_payment_request(session, stall)
    relay.relay_once()
    assert [len(on_the_road(name)) for name in (QueueName.POLLING, QueueName.COLLECTION)] == [1, 1]
    (collector,) = [spec for spec in plan.background({}) if spec.name == "collector"]
    assert collector.command[-2:] == [QueueName.COLLECTION, QueueName.POLLING]


def test_a_poll_that_meets_silence_is_made_again_by_the_clock_alone(
    session: Session, sandbox: Sandbox, stall: Stall
) -> None:
    request = make_payment_request(session, stall)
    carry()
    sandbox.fault("http_500", call="get")
    ask(session)
    work_off()
    (poll,) = deliveries(session, "poll_payment_request")
    assert (poll.status, poll.attempts) == (DeliveryStatus.DONE, 0)
    waiting = session.get_one(PaymentRequest, request.id)
    assert waiting.next_poll_at
    assert now() < waiting.next_poll_at <= now() + timedelta(seconds=60)
    sandbox.pay(waiting.payment_link_id or "")
    pass_time(session, 60)
    ask(session)
    work_off()
    session.expire_all()
    assert session.get_one(PaymentRequest, request.id).amount_paid == request.amount


def test_polls_do_not_pile_up_while_a_provider_is_slow(
    session: Session, sandbox: Sandbox, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintenance, "POLLS_AT_ONCE", 2)
    for _ in range(3):
        make_payment_request(session, stall)
    carry()
    for _ in range(3):
        ask(session)
        pass_time(session, 60)
    assert len(deliveries(session, "poll_payment_request")) == 2
    work_off()
    ask(session)
    assert len(deliveries(session, "poll_payment_request")) > 2
