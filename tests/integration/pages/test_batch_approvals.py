"""What waits of many sellers is approved at once, each listing as it was shown."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now
from models import Goods, Listing, ListingStatus
from services.approvals import waiting_changes
from services.batch_approvals import list_waiting
from services.listings import approve_listing, change_listing
from services.photos import order_photos, remove_photo
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of
from tests.integration.shop.conftest import answer_publication, household_offer, store_photo

PATH = "/listings/waiting"
PAPER = {"name": "VietGAP", "number": "7", "expires_on": business_day(now())}


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


def approved(session: Session, **facts: Any) -> Listing:
    product = builders.make_product(session, builders.make_seller(session), **facts)
    for position in (1, 2):
        store_photo(session, product, position)
    return builders.make_approved_listing(session, product)


def ticked(page: Shown) -> list[str]:
    return [box.get("value") or "" for box in page.tree.findall(".//input[@name='seen']")]


def test_many_sellers_goods_are_approved_at_once(session: Session, browser: Browser) -> None:
    listings = [approved(session, name=f"Mận {number}") for number in range(3)]
    bare = builders.make_listing(session, builders.make_product(session, description=None, name="Lê"))
    assert ticked(browser.get(PATH)) == []
    for listing in listings[:2]:
        change_product(session, builders.anybody(session), listing.product_id, unit="thùng")
    session.commit()
    page = browser.get(PATH)
    assert "kg → thùng" in page.text("listings")
    assert "Mận 2" not in page.text("listings")
    assert "Lê" in page.text("listings"), "with what it lacks, and nothing to tick"
    seen = ticked(page)
    assert len(seen) == 2
    page = browser.follow(browser.post(f"{PATH}/approve", {"seen": seen}, page=PATH))
    assert "Đã duyệt 2 tin" in words_of(page.tree)
    session.expire_all()
    assert [waiting_changes(listing) for listing in listings] == [[], [], []]
    assert bare.status is ListingStatus.DRAFT
    page = browser.follow(browser.post(f"{PATH}/approve", {"seen": ["nonsense"]}, page=PATH))
    assert "Hãy chọn ít nhất một tin" in words_of(page.tree)


def test_one_with_a_gap_on_one_floor_is_ticked_and_names_the_floor(
    session: Session, browser: Browser
) -> None:
    listing = builders.make_listing(session, marketplaces=["shopee", "vendure"])
    page = browser.get(PATH)
    assert "Sàn cần ít nhất 1 ảnh (Shopee)" in page.text("listings")
    browser.follow(browser.post(f"{PATH}/approve", {"seen": ticked(page)}, page=PATH))
    session.expire_all()
    assert listing.status is ListingStatus.APPROVED


def test_what_was_changed_since_or_is_not_agreed_to_is_told_and_keeps_no_other_back(
    session: Session, browser: Browser
) -> None:
    fine, edited = approved(session, name="Mận"), approved(session, name="Đào")
    silent = household_offer(session, name="Lê")
    everybody = builders.anybody(session)
    for listing in (fine, edited, silent):
        change_product(session, everybody, listing.product_id, grade="loại 1")
    session.commit()
    seen = ticked(browser.get(PATH))
    change_product(session, everybody, edited.product_id, grade="loại 2")
    answer_publication(session, silent, granted=False)
    page = browser.follow(browser.post(f"{PATH}/approve", {"seen": seen}, page=PATH))
    told = page.answer.get_data(as_text=True)
    assert "Chưa duyệt «Đào»: Tin vừa được sửa" in told
    assert "Chưa duyệt «Lê»: Hộ chưa đồng ý" in told
    assert "Đã duyệt 1 tin" in told
    session.expire_all()
    assert [bool(waiting_changes(one)) for one in (fine, edited)] == [False, True]
    assert silent.status is ListingStatus.WITHDRAWN, "as the household said"


def _facts(**facts: Any) -> Callable[[Session, Listing], object]:
    return lambda session, listing: change_product(
        session, builders.anybody(session), listing.product_id, **facts
    )


CHANGES: dict[str, tuple[Callable[[Session, Listing], object], bool]] = {
    "name": (_facts(name="Mận hậu"), True),
    "goods": (_facts(goods=Goods.TEA), True),
    "attributes": (_facts(attributes={"Giống": "hậu"}), True),
    "season": (_facts(season_from=6, season_to=7), True),
    "origin": (_facts(origin_commune=builders.SA_PA), True),
    "a paper more": (_facts(papers=[PAPER]), True),
    "variant": (lambda s, one: change_listing(s, builders.anybody(s), one.id, variant="Túi 1 kg"), True),
    "price": (lambda s, one: change_listing(s, builders.anybody(s), one.id, price=36_000, stock=3), False),
    "a photo more": (lambda s, one: store_photo(s, one.product, 3), True),
    "a photo less": (
        lambda s, one: remove_photo(s, builders.anybody(s), one.product_id, one.product.photos[0].id),
        False,
    ),
    "photos in another order": (
        lambda s, one: order_photos(
            s, builders.anybody(s), one.product_id, [photo.id for photo in reversed(one.product.photos)]
        ),
        True,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_list_holds_what_waits_and_nothing_else(session: Session, name: str) -> None:
    listing, _ = approved(session, origin_commune=builders.BAC_HA), approved(session)
    change, waits = CHANGES[name]
    change(session, listing)
    session.commit()
    session.expire_all()
    found = [one.listing.id for one in list_waiting(session, builders.anybody(session)).items]
    assert found == ([listing.id] if waits else [])
    assert bool(waiting_changes(listing)) is waits
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    assert list_waiting(session, builders.anybody(session)).items == []
