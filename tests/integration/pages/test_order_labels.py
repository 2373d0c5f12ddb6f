"""The label that a floor printed, on its order's page: the seller's to print, nobody else's to see."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import Problem
from gateways.labels import ParcelLabel
from gateways.ports import OrderStatus as Told
from models import Listing, Order, OrderStatus, Stall
from services import order_labels, orders
from services.floor_orders import take_orders
from tests import builders
from tests.builders import anybody, floor_order, page_of
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.dom import words_of

PDF = b"%PDF-1.7 a slip"


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    return builders.make_approved_listing(session, builders.make_product(session, stall.seller), stock=9)


@pytest.fixture
def browser(session: Session, stall: Stall, enter: Enter) -> Browser:
    return enter(builders.make_stallholder(session, stall))


@pytest.fixture
def order(session: Session, listing: Listing) -> Order:
    """Its floor knows that it is coming, and prints."""
    placed = builders.make_order(session, listing, marketplace="shopee", status=Told.SHIPPED)
    order_labels.want_labels(session, [placed])
    session.commit()
    return placed


def task(session: Session, order: Order) -> order_labels.LabelTask:
    found = order_labels.prepare_labels(session, order.id)
    assert found is not None
    return found


def test_the_page_waits_for_the_label_and_then_has_it(
    session: Session, order: Order, browser: Browser
) -> None:
    page = browser.get(f"/orders/{order.id}")
    assert page.has("labels-awaited")
    assert "hx-get" in page.html
    slips = [ParcelLabel("SPXVN01", PDF), ParcelLabel("SPXVN02", PDF)]
    order_labels.record_labels(session, task(session, order), slips)
    session.commit()
    page = browser.get(f"/orders/{order.id}")
    assert "hx-get" not in page.html
    assert [label.get("href") for label in page.all("label")] == [
        f"/api/v1/orders/{order.id}/labels/{parcel}" for parcel in (1, 2)
    ]
    assert [words_of(number) for number in page.all("label-number")] == ["SPXVN01", "SPXVN02"]


def test_a_number_that_the_floor_has_given_is_not_asked_for(
    session: Session, listing: Listing, browser: Browser
) -> None:
    order = builders.make_order(session, listing, marketplace="lazada", status=Told.CONFIRMED)
    orders.pack_order(session, anybody(session), order.id)
    session.commit()
    path = f"/orders/{order.id}"
    assert 'name="tracking_number"' in browser.get(path).html
    order_labels.want_labels(session, [order])
    order_labels.record_labels(session, task(session, order), [ParcelLabel("LEXVN01", PDF)])
    session.commit()
    assert 'name="tracking_number"' not in browser.get(path).html
    page = browser.follow(browser.post(path, {"tracking_number": "VTP123"}, page=path))
    assert "Đã ghi: hàng đang trên đường" in page.words
    assert (page.text("label-number"), page.has("tracking")) == ("LEXVN01", False)
    session.expire_all()
    assert session.get_one(Order, order.id).tracking_number is None
    take_orders(
        session,
        "lazada",
        page_of(floor_order((listing, 2), external_id=order.external_id, status=Told.DELIVERED)),
    )
    session.commit()
    page = browser.get(path)
    assert (page.has("label-number"), page.text("tracking")) == (False, "LEXVN01")


def test_only_who_sells_it_sees_the_label(
    session: Session, order: Order, browser: Browser, enter: Enter
) -> None:
    order_labels.record_labels(session, task(session, order), [ParcelLabel(None, PDF)])
    session.commit()
    path = f"/api/v1/orders/{order.id}/labels"
    answer = browser.client.get(f"{path}/1")
    assert (answer.status_code, answer.data, answer.content_type) == (200, PDF, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.client.get(f"{path}/2").status_code == 404
    other = enter(builders.make_stallholder(session, builders.make_stall(session)))
    assert other.client.get(f"{path}/1").status_code == 404
    assert other.client.post(path).status_code == 401


def test_why_there_is_none_and_to_ask_again(session: Session, order: Order, browser: Browser) -> None:
    why = Problem(None, "package_can_not_print", "Hãy xem trang của sàn", said="Not now")
    order_labels.record_refused(session, task(session, order), [why])
    session.commit()
    page = browser.get(f"/orders/{order.id}")
    assert "Hãy xem trang của sàn" in page.text("label-problem")
    assert "Not now" in page.text("label-problem")
    answer = browser.post(f"/orders/{order.id}/labels")
    assert (answer.status, answer.location) == (303, f"/orders/{order.id}")
    assert browser.get(f"/orders/{order.id}").has("labels-awaited")


def test_what_is_not_printed_yet_cannot_be_asked_for(
    session: Session, listing: Listing, browser: Browser
) -> None:
    placed = builders.make_order(session, listing, marketplace="shopee")
    assert not browser.get(f"/orders/{placed.id}").has("labels-awaited")
    browser.post(f"/orders/{placed.id}/labels")
    session.refresh(placed)
    assert placed.labels_asked_at is None


@pytest.mark.parametrize(
    ("hours", "status", "look"),
    [
        (30, Told.NEW, "badge--calm"),
        (5, Told.NEW, "badge--warn"),
        (-1, Told.CONFIRMED, "badge--bad"),
        (5, Told.SHIPPED, None),
    ],
)
def test_by_when_it_must_be_on_its_way(
    session: Session, listing: Listing, browser: Browser, hours: int, status: OrderStatus, look: str | None
) -> None:
    placed = builders.make_order(
        session, listing, marketplace="shopee", status=status, ship_by=now() + timedelta(hours=hours)
    )
    for path in (f"/orders/{placed.id}", "/orders"):
        badges = browser.get(path).all("ship-by")
        assert [badge.get("class") for badge in badges] == ([f"badge {look}"] if look else [])
