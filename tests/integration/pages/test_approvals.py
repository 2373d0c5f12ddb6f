"""What waits to be approved is shown with what stood before, and approved on the page by whoever saw it."""

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Goods, Listing
from services.listings import change_listing
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of
from tests.integration.shop.conftest import add_photo, store_photo

PAPER = {"name": "VietGAP", "number": "7", "expires_on": business_day(now())}


@pytest.fixture
def listing(session: Session) -> Listing:
    product = builders.make_product(session, name="Mận tam hoa", attributes={"Giống": "tam hoa"})
    add_photo(session, product)
    return builders.make_approved_listing(session, product)


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def change(session: Session, listing: Listing) -> None:
    actor = builders.anybody(session)
    facts = {"name": "Mận hậu", "goods": Goods.FRUIT, "origin_commune": builders.BAC_HA, "papers": [PAPER]}
    change_product(
        session, actor, listing.product_id, **facts, attributes={"Giống": "hậu"}, season_from=6, season_to=7
    )
    change_listing(session, actor, listing.id, variant="Túi 1 kg")
    session.commit()
    store_photo(session, listing.product, 2)


def told(shown: Shown) -> dict[str, str]:
    (notice,) = shown.all("waiting")
    return {dd.get("data-field") or "": words_of(dd) for dd in notice.findall(".//dd")}


def test_the_page_says_what_waits_and_approves_it(
    session: Session, browser: Browser, listing: Listing
) -> None:
    path = f"/listings/{listing.id}"
    assert not browser.get(path).has("waiting")
    change(session, listing)
    page = browser.get(path)
    said = told(page)
    assert said.pop("papers").startswith("chưa có → VietGAP số 7")
    assert said.pop("photos") == "→"
    assert said == {
        "name": "Mận tam hoa → Mận hậu",
        "variant": "chưa có → Túi 1 kg",
        "goods": "Hàng khác → Trái cây",
        "season_from": "chưa có → 6",
        "season_to": "chưa có → 7",
        "origin": "chưa có → Bắc Hà, Lào Cai",
        "attributes": "Giống: tam hoa → Giống: hậu",
    }
    assert "Mận hậu" in page.text("draft")
    assert "Có thay đổi chờ duyệt" in browser.get("/listings").text("listings")
    seen = page.tree.find(".//form[@action]/input[@name='seen']")
    assert seen is not None
    old = {"seen": seen.get("value") or ""}
    change_product(session, builders.anybody(session), listing.product_id, grade="loại 1")
    session.commit()
    page = browser.follow(browser.post(f"{path}/approve", old, page=path))
    assert page.text("refused") == "Tin vừa được sửa; hãy xem lại rồi duyệt"
    seen = page.tree.find(".//form[@action]/input[@name='seen']")
    assert seen is not None
    page = browser.follow(browser.post(f"{path}/approve", {"seen": seen.get("value") or ""}, page=path))
    assert not page.has("waiting")
    assert not page.has("approve")
    assert page.text("approvals").count("Duyệt cùng nhân viên bưu điện") == 2
    assert "Trần Thị Bưu" in page.text("approvals")
    assert "Có thay đổi chờ duyệt" not in browser.get("/listings").text("listings")


def test_a_price_beside_the_old_unit_is_pointed_out(
    session: Session, browser: Browser, listing: Listing
) -> None:
    change(session, listing)
    assert not browser.get(f"/listings/{listing.id}").has("old-unit")
    change_product(session, builders.anybody(session), listing.product_id, unit="thùng")
    session.commit()
    assert "tính theo kg" in browser.get(f"/listings/{listing.id}").text("old-unit")


def test_what_waits_but_lacks_something_is_not_to_be_approved(
    session: Session, browser: Browser, listing: Listing
) -> None:
    change_product(session, builders.anybody(session), listing.product_id, description=None)
    session.commit()
    page = browser.get(f"/listings/{listing.id}")
    assert told(page) == {"description": "Mận hái buổi sáng, giòn và ngọt. → chưa có"}
    assert page.has("missing")
    assert not page.has("approve")
