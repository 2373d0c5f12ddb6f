"""What floors paid out, on the phone: at the order, by month and floor, and what is still owed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.periods import months_back
from gateways.ports import OrderStatus as Told
from gateways.settlements import SettledAmounts, SettlementKind
from models import Listing, Order, Stall
from tests import builders
from tests.builders import settle, settlement
from tests.integration.pages.conftest import Browser, Enter


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    product = builders.make_product(session, stall.seller, name="Mận tam hoa", unit="kg")
    return builders.make_approved_listing(session, product, stock=50, price=50_000)


@pytest.fixture
def phone(session: Session, stall: Stall, enter: Enter) -> Browser:
    return enter(builders.make_stallholder(session, stall))


def delivered(session: Session, listing: Listing, **facts: object) -> Order:
    return builders.make_order(
        session, listing, 2, marketplace="shopee", status=Told.DELIVERED, paid=True, **facts
    )


def test_an_order_shows_what_the_floor_paid_with_fees_and_taxes(
    session: Session, listing: Listing, phone: Browser
) -> None:
    order = delivered(session, listing, withheld=1_400)
    page = phone.get(f"/orders/{order.id}")
    assert (page.text("withheld"), page.has("net")) == ("1.400 ₫", False)
    settle(session, settlement(order))
    page = phone.get(f"/orders/{order.id}")
    assert (page.text("fees"), page.text("withheld"), page.text("net")) == ("5.000 ₫", "1.500 ₫", "93.500 ₫")
    assert page.text("taxes") == "GTGT 1.000 ₫, TNCN 500 ₫"
    assert not page.has("settlements")
    back = SettledAmounts(-40_000, 0, -600, -39_400)
    settle(session, settlement(order, kind=SettlementKind.ADJUSTMENT, amounts=back))
    page = phone.get(f"/orders/{order.id}")
    assert (page.text("net"), page.text("withheld"), page.has("taxes")) == ("54.100 ₫", "900 ₫", False)
    assert "Điều chỉnh" in page.text("settlements")


def test_what_could_not_be_taken_over_says_why_at_the_order(
    session: Session, listing: Listing, phone: Browser
) -> None:
    order = delivered(session, listing)
    settle(session, settlement(order, amounts=SettledAmounts(100_000, 0, 0, 1)))
    page = phone.get(f"/orders/{order.id}")
    assert "Các số không khớp" in page.text("aside")
    assert not page.has("net")
    page = phone.get("/settlements")
    assert order.external_id in page.text("aside")
    assert not page.has("settlements")


def test_a_month_is_summed_by_floor_and_leads_to_its_orders(
    session: Session, listing: Listing, phone: Browser
) -> None:
    shopee = delivered(session, listing)
    tiktok = builders.make_order(session, listing, 1, marketplace="tiktok", status=Told.DELIVERED)
    settle(session, settlement(shopee))
    settle(session, settlement(tiktok), marketplace="tiktok")
    page = phone.get("/settlements")
    assert [page.text(f"{name}-shopee") for name in ("net", "gross", "fees", "withheld")] == [
        "93.500 ₫",
        "100.000 ₫",
        "-5.000 ₫",
        "-1.500 ₫",
    ]
    assert page.text("net-tiktok") == "46.750 ₫"
    assert f"/orders/{shopee.id}" in page.html
    page = phone.get("/settlements?marketplace=tiktok")
    assert (page.has("net-shopee"), page.has("net-tiktok")) == (False, True)
    assert f"/orders/{shopee.id}" not in page.html
    last = months_back(business_day(now()), 2)[1]
    page = phone.get(f"/settlements?month={last}")
    assert "Tháng này chưa sàn nào trả tiền" in page.text("empty")
    assert phone.get("/settlements?month=1999-01&marketplace=none").has("net-shopee")
    assert phone.get("/orders").has("to-settlements")


def test_orders_that_wait_long_for_their_money_are_listed(
    session: Session, listing: Listing, phone: Browser
) -> None:
    order = delivered(session, listing)
    settle(session, replace(settlement(), order_id="NOT-OURS"))
    page = phone.get("/settlements")
    assert (page.has("owed"), page.has("aside")) == (False, False)
    order = session.get_one(Order, order.id)
    order.closed_at = now() - timedelta(days=20)
    session.commit()
    page = phone.get("/settlements")
    assert "1 đơn giao xong đã quá 14 ngày" in page.text("owed")
    assert "giao 20 ngày trước" in page.text("owed")


def test_a_settlement_of_nobodys_order_is_shown_to_administrators(
    session: Session, listing: Listing, enter: Enter
) -> None:
    settle(session, replace(settlement(), order_id="NOT-OURS"), replace(settlement(), currency="USD"))
    page = enter(builders.make_administrator(session)).get("/settlements")
    for words in ("NOT-OURS", "Không thấy đơn này ở đây", "Không thuộc đơn nào", "Không phải tiền đồng"):
        assert words in page.text("aside")


def test_the_book_says_where_its_tax_comes_from(
    session: Session, stall: Stall, listing: Listing, phone: Browser, enter: Enter
) -> None:
    settle(session, settlement(delivered(session, listing)))
    path = f"/sellers/{stall.seller_id}/revenue-book"
    page = phone.get(path)
    assert page.text("withheld") == "1.500 ₫"
    assert "/settlements?seller_id=" in page.html
    manager = enter(builders.make_manager(session, stall.market)).get(path)
    assert (manager.text("withheld"), "/settlements" in manager.html) == ("1.500 ₫", False)
