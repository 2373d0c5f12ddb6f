"""Rows as people write them: whose they are, on which floors, and all that is wrong with them at once."""

import pytest
from sqlalchemy.orm import Session

from models import Listing
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.test_listing_sheets import Grid, again, download, edited, put, upload

FLOORS = "Bán trên sàn"


@pytest.fixture
def listing(session: Session) -> Listing:
    return builders.make_listing(session, price=40_000, stock=12, marketplaces=["shop", "shopee"])


@pytest.fixture
def clerk(session: Session, listing: Listing, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def _new_row(grid: Grid) -> None:
    for title, value in {"Mã hàng": None, "Mã người bán": None, "Tên sản phẩm": "Rau cải mèo"}.items():
        put(title, value)(grid)


def test_a_new_row_is_of_the_only_seller(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    builders.make_listing(session, builders.make_product(session, stall.seller), price=40_000)
    builders.make_listing(session)
    holder = enter(builders.make_stallholder(session, stall))
    content = edited(download(holder), _new_row)
    assert "1 tin mới" in holder.follow(upload(holder, content)).words
    assert "1 tin như cũ" in holder.follow(upload(holder, content)).words


def test_of_several_sellers_a_new_row_names_one(session: Session, listing: Listing, clerk: Browser) -> None:
    builders.make_listing(session)
    content = edited(download(clerk), _new_row)
    assert "Dòng 2, Mã người bán: Cần điền ô này" in upload(clerk, content).text("wrong-rows")


def test_two_new_rows_that_offer_the_same_are_told(
    session: Session, listing: Listing, clerk: Browser
) -> None:
    def double(grid: Grid) -> None:
        for row in (1, 2):
            grid[row:] = [[*grid[1]], *grid[row + 1 :]]
            put("Mã hàng", None, row)(grid)
            put("Mã người bán", listing.product.seller.code, row)(grid)
            put("Tên sản phẩm", ("Rau cải", "rau CẢI")[row - 1], row)(grid)
            put("Giá", (40_000, 41_000)[row - 1], row)(grid)

    said = upload(clerk, edited(download(clerk), double)).text("wrong-rows")
    assert "Dòng 3, Tên sản phẩm: Dòng 2 đã có đúng hàng và cỡ này" in said


def test_a_new_row_of_what_is_offered_already_names_the_listing(
    session: Session, listing: Listing, clerk: Browser
) -> None:
    def forget_number(grid: Grid) -> None:
        put("Mã hàng", None)(grid)
        put("Giá", 41_000)(grid)

    again_new = edited(download(clerk), forget_number)
    assert f"Dòng 2, Mã hàng: Người bán này có tin {listing.sku}" in upload(clerk, again_new).text(
        "wrong-rows"
    )
    clerk.follow(upload(clerk, edited(again_new, put("Cỡ, loại gói", "Thùng 10 kg"))))
    assert (
        "1 tin như cũ"
        in clerk.follow(upload(clerk, edited(again_new, put("Cỡ, loại gói", "Thùng 10 kg")))).words
    )


def test_a_size_that_another_row_has_is_told_beside_it(
    session: Session, listing: Listing, clerk: Browser
) -> None:
    builders.make_listing(session, listing.product, sku="A-TUI-LON", variant="Túi lớn")
    wrong = edited(download(clerk), put("Cỡ, loại gói", None, row=1))
    assert "Dòng 2, Cỡ, loại gói: Tin" in upload(clerk, wrong).text("wrong-rows")


@pytest.mark.parametrize(
    ("written", "floors"),
    [
        ("Chợ Phiên, Shopee", ["shop", "shopee"]),
        ("cho phien (cho tren mang); SHOPEE", ["shop", "shopee"]),
        ("Postmart, tiktok shop", ["postmart", "tiktok"]),
    ],
)
def test_floors_are_known_by_the_names_of_pages(
    session: Session, listing: Listing, clerk: Browser, written: str, floors: list[str]
) -> None:
    upload(clerk, edited(download(clerk), put(FLOORS, written)))
    assert again(session, listing).marketplaces == floors
    version = again(session, listing).version
    assert "1 tin như cũ" in clerk.follow(upload(clerk, download(clerk))).words
    assert again(session, listing).version == version == (1 if floors == ["shop", "shopee"] else 2)


def test_a_floors_own_price_is_under_its_shown_name_too(
    session: Session, listing: Listing, clerk: Browser
) -> None:
    upload(
        clerk, edited(download(clerk), put("Giá riêng từng sàn", "Chợ Phiên: 41.000; TikTok Shop: 42.000"))
    )
    assert again(session, listing).own_prices == {"shop": 41_000, "tiktok": 42_000}


@pytest.mark.parametrize(
    ("title", "value"),
    [("Giá", "ba mươi"), ("Mã hàng", "SP-KHONG-CO"), ("Mã xã làm ra hàng", "99999")],
)
def test_a_price_that_jumps_is_told_beside_another_wrong_row(
    session: Session, listing: Listing, clerk: Browser, title: str, value: str
) -> None:
    for price in (20_000, 30_000):
        builders.make_listing(session, builders.make_product(session), price=price)

    def spoil(grid: Grid) -> None:
        put(title, value, row=1)(grid)
        put("Giá", 9_000_000, row=2)(grid)
        put("Giá", 31_000, row=3)(grid)

    said = upload(clerk, edited(download(clerk), spoil)).text("wrong-rows")
    assert f"Dòng 2, {title}:" in said
    assert "Dòng 3, Giá đúng: Giá đổi từ" in said
    assert "Dòng 4" not in said
    assert again(session, listing).version == 1
