"""Ordering in the shop as a buyer does it: without an account, with wrong input, twice, and paid by QR."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Listing, Order, PaymentRequest, PaymentStatus, Stall
from services import listings
from services.products import change_product
from services.unpaid_orders import release_unpaid
from tests import builders
from tests.integration.pages.conftest import Browser, Shown
from tests.integration.shop.conftest import offer
from tests.qr_readers import read_in_page
from web.pages import format_moment


@pytest.fixture
def stall(session: Session) -> Stall:
    market = builders.make_market(session)
    return builders.make_stall(session, market, channel_id=builders.make_payos_channel(session, market).id)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    return offer(session, builders.make_product(session, stall.seller), stock=10, price=35_000)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def form(**typed: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "price": "35000",
        "quantity": "2",
        "name": "Đỗ Thị Khách",
        "phone": "0912 345 678",
        "address": "12 phố Thử, Hà Nội",
        "payment": "agreed",
    } | typed


def send(browser: Browser, listing: Listing, typed: dict[str, Any]) -> Shown:
    path = f"/order/{listing.sku}"
    return browser.post(path, typed, page=path)


def orders(session: Session) -> list[Order]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Order)))


def test_an_offer_leads_to_its_order(browser: Browser, listing: Listing) -> None:
    page = browser.get(f"/shop/p/{listing.sku}", follow_redirects=True)
    (link,) = page.all("buy")
    assert browser.get(link.get("href") or "").status == 200


def test_what_was_ordered_is_stored_once_and_shown_without_the_buyer(
    session: Session, browser: Browser, listing: Listing
) -> None:
    typed = form()
    first, again = (browser.follow(send(browser, listing, typed)) for _ in range(2))
    (stored,) = orders(session)
    assert first.text("number") == again.text("number") == stored.number
    assert "70.000" in first.text("total")
    assert (stored.buyer_phone, stored.lines[0].quantity) == ("+84912345678", 2)
    left = session.get_one(Listing, listing.id)
    assert (left.stock, left.publications[0].status) == (8, "listed")
    assert browser.get(f"/order/{listing.sku}").status == 200
    for personal in ("Khách", "345 678", "phố Thử"):
        assert personal not in first.words


def test_paid_by_qr_it_waits_for_the_channel_and_then_says_that_money_came(
    session: Session, browser: Browser, listing: Listing, stall: Stall
) -> None:
    page = browser.follow(send(browser, listing, form(payment="transfer")))
    assert page.has("waiting")
    request = session.scalars(select(PaymentRequest)).one()
    request.qr_payload, request.status = builders.payload_of(stall), PaymentStatus.AWAITING_PAYMENT
    session.commit()
    (stored,) = orders(session)
    state = browser.get(f"/orders/placed/{stored.id}/state")
    assert read_in_page(state.html) == [request.qr_payload]
    assert request.reference in state.text("order-qr")
    request = session.get_one(PaymentRequest, request.id)
    request.status, request.amount_paid = PaymentStatus.PAID, request.amount
    session.commit()
    assert browser.get(f"/orders/placed/{stored.id}/state").has("paid")


def test_buyer_is_told_how_long_the_goods_are_held_and_when_they_were_let_go(
    session: Session, browser: Browser, listing: Listing
) -> None:
    page = browser.follow(send(browser, listing, form(payment="transfer")))
    request = session.scalars(select(PaymentRequest)).one()
    assert format_moment(request.expires_at) in page.text("held-until")
    (stored,) = orders(session)
    path = f"/orders/placed/{stored.id}/state"
    request = session.get_one(PaymentRequest, request.id)
    request.status = PaymentStatus.EXPIRED
    session.commit()
    assert browser.get(path).has("ran-out"), "before the clock has swept, too"
    assert release_unpaid(session) == 1
    session.commit()
    shown = browser.get(path)
    assert (shown.has("ran-out"), shown.has("held-until")) == (True, False)
    assert "gọi người bán" in shown.text("ran-out")


def test_who_wants_all_without_paying_is_told_what_to_do(
    session: Session, browser: Browser, listing: Listing
) -> None:
    shown = send(browser, listing, form(quantity="9"))
    assert (shown.status, "gọi người bán" in shown.error("quantity")) == (422, True)
    assert shown.typed("quantity") == "9"
    assert send(browser, listing, form(quantity="9", payment="transfer")).status == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", ""),
        ("quantity", "0"),
        ("quantity", "-1"),
        ("quantity", "1,5"),
        ("quantity", "11"),
        ("name", " "),
        ("phone", "12"),
        ("address", ""),
        ("payment", ""),
        ("payment", "gold"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_what_was_typed_is_kept(
    session: Session, browser: Browser, listing: Listing, field: str, value: str
) -> None:
    shown = send(browser, listing, form(**{field: value}))
    assert (shown.status, bool(shown.error(field))) == (422, True)
    assert shown.typed("address" if field != "address" else "name")
    assert orders(session) == []
    assert session.get_one(Listing, listing.id).stock == 10


def test_a_price_that_changed_meanwhile_is_told_before_anything_is_stored(
    session: Session, browser: Browser, listing: Listing
) -> None:
    typed = form()
    listings.change_listing(session, builders.anybody(session), listing.id, price=36_000)
    session.commit()
    shown = send(browser, listing, typed)
    assert shown.status == 409
    assert "Giá vừa thay đổi" in shown.words
    assert orders(session) == []


def seen(page: Shown) -> str | None:
    """Which approval the form carries."""
    (field,) = page.tree.findall(".//input[@name='approved_version']")
    return field.get("value")


def test_a_unit_that_was_approved_meanwhile_is_told_before_anything_is_stored(
    session: Session, browser: Browser, listing: Listing
) -> None:
    path = f"/order/{listing.sku}"
    read = seen(browser.get(path))
    actor = builders.anybody(session)
    change_product(session, actor, listing.product_id, unit="thùng")
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    shown = send(browser, listing, form(approved_version=read))
    assert (shown.status, orders(session)) == (409, [])
    assert "vừa sửa tin" in shown.words
    assert send(browser, listing, form(approved_version=seen(shown))).status == 303


def test_what_is_not_offered_cannot_be_ordered(session: Session, browser: Browser, listing: Listing) -> None:
    assert browser.get("/order/SP-KHONGCO").status == 404
    listings.withdraw_listing(session, builders.anybody(session), listing.id)
    session.commit()
    assert browser.get(f"/order/{listing.sku}").status == 404


def test_only_orders_of_the_shop_are_shown_to_who_knows_their_address(
    session: Session, browser: Browser, listing: Listing
) -> None:
    order = builders.make_order(session, listing)
    assert browser.get(f"/orders/placed/{order.id}").status == 404
    assert browser.get(f"/orders/placed/{new_id()}").status == 404
