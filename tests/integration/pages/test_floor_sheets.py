"""Postmart and Voso: what waits goes out as a sheet, and what the floor answered comes back, once."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Listing, OutboxEvent, Publication, PublicationStatus
from services import listings, sheet_floors
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.workers.harness import carry

PAGE = "/floors/postmart"
URL = "https://buudien.example/man-tam-hoa"
Row = dict[str, Any]


@pytest.fixture
def listing(session: Session) -> Listing:
    found = builders.make_listing(session, marketplaces=["postmart"], price=40_000, stock=12)
    listings.approve_listing(session, builders.anybody(session), found.id)
    session.commit()
    return found


@pytest.fixture
def browser(session: Session, listing: Listing, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def rows(browser: Browser) -> list[Row]:
    content = browser.get(f"{PAGE}/sheet.xlsx").answer.get_data()
    titles, *found = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(titles, row, strict=True)) for row in found]


def bring(browser: Browser, *answers: Row) -> Shown:
    book = Workbook()
    book.active.append(list(answers[0]))
    for answer in answers:
        book.active.append(list(answer.values()))
    written = io.BytesIO()
    book.save(written)
    return browser.post(PAGE, {"file": (io.BytesIO(written.getvalue()), "a.xlsx")}, page=PAGE)


def again(session: Session, listing: Listing) -> Listing:
    session.rollback()
    session.expire_all()
    return session.get_one(Listing, listing.id)


def publication(session: Session, listing: Listing) -> Publication:
    (only,) = again(session, listing).publications
    return only


def test_what_waits_goes_out_and_its_answer_comes_back_once(
    session: Session, browser: Browser, listing: Listing
) -> None:
    carry()
    assert publication(session, listing).status is PublicationStatus.WAITING
    assert "1 tin" in browser.get("/floors").text("floors")
    (row,) = rows(browser)
    assert (row["Mã hàng"], row["Việc cần làm"], row["Giá"], row["Số lượng"]) == (
        listing.sku,
        "Đăng mới",
        40_000,
        12,
    )
    answer = row | {"Kết quả": "xong", "Đường dẫn trên sàn": URL}
    assert "1 xong" in browser.follow(bring(browser, answer)).words
    found = publication(session, listing)
    assert (found.status, found.external_url) == (PublicationStatus.LISTED, URL)
    assert "0 xong" in browser.follow(bring(browser, answer)).words
    told = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.type == "publication.listed.v1")
    assert session.scalar(told) == 1
    assert rows(browser) == []


def test_what_misses_something_is_left_out_and_says_why(
    session: Session, browser: Browser, listing: Listing
) -> None:
    product = builders.make_product(session, name="Lê", description=None)
    bare = builders.make_listing(session, product, marketplaces=["postmart", "shop"])
    listings.approve_listing(session, builders.anybody(session), bare.id)
    session.commit()
    carry()
    assert [row["Mã hàng"] for row in rows(browser)] == [listing.sku]
    assert "1 tin" in browser.get("/floors").text("floors")
    page = browser.get(f"/listings/{bare.id}")
    assert "Sàn cần lời giới thiệu sản phẩm" in page.text("publications")
    assert "Chờ bưu điện" not in page.text("publications")
    listings.withdraw_listing(session, builders.anybody(session), bare.id)
    session.commit()
    assert "Sàn cần" not in browser.get(f"/listings/{bare.id}").text("publications"), "nobody asks for it now"
    change_product(session, builders.anybody(session), product.id, description="Giòn.")
    listings.approve_listing(session, builders.anybody(session), bare.id)
    session.commit()
    carry()
    assert [row["Mã hàng"] for row in rows(browser)] == [listing.sku, bare.sku]


def test_a_change_is_carried_again_and_an_old_answer_does_not_hide_it(
    session: Session, browser: Browser, listing: Listing
) -> None:
    (old,) = rows(browser)
    listings.change_listing(session, builders.anybody(session), listing.id, price=45_000)
    session.commit()
    browser.follow(bring(browser, old | {"Kết quả": "Xong"}))
    found = publication(session, listing)
    assert (found.status, found.published_version) == (PublicationStatus.WAITING, 1)
    (new,) = rows(browser)
    assert (new["Việc cần làm"], new["Giá"], new["Bản"]) == ("Sửa", 45_000, 2)
    browser.follow(bring(browser, new | {"Kết quả": "Xong"}))
    assert publication(session, listing).status is PublicationStatus.LISTED


def test_what_is_withdrawn_is_to_be_taken_down_where_it_stands(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def withdraw() -> None:
        listings.withdraw_listing(session, builders.anybody(session), listing.id)
        session.commit()

    (row,) = rows(browser)
    browser.follow(bring(browser, row | {"Kết quả": "Xong"}))
    withdraw()
    (row,) = rows(browser)
    assert (row["Việc cần làm"], row["Giá"]) == ("Gỡ", None)
    browser.follow(bring(browser, row | {"Kết quả": "Xong"}))
    assert publication(session, listing).status is PublicationStatus.WITHDRAWN


def test_more_than_a_sheet_holds_is_said(
    session: Session, browser: Browser, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet_floors, "MOST_ROWS", 1)
    assert not browser.get(PAGE).has("more-to-carry")
    other = builders.make_listing(session, marketplaces=["postmart"])
    listings.approve_listing(session, builders.anybody(session), other.id)
    session.commit()
    assert "1 tin chờ lâu nhất" in browser.get(PAGE).text("more-to-carry")
    assert [row["Mã hàng"] for row in rows(browser)] == [listing.sku]


def test_what_was_withdrawn_before_it_was_carried_waits_for_nobody(
    session: Session, browser: Browser, listing: Listing
) -> None:
    def told() -> int:
        asked = select(func.count()).select_from(OutboxEvent)
        return session.scalar(asked.where(OutboxEvent.type == "publication.requested.v1")) or 0

    actor, before = builders.anybody(session), told()
    listings.withdraw_listing(session, actor, listing.id)
    session.commit()
    found = publication(session, listing)
    assert (found.status, found.published_version) == (PublicationStatus.WITHDRAWN, None)
    assert (rows(browser), told()) == ([], before)
    assert browser.get(PAGE).text("waiting") == "Không có tin nào chờ"
    listings.approve_listing(session, actor, listing.id)
    session.commit()
    (row,) = rows(browser)
    assert (row["Việc cần làm"], row["Bản"]) == ("Đăng mới", 3)


def test_a_floor_that_is_chosen_no_more_and_never_had_it_waits_for_nothing(
    session: Session, browser: Browser, listing: Listing
) -> None:
    listings.change_listing(session, builders.anybody(session), listing.id, marketplaces=["shop"])
    session.commit()
    states = {found.marketplace: found.status for found in again(session, listing).publications}
    assert states == {"postmart": PublicationStatus.WITHDRAWN, "shop": PublicationStatus.LISTED}
    assert rows(browser) == []


def test_what_was_carried_while_it_was_withdrawn_is_to_be_taken_down(
    session: Session, browser: Browser, listing: Listing
) -> None:
    (row,) = rows(browser)
    listings.withdraw_listing(session, builders.anybody(session), listing.id)
    session.commit()
    browser.follow(bring(browser, row | {"Kết quả": "Xong", "Đường dẫn trên sàn": URL}))
    assert publication(session, listing).status is PublicationStatus.WAITING
    (row,) = rows(browser)
    assert (row["Việc cần làm"], row["Bản"]) == ("Gỡ", 2)
    browser.follow(bring(browser, row | {"Kết quả": "Xong"}))
    assert publication(session, listing).status is PublicationStatus.WITHDRAWN


def test_a_refusal_stands_on_the_listing_with_its_reason_until_it_is_changed(
    session: Session, browser: Browser, listing: Listing
) -> None:
    (row,) = rows(browser)
    refusal = row | {"Kết quả": "Từ chối", "Lý do từ chối": "Ảnh mờ"}
    for told in ("1 bị từ chối", "0 bị từ chối"):
        assert told in browser.follow(bring(browser, refusal)).words
    assert publication(session, listing).status is PublicationStatus.REJECTED
    assert "Ảnh mờ" in browser.get(f"/listings/{listing.id}").words
    listings.change_listing(session, builders.anybody(session), listing.id, stock=3)
    session.commit()
    assert len(rows(browser)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"Mã hàng": "SP-KHACNHAU"}, "không bán trên sàn"),
        ({"Mã hàng": None}, "Cần điền"),
        ({"Bản": 7}, "Không có bản này"),
        ({"Bản": "một"}, "số nguyên"),
        ({"Kết quả": "được"}, "Chỉ ghi"),
        ({"Kết quả": "Từ chối"}, "lý do"),
        ({"Đường dẫn trên sàn": "javascript:alert(1)"}, "https://"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_stored(
    session: Session, browser: Browser, listing: Listing, wrong: Row, said: str
) -> None:
    (row,) = rows(browser)
    shown = bring(browser, row | {"Kết quả": "Xong"} | wrong)
    assert shown.status == 422
    assert said in shown.text("wrong-rows")
    assert publication(session, listing).status is PublicationStatus.WAITING


def test_another_clerk_neither_carries_nor_answers_it(
    session: Session, browser: Browser, listing: Listing, enter: Enter
) -> None:
    (row,) = rows(browser)
    stranger: Callable[..., Browser] = enter
    other = stranger(builders.make_clerk(session, "02647"))
    assert rows(other) == []
    assert "không bán trên sàn" in bring(other, row | {"Kết quả": "Xong"}).text("wrong-rows")
    assert other.get("/floors/shopee").status == 404
