"""Orders on the page: one list, one next step, and what a floor says about it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import Problem
from gateways.ports import Buyer
from gateways.ports import OrderStatus as Told
from models import Listing, Order, OrderStatus, Stall
from services import floor_telling, orders
from services.floor_orders import take_orders
from services.listings import approve_listing
from services.products import change_product
from tests import builders
from tests.builders import anybody, floor_order, page_of
from tests.integration.pages.conftest import Browser, Enter


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    product = builders.make_product(session, stall.seller, name="Mận tam hoa", unit="kg")
    return builders.make_approved_listing(session, product, stock=10, price=35_000)


@pytest.fixture
def browser_of_holder(session: Session, stall: Stall, enter: Enter) -> Browser:
    return enter(builders.make_stallholder(session, stall))


def status_of(session: Session, order: Order) -> OrderStatus:
    session.expire_all()
    return session.get_one(Order, order.id).status


def test_what_is_to_be_packed_is_what_was_ordered(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing, 3)
    change_product(session, anybody(session), listing.product_id, name="Mận hậu", unit="thùng")
    approve_listing(session, anybody(session), listing.id)
    session.commit()
    browser = browser_of_holder
    assert "3 kg Mận tam hoa" in browser.get("/orders").text("orders")
    assert browser.get(f"/orders/{order.id}").text("lines").startswith("3 kgMận tam hoa")


def test_from_the_list_to_the_post_office(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    browser = browser_of_holder
    order = builders.make_order(session, listing, 3)
    assert "3 kg Mận tam hoa" in browser.get("/orders").text("orders")
    path = f"/orders/{order.id}"
    page = browser.get(path)
    assert page.text("next") == "Nhận đơn"
    (call,) = page.all("call")
    assert call.get("href") == "tel:+84912345678"
    assert "Đỗ Thị Khách" in page.text("buyer")
    page = browser.follow(browser.post(f"{path}/confirm", page=path))
    assert page.text("next") == "Đã gói xong"
    page = browser.follow(browser.post(f"{path}/pack", page=path))
    assert page.text("submit") == "Đã gửi hàng"
    assert not page.has("problems")
    page = browser.follow(browser.post(path, {"tracking_number": " VTP 1-23 "}, page=path))
    assert (page.text("tracking"), status_of(session, order)) == ("VTP1-23", OrderStatus.SHIPPED)
    assert not page.has("next")
    assert not page.has("cancel")
    assert browser.get("/orders").has("empty")
    assert order.number in browser.get("/orders?status=shipped").text("orders")


@pytest.mark.parametrize("typed", ["9" * 41, "VTP1", "Gửi qua xe khách", "VTP/123", "VTP123٣"])
def test_what_is_no_tracking_number_is_told_and_kept(
    session: Session, listing: Listing, browser_of_holder: Browser, typed: str
) -> None:
    order = builders.make_order(session, listing)
    orders.pack_order(session, anybody(session), order.id)
    session.commit()
    path = f"/orders/{order.id}"
    shown = browser_of_holder.post(path, {"tracking_number": typed}, page=path)
    assert (shown.status, shown.typed("tracking_number")) == (422, typed)
    assert "5 đến 40" in (shown.error("tracking_number") or "")
    assert status_of(session, order) is OrderStatus.PACKED


def test_cancelling_asks_why(session: Session, listing: Listing, browser_of_holder: Browser) -> None:
    order = builders.make_order(session, listing)
    path = f"/orders/{order.id}/cancel"
    shown = browser_of_holder.post(path, {"reason": " "}, page=path)
    assert shown.status == 422
    assert shown.error("reason")
    page = browser_of_holder.follow(browser_of_holder.post(path, {"reason": "Hết hàng"}, page=path))
    assert "Hết hàng" in page.text("reason")
    assert "Đang báo cho sàn" in page.text("order")
    (state,) = page.all("order")
    assert state.get("hx-trigger") == "every 5s"
    late = browser_of_holder.follow(browser_of_holder.post(f"/orders/{order.id}/confirm", page="/orders"))
    assert late.text("refused") == "Đơn này đã hủy"


def test_floor_that_was_faster_is_said_in_words(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    builders.make_order(session, listing, 8)
    order = builders.make_order(session, listing, 5)
    assert "thiếu 3" in browser_of_holder.get("/orders").text("orders")
    page = browser_of_holder.get(f"/orders/{order.id}")
    assert "Không đủ hàng" in page.text("short")
    assert "thiếu 3" in page.text("lines")
    orders.pack_order(session, anybody(session), order.id)
    session.commit()
    assert not browser_of_holder.get(f"/orders/{order.id}").has("short")


def test_what_the_floor_refused_is_said_with_what_to_do(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing)
    orders.cancel_order(session, anybody(session), order.id, "Hết hàng")
    word = floor_telling.prepare_word(session, order.id)
    assert word
    refusal = Problem(None, "too_late", "Đơn đã giao cho bưu tá")
    floor_telling.record_refused(session, word, [refusal])
    session.commit()
    part = browser_of_holder.get(f"/orders/{order.id}/state")
    assert "Đơn đã giao cho bưu tá" in part.text("floor-problem")
    assert "Đơn vẫn còn" in part.text("floor-problem")
    assert "hx-get" not in part.html
    assert "sàn chưa nhận" in browser_of_holder.get("/orders").text("orders")
    orders.confirm_order(session, anybody(session), order.id)
    word = floor_telling.prepare_word(session, order.id)
    assert word
    floor_telling.record_wait(session, word, refusal, now())
    session.commit()
    assert "Thử lại lúc" in browser_of_holder.get(f"/orders/{order.id}/state").text("floor-problem")


def test_a_buyer_who_asks_to_cancel_is_answered_first(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing, marketplace="shopee", cancel_asked=True)
    assert "khách xin hủy" in browser_of_holder.get("/orders").text("orders")
    page = browser_of_holder.get(f"/orders/{order.id}")
    assert "Đừng gửi hàng" in page.text("cancel-asked")
    assert (page.has("next"), page.has("cancel")) == (False, True)


@pytest.mark.parametrize(
    ("marketplace", "asked", "words"),
    [
        ("lazada", False, "sàn được báo là hết hàng"),
        ("shopee", True, "đồng ý cho khách hủy"),
        ("woocommerce", False, "Khách sẽ thấy"),
        ("medusa", False, None),
    ],
)
def test_who_cancels_knows_what_the_floor_is_told(
    session: Session,
    listing: Listing,
    browser_of_holder: Browser,
    marketplace: str,
    asked: bool,
    words: str | None,
) -> None:
    order = builders.make_order(session, listing, marketplace=marketplace, cancel_asked=asked)
    page = browser_of_holder.get(f"/orders/{order.id}/cancel")
    assert page.has("told") is (words is not None)
    assert words is None or words in page.text("told")


def test_what_the_floor_would_not_hear_can_be_told_again(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing, ship_by=now() + timedelta(hours=5))
    orders.ship_order(session, anybody(session), order.id, "WRONG")
    word = floor_telling.prepare_word(session, order.id)
    assert word
    floor_telling.record_refused(session, word, [Problem("tracking_number", "x", "Sai mã vận đơn")])
    session.commit()
    path = f"/orders/{order.id}"
    shown = browser_of_holder.get("/orders")
    assert (shown.text("waiting"), "sàn chưa nhận" in shown.text("orders")) == ("1 đơn cần làm", True)
    page = browser_of_holder.get(path)
    assert len(page.all("ship-by")) == len(shown.all("ship-by")) == 1
    assert "Sai mã vận đơn" in page.text("floor-problem")
    assert (page.text("submit"), page.typed("tracking_number")) == ("Báo lại cho sàn", "WRONG")
    page = browser_of_holder.follow(browser_of_holder.post(path, {"tracking_number": "VTP123"}, page=path))
    assert not page.has("floor-problem")
    assert page.text("tracking") == "VTP123"
    assert "Đang báo cho sàn" in page.text("order")


def test_a_number_that_the_floor_asked_for_is_no_choice_any_more(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing, marketplace="tiktok")
    path = f"/orders/{order.id}"
    orders.pack_order(session, anybody(session), order.id)
    session.commit()
    assert "(không bắt buộc)" in browser_of_holder.get(path).words
    page = browser_of_holder.follow(browser_of_holder.post(path, {}, page=path))
    assert "Đã ghi: hàng đang trên đường" in page.words
    word = floor_telling.prepare_word(session, order.id)
    assert word
    needed = Problem("tracking_number", "required", "Đơn này do người bán tự gửi: cần mã vận đơn")
    floor_telling.record_refused(session, word, [needed])
    session.commit()
    page = browser_of_holder.get(path)
    assert ("(không bắt buộc)" in page.words, page.error("tracking_number")) == (False, needed.text)
    refused = browser_of_holder.post(path, {"tracking_number": " "}, page=path)
    assert (refused.status, refused.error("tracking_number") is None) == (422, False)
    session.expire_all()
    assert session.get_one(Order, order.id).floor_refused
    page = browser_of_holder.follow(browser_of_holder.post(path, {"tracking_number": "VTP123"}, page=path))
    assert ("hàng đang trên đường" in page.words, "Đang báo lại cho sàn" in page.words) == (False, True)


def test_what_came_back_is_not_put_up_for_sale_by_itself(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    take_orders(session, "vendure", page_of())
    session.commit()
    told = floor_order((listing, 2), status=Told.SHIPPED, paid=True, withheld=1_050)
    take_orders(session, "vendure", page_of(told))
    take_orders(session, "vendure", page_of(replace(told, status=Told.CANCELLED)))
    session.commit()
    shown = browser_of_holder.get("/orders?status=cancelled")
    assert told.number in shown.text("orders")
    (link,) = shown.tree.findall(".//*[@data-order]")
    page = browser_of_holder.get(link.get("href") or "")
    assert "Nhận lại được thì sửa số lượng" in page.text("on-the-road")
    assert not page.has("withheld")
    assert "sàn báo" in page.text("steps")


def test_tax_is_yet_to_be_withheld_until_the_floor_has_paid(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing, marketplace="shopee", withheld=1_050)
    path = f"/orders/{order.id}"
    page = browser_of_holder.get(path)
    assert (page.text("withheld"), "Thuế sàn sẽ khấu trừ" in page.words) == ("1.050 ₫", True)
    builders.settle(session, builders.settlement(order))
    page = browser_of_holder.get(path)
    assert ("Thuế sàn sẽ khấu trừ" in page.words, "Thuế sàn đã khấu trừ" in page.words) == (False, True)


def test_only_what_is_yet_to_be_packed_is_called_so(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    order = builders.make_order(session, listing)
    asked = builders.make_order(session, listing, cancel_asked=True)

    def heading(shown: Order) -> str:
        words = browser_of_holder.get(f"/orders/{shown.id}").words
        return next(heading for heading in ("Cần gói", "Hàng trong đơn") if heading in words)

    assert (heading(order), heading(asked)) == ("Cần gói", "Hàng trong đơn")
    orders.confirm_order(session, anybody(session), order.id)
    session.commit()
    assert heading(order) == "Cần gói"
    orders.pack_order(session, anybody(session), order.id)
    session.commit()
    assert heading(order) == "Hàng trong đơn"


def test_cash_at_the_door_is_in_the_book(
    session: Session, stall: Stall, listing: Listing, browser_of_holder: Browser
) -> None:
    browser = browser_of_holder
    shop = builders.make_approved_listing(
        session, listing.product, marketplaces=["shop"], price=35_000, variant="Túi 1 kg"
    )
    order = builders.make_shop_order(session, shop)
    orders.ship_order(session, anybody(session), order.id)
    session.commit()
    path = f"/orders/{order.id}"
    assert browser.get(path).text("next") == "Khách đã nhận và trả tiền mặt"
    page = browser.follow(browser.post(f"{path}/deliver", {"cash": "yes"}, page=path))
    assert page.text("paid") == "Đã trả"
    book = browser.get(f"/sellers/{stall.seller_id}/revenue-book")
    assert (book.text("revenue"), book.text("ordered")) == ("70.000 ₫", "70.000 ₫")
    assert (book.text("cash"), "Tiền mặt tự ghi" in book.words) == ("0 ₫", True)
    assert "tiền mặt nhận khi giao" in book.text("ordered-what")
    assert not book.has("withheld")


def test_a_delivery_that_no_floor_tells_of_is_noted_without_a_word_of_cash(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    browser = browser_of_holder
    order = builders.make_order(session, listing, marketplace="woocommerce", status=Told.SHIPPED)
    told = builders.make_order(session, listing, status=Told.SHIPPED)
    assert not browser.get(f"/orders/{told.id}").has("delivered")
    path = f"/orders/{order.id}"
    page = browser.get(path)
    assert (page.text("delivered"), page.has("next")) == ("Khách đã nhận hàng", False)
    page = browser.follow(browser.post(f"{path}/deliver", page=path))
    assert (status_of(session, order), page.has("delivered")) == (OrderStatus.DELIVERED, False)
    assert browser.get(f"/sellers/{order.seller_id}/revenue-book").text("ordered") == "70.000 ₫"


def test_stalls_page_says_that_somebody_ordered(
    session: Session, stall: Stall, listing: Listing, enter: Enter
) -> None:
    order = builders.make_order(session, listing)
    browser = enter(builders.make_stallholder(session, stall))
    assert browser.get(f"/stalls/{stall.id}").text("new-orders") == "1 đơn mới"
    assert browser.get(f"/stalls/{stall.id}/today").has("new-orders")
    assert browser.get("/orders").has("nav-orders")
    browser.post(f"/orders/{order.id}/confirm")
    assert browser.get(f"/stalls/{stall.id}").text("waiting-orders") == "1 đơn cần làm"
    browser = enter(builders.make_manager(session, stall.market))
    assert not browser.get(f"/stalls/{stall.id}").has("new-orders")


def test_clerk_sees_the_orders_of_the_commune(session: Session, listing: Listing, enter: Enter) -> None:
    order = builders.make_order(session, listing)
    elsewhere = builders.make_seller(session, commune_code=builders.SA_PA)
    other = builders.make_approved_listing(session, builders.make_product(session, elsewhere))
    builders.make_order(session, other)
    browser = enter(builders.make_clerk(session))
    assert browser.get("/").text("orders").endswith("1 đơn cần làm")
    shown = browser.get(f"/orders?seller_id={order.seller_id}")
    assert [link.get("data-order") for link in shown.tree.findall(".//*[@data-order]")] == [str(order.id)]


def test_a_sale_during_the_edit_of_a_listing_is_not_undone(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    path = f"/listings/{listing.id}"
    seen = browser_of_holder.get(path).typed("stock_seen")
    builders.make_order(session, listing, 4)
    form = {"price": "36.000", "stock": "10", "stock_seen": seen, "marketplaces": ["vendure"]}
    browser_of_holder.follow(browser_of_holder.post(path, form, page=path))
    session.expire_all()
    changed = session.get_one(Listing, listing.id)
    assert (changed.price, changed.stock) == (36_000, 6)


def test_a_listing_that_is_sent_twice_counts_once_and_an_overtaken_number_is_asked_about(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    def left() -> int:
        session.rollback()
        session.expire_all()
        return session.get_one(Listing, listing.id).stock

    path = f"/listings/{listing.id}"
    page = browser_of_holder.get(path)
    seen = {name: page.typed(name) for name in ("stock_seen", "version_seen")}
    form = {"price": "36.000", "stock": "15", "marketplaces": ["vendure"]} | seen
    builders.make_order(session, listing, 4)
    for _ in range(2):
        browser_of_holder.follow(browser_of_holder.post(path, form, page=path))
        assert left() == 11
    refused = browser_of_holder.post(path, form | {"stock": "20", "price": "37.000"}, page=path)
    assert (refused.status, refused.typed("stock"), refused.typed("price")) == (422, "20", "37.000")
    assert "nay còn 11" in (refused.error("stock") or "")
    assert left() == 11
    seen = {name: refused.typed(name) for name in seen}
    assert seen["stock_seen"] == "11", "what is shown now is what the person has seen"
    browser_of_holder.follow(browser_of_holder.post(path, form | {"stock": "20"} | seen, page=path))
    assert left() == 20


def test_another_slip_keeps_what_was_seen_at_first(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    path = f"/listings/{listing.id}"
    page = browser_of_holder.get(path)
    seen = {name: page.typed(name) for name in ("stock_seen", "version_seen")}
    builders.make_order(session, listing, 4)
    form = {"price": "3,5", "stock": "15", "marketplaces": ["vendure"]} | seen
    refused = browser_of_holder.post(path, form, page=path)
    assert {name: refused.typed(name) for name in seen} == seen


def test_what_a_buyer_typed_is_never_markup(
    session: Session, listing: Listing, browser_of_holder: Browser
) -> None:
    evil = "<script>alert(1)</script>"
    order = builders.make_order(session, listing, number=evil, buyer=Buyer(evil, evil, evil))
    for path in ("/orders", f"/orders/{order.id}", f"/orders/{order.id}/cancel"):
        assert "<script>alert" not in browser_of_holder.get(path).html
