"""A first price that hardly anything has is asked about where a person writes it, as a jump is later."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidInput
from core.ids import new_id
from models import Listing
from services.listings import draft_listing
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.integration.pages.test_listing_sheets import download, edited, put, upload


@pytest.mark.parametrize(
    ("price", "usual"), [(999, False), (1_000, True), (10_000_000, True), (10_000_001, False)]
)
def test_only_a_person_is_asked(session: Session, price: int, usual: bool) -> None:
    product = builders.make_product(session)
    offered = {"product_id": product.id, "price": price, "stock": 1, "marketplaces": []}
    actor = builders.anybody(session)
    if not usual:
        with pytest.raises(InvalidInput) as caught:
            draft_listing(session, actor, by_hand=True, **offered)
        assert list(caught.value.errors) == ["price_is_right"]
    assert draft_listing(session, actor, by_hand=True, price_is_right=True, **offered)[0].price == price
    assert draft_listing(session, actor, **offered, variant="nhỏ")[0].price == price


@pytest.mark.parametrize(
    ("typed", "said", "price"), [("35", "rất thấp", 35), ("350.000.000", "rất cao", 350_000_000)]
)
def test_the_page_asks_once(session: Session, enter: Enter, typed: str, said: str, price: int) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/new?product_id={product.id}"
    form = {"id": str(new_id()), "product_id": str(product.id), "price": typed, "stock": "3"}
    asked = browser.post("/listings/new", form, page=path)
    assert (asked.status, asked.typed("price")) == (422, typed)
    assert said in (asked.error("price_is_right") or "")
    browser.follow(browser.post("/listings/new", form | {"price_is_right": "yes"}, page=path))
    assert session.scalars(select(Listing)).one().price == price


def test_a_new_row_of_a_sheet_asks_too(session: Session, enter: Enter) -> None:
    builders.make_listing(session, price=40_000)
    browser = enter(builders.make_clerk(session))
    another = edited(edited(download(browser), put("Mã hàng", None)), put("Cỡ, loại gói", "nhỏ"))
    new = edited(another, put("Giá", 40))
    assert "Dòng 2, Giá đúng: Giá 40 ₫ một đơn vị bán là rất thấp" in upload(browser, new).text("wrong-rows")
    assert "1 tin mới" in browser.follow(upload(browser, edited(new, put("Giá đúng", "x")))).words
