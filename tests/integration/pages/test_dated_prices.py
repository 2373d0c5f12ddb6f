"""The list of prices by day on a listing's page: set on the phone, refused beside the field, ended, kept by sheets."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.ids import new_id
from models import DatedPrice, Listing
from services.listing_sheets import Applied, apply_rows
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.dom import words_of
from web.listing_sheets import read_sheet, write_sheet


@pytest.fixture
def offered(session: Session, enter: Enter) -> tuple[Browser, Listing]:
    """A listing on two floors, and a clerk who keeps it."""
    listing = builders.make_approved_listing(session, marketplaces=["postmart", "voso"])
    return enter(builders.make_clerk(session)), listing


def ahead(days: int) -> str:
    return f"{business_day(now()) + timedelta(days=days):%d/%m/%Y}"


def typed(**facts: Any) -> dict[str, Any]:
    days = {"first_day": ahead(3), "last_day": ahead(9)}
    return {"id": str(new_id()), "price": "30.000", "name": "Giá Tết", "marketplace": ""} | days | facts


def stored(session: Session) -> list[tuple[int, date, date, str | None]]:
    session.rollback()
    query = select(DatedPrice).where(DatedPrice.turns_on.is_not(None)).order_by(DatedPrice.first_day)
    return [(one.price, one.first_day, one.last_day, one.marketplace) for one in session.scalars(query)]


def test_it_is_set_shown_and_ended(session: Session, offered: tuple[Browser, Listing]) -> None:
    browser, listing = offered
    path = f"/listings/{listing.id}"
    new = f"{path}/prices/new"
    assert browser.get(path).has("add-dated-price")
    form = typed()
    for _ in range(2):
        page = browser.follow(browser.post(new, form, page=new))
    assert len(stored(session)) == 1
    shown = page.text("dated-prices")
    for words in ("Giá Tết", f"Từ {ahead(3)} đến hết {ahead(9)}", "Mọi sàn", "30.000 ₫", "sắp tới"):
        assert words in shown
    page = browser.follow(browser.post(new, typed(first_day=ahead(0), marketplace="voso"), page=new))
    assert "đang dùng" in page.text("dated-prices")
    assert (page.has("which-first"), page.has("price-today")) == (True, False)
    assert [words_of(price) for price in page.all("draft-price")] == ["35.000 ₫", "30.000 ₫"]
    assert page.typed("price") == "35000", "what is changed there is the ordinary price"
    for one in session.scalars(select(DatedPrice)).all():
        page = browser.follow(browser.post(f"{path}/prices/{one.id}/end", page=path))
    assert (page.has("dated-prices"), stored(session)) == (False, [])


def test_the_head_tells_the_price_of_today_beside_the_ordinary_one(offered: tuple[Browser, Listing]) -> None:
    browser, listing = offered
    new = f"/listings/{listing.id}/prices/new"
    page = browser.follow(browser.post(new, typed(first_day=ahead(0)), page=new))
    assert page.text("price") == "35.000 ₫"
    assert page.text("price-today") == f"Giá thường. Hôm nay bán 30.000 ₫, đến hết {ahead(9)}."
    assert not page.has("which-first")


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"price": ""}, "price", "Cần điền"),
        ({"price": "0"}, "price", "lớn hơn 0"),
        ({"price": "99999999999999"}, "price", "13 chữ số"),
        ({"first_day": "hôm nay"}, "first_day", "ngày/tháng/năm"),
        ({"first_day": "31/02/2027"}, "first_day", "Không có ngày"),
        ({"first_day": ahead(-1)}, "first_day", f"từ hôm nay ({ahead(0)})"),
        ({"last_day": ahead(2)}, "last_day", "từ ngày đầu"),
        ({"last_day": ahead(900)}, "last_day", "hai năm"),
        ({"first_day": ahead(15), "last_day": ahead(25)}, "first_day", f"Từ {ahead(20)} đến {ahead(30)}"),
        ({"price": "3.000"}, "price_is_right", "35.000 ₫, giá này 3.000 ₫"),
        ({"marketplace": "chợ"}, "marketplace", "Không có lựa chọn này"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field_and_what_was_typed_stays(
    session: Session, offered: tuple[Browser, Listing], facts: dict[str, str], field: str, words: str
) -> None:
    browser, listing = offered
    builders.make_dated_price(session, listing, 20, 30)
    path, form = f"/listings/{listing.id}/prices/new", typed(**facts)
    shown = browser.post(path, form, page=path)
    assert (shown.status, len(stored(session))) == (422, 1)
    assert words in (shown.error(field) or "")
    kept = {name: shown.typed(name) or "" for name in form if name != "marketplace"}
    assert kept == {name: value for name, value in form.items() if name != "marketplace"}


def test_a_jump_that_is_right_is_stored(session: Session, offered: tuple[Browser, Listing]) -> None:
    browser, listing = offered
    path, form = f"/listings/{listing.id}/prices/new", typed(price="3.000")
    assert browser.post(path, form, page=path).error("price_is_right")
    browser.follow(browser.post(path, form | {"price_is_right": "yes"}, page=path))
    assert [row[0] for row in stored(session)] == [3_000]


def test_a_price_of_another_unit_says_so(session: Session, offered: tuple[Browser, Listing]) -> None:
    browser, listing = offered
    builders.make_dated_price(session, listing, 0, 5)
    actor = builders.anybody(session)
    change_product(session, actor, listing.product_id, unit="thùng")
    session.commit()
    path = f"/listings/{listing.id}/prices/new"
    assert "còn chờ duyệt" in (browser.post(path, typed(), page=path).error("price") or "")
    browser.follow(browser.post(f"/listings/{listing.id}/approve", page=f"/listings/{listing.id}"))
    assert "không dùng: nay bán theo thùng" in browser.get(f"/listings/{listing.id}").text("dated-prices")


def test_strangers_find_nothing(session: Session, enter: Enter, offered: tuple[Browser, Listing]) -> None:
    _, listing = offered
    dated = builders.make_dated_price(session, listing)
    stranger = enter(builders.make_clerk(session, builders.SA_PA))
    assert stranger.get(f"/listings/{listing.id}/prices/new").status == 404
    assert stranger.post(f"/listings/{listing.id}/prices/{dated.id}/end", page="/listings").status == 404
    assert len(stored(session)) == 1


def test_a_sheet_carries_the_ordinary_price_and_leaves_those_by_day_alone(
    session: Session, offered: tuple[Browser, Listing]
) -> None:
    _, listing = offered
    builders.make_dated_price(session, listing, 0, 5, price=30_000)
    builders.make_dated_price(session, listing, 0, 5, price=29_000, marketplace="voso")
    before, actor = stored(session), builders.anybody(session)
    session.expire_all()
    version = listing.version
    (row,), _ = read_sheet(write_sheet([listing]))
    assert (row.listing["price"], row.listing["prices"]) == (35_000, {})
    assert apply_rows(session, actor, [row]) == Applied(0, 0, 1)
    changed = type(row)(row.number, row.sku, row.seller_code, row.product, {**row.listing, "price": 36_000})
    assert apply_rows(session, actor, [changed]) == Applied(0, 1, 0)
    session.commit()
    session.expire_all()
    assert (listing.price, listing.own_prices, listing.version) == (36_000, {}, version + 1)
    assert stored(session) == before
