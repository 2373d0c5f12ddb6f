"""Floors' orders that are nobody's here, on the administrator's phone."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.ports import OrderLine
from models import AuditEntry, Listing, Order, StrayOrder, StrayState
from services.strays import told_of
from tests import builders
from tests.integration.pages.conftest import Browser, Enter


@pytest.fixture
def listing(session: Session) -> Listing:
    product = builders.make_product(session, name="Chè Shan tuyết", unit="hộp")
    return builders.make_approved_listing(session, product, stock=10, price=20_000)


@pytest.fixture
def phone(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_administrator(session))


def state_of(session: Session, stray: StrayOrder) -> StrayState:
    session.expire_all()
    return session.get_one(StrayOrder, stray.id).state


def test_the_list_says_how_many_wait_and_what_they_hold(session: Session, phone: Browser) -> None:
    assert "0 đơn cần xem" in phone.get("/").text("floor-orders")
    stray = builders.make_stray(session)
    assert "1 đơn cần xem" in phone.get("/").text("floor-orders")
    listed = phone.get("/admin/floor-orders").text("strays")
    for words in (stray.number, "Vendure", "Chè lạ × 2", "Mặt hàng chưa có ở đây", "40.000 ₫"):
        assert words in listed
    page = phone.get(f"/admin/floor-orders/{stray.id}")
    assert "SKU LA-1" in page.text("lines")
    assert "số trên sàn 500" in page.text("lines")
    for secret in ("Đỗ Thị Khách", "912345678", "0912 345 678", "Ba Đình"):
        assert secret not in page.html


def test_a_line_is_tied_to_the_listing_that_its_title_speaks_of(
    session: Session, listing: Listing, phone: Browser
) -> None:
    line = OrderLine("LA-1", 3, 20_000, "500", "Chè Shan Tuyết cổ thụ hộp 100g")
    stray = builders.make_stray(session, lines=(line,), total=60_000)
    path = f"/admin/floor-orders/{stray.id}/tie"
    page = phone.get(f"{path}?goods=LA-1")
    assert listing.sku in page.text("found")
    assert phone.get(f"{path}?goods=LA-1&sku={listing.sku}").typed("sku") == listing.sku
    sent = phone.post(path, {"goods": "LA-1", "sku": listing.sku})
    assert (sent.location, state_of(session, stray)) == ("/admin/floor-orders", StrayState.TAKEN)
    order = session.scalars(select(Order)).one()
    assert (order.seller_id, order.total, session.get_one(Listing, listing.id).stock) == (
        listing.product.seller_id,
        60_000,
        7,
    )
    assert session.scalars(select(AuditEntry.action)).all()[-1] == "stray_order.tied"


def test_a_sku_that_is_not_there_is_said_beside_the_field(
    session: Session, listing: Listing, phone: Browser
) -> None:
    stray = builders.make_stray(session)
    page = phone.post(f"/admin/floor-orders/{stray.id}/tie", {"goods": "LA-1", "sku": "SP-KHONG"})
    assert (page.status, page.error("sku")) == (422, "Không có tin đăng nào mang mã này")
    assert (page.typed("sku"), page.typed("goods")) == ("SP-KHONG", "LA-1")
    found = phone.get(f"/admin/floor-orders/{stray.id}/tie?goods=LA-1&q=shan")
    assert listing.sku in found.text("found")
    assert phone.get(f"/admin/floor-orders/{stray.id}/tie?goods=KHAC").status == 404


def test_what_is_not_the_programmes_is_set_aside_with_a_reason_and_brought_back(
    session: Session, phone: Browser
) -> None:
    stray = builders.make_stray(session)
    path = f"/admin/floor-orders/{stray.id}"
    assert phone.post(f"{path}/aside", {"reason": " "}).error("reason") == "Cần điền ô này"
    phone.post(f"{path}/aside", {"reason": "Hàng của cửa hàng khác"})
    assert state_of(session, stray) is StrayState.SET_ASIDE
    assert not phone.get("/admin/floor-orders").has("strays")
    assert stray.number in phone.get("/admin/floor-orders?state=set_aside").text("strays")
    page = phone.get(path)
    assert "Hàng của cửa hàng khác" in page.text("facts")
    assert not page.has("tie")
    phone.post(f"{path}/back")
    assert state_of(session, stray) is StrayState.WAITING
    assert phone.get(path).has("tie")


def test_what_cannot_be_read_says_what_to_do(session: Session, phone: Browser) -> None:
    stray = builders.make_stray(session, withheld=-1)
    page = phone.get(f"/admin/floor-orders/{stray.id}")
    assert "trang người bán của sàn" in page.words
    assert (page.has("tie"), page.has("aside")) == (False, True)


def test_an_order_that_is_partly_ours_says_which_part(
    session: Session, listing: Listing, phone: Browser
) -> None:
    foreign = told_of(builders.make_stray(session)).lines
    ours = builders.floor_order((listing, 1)).lines
    stray = builders.make_stray(session, lines=(*ours, *foreign), total=60_000)
    lines = phone.get(f"/admin/floor-orders/{stray.id}")
    assert (lines.text("lines").count("Đã biết của ai"), len(lines.all("tie"))) == (1, 1)
