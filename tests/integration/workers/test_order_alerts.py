"""Sellers hear of new orders by SMS: soon, not at night, not for every order, and only those who have agreed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core.clock import now
from core.config import config
from models import ConsentPurpose, DeliveryStatus, Listing, Order, OrderStatus, SellerKind
from services import order_alerts
from tests import builders
from tests.contract.sms.harness import SmsSandbox
from tests.integration.workers.harness import carry, deliveries, pass_time

NOON = datetime(2026, 9, 14, 5, 10, tzinfo=UTC)
JOB = "alert_seller"
NEEDED = (ConsentPurpose.REGISTRATION, ConsentPurpose.PUBLICATION)


@pytest.fixture
def it_is(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(order_alerts, "now", lambda: moment)

    set_clock(NOON)
    return set_clock


@pytest.fixture
def listing(session: Session) -> Listing:
    return builders.make_listing(session, builders.make_product(session, builders.make_seller(session)))


def test_the_seller_is_told_and_the_order_says_when(
    session: Session, sms: SmsSandbox, it_is: Any, listing: Listing
) -> None:
    order = builders.make_order(session, listing)
    carry()
    (message,) = sms.messages()
    assert message["phone"] == listing.product.seller.phone
    assert listing.product.seller.code in message["text"]
    assert f"{config().base_url}/orders" in message["text"]
    assert "Khách" not in message["text"]
    session.refresh(order)
    assert order.alerted_at == NOON


def test_orders_of_one_hour_are_one_message(
    session: Session, sms: SmsSandbox, it_is: Callable[[datetime], None], listing: Listing
) -> None:
    orders = [builders.make_order(session, listing) for _ in range(3)]
    carry()
    late = builders.make_order(session, listing)
    carry()
    assert len(sms.messages()) == 1
    waits = [
        found.due_at - now() for found in deliveries(session, JOB) if found.status is DeliveryStatus.QUEUED
    ]
    assert waits == [pytest.approx(timedelta(minutes=50), abs=timedelta(minutes=1))]
    it_is(NOON + timedelta(hours=1))
    pass_time(session, 3_600)
    carry()
    assert len(sms.messages()) == 2
    for order in [*orders, late]:
        session.refresh(order)
        assert order.alerted_at


def test_what_two_workers_prepare_at_once_is_sent_once(
    session: Session, sms: SmsSandbox, it_is: Any, listing: Listing
) -> None:
    first, second = (builders.make_order(session, listing) for _ in range(2))
    one, other = (order_alerts.prepare_alert(session, order.id) for order in (first, second))
    assert one
    assert other
    gateway = sms.gateway()
    ids = {gateway.send(alert.phone, alert.text, alert.key) for alert in (one, other)}
    assert len(ids) == len(sms.messages()) == 1


def test_nobody_is_written_to_at_night(
    session: Session, sms: SmsSandbox, it_is: Callable[[datetime], None], listing: Listing
) -> None:
    it_is(NOON.replace(hour=16))
    builders.make_order(session, listing)
    carry()
    assert not sms.messages()
    it_is(NOON + timedelta(days=1))
    pass_time(session, 3_600)
    carry()
    assert len(sms.messages()) == 1


def test_an_order_that_was_taken_already_needs_no_message(
    session: Session, sms: SmsSandbox, it_is: Any, listing: Listing
) -> None:
    order = builders.make_order(session, listing)
    session.execute(update(Order).where(Order.id == order.id).values(status=OrderStatus.CONFIRMED))
    session.commit()
    carry()
    assert not sms.messages()


@pytest.mark.parametrize(
    ("agreed", "messages"), [((ConsentPurpose.MESSAGES, *NEEDED), 1), (NEEDED, 0)], ids=["agreed", "silent"]
)
def test_a_household_is_written_to_where_it_agreed(
    session: Session, sms: SmsSandbox, it_is: Any, agreed: tuple[ConsentPurpose, ...], messages: int
) -> None:
    household = builders.make_household(session, consents=builders.consents(*agreed))
    seller = builders.make_seller(session, kind=SellerKind.HOUSEHOLD, household_id=household.id)
    builders.make_order(session, builders.make_listing(session, builders.make_product(session, seller)))
    carry()
    assert len(sms.messages()) == messages


def test_a_gateway_that_fails_is_asked_again(
    session: Session, sms: SmsSandbox, it_is: Any, listing: Listing
) -> None:
    sms.fault("http_500")
    order = builders.make_order(session, listing)
    carry()
    session.refresh(order)
    assert order.alerted_at is None
    pass_time(session, 3_600)
    carry()
    session.refresh(order)
    assert (order.alerted_at, len(sms.messages())) == (NOON, 1)
