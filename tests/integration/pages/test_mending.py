"""Every reason of a floor leads to the field or the photo where it is mended, and stands there once more."""

import hashlib
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from models import (
    CategoryChoice,
    FloorCategory,
    FloorCategoryAttribute,
    Goods,
    Listing,
    ListingPrice,
    Photo,
    PhotoFile,
    PhotoSize,
    Publication,
    PublicationStatus,
)
from services import floor_attributes
from services.listings import approve_listing
from services.reasons import FIELDS
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.pages.dom import words_of
from tests.integration.shop.conftest import store_photo
from web.stall.listings import ListingFacts
from web.stall.products import ProductFacts

WISH = "Vị của quả"
OF_FORMS = set(ProductFacts().fields) | set(ListingFacts().fields) - {"prices"}
CATEGORY = {"category", FIELDS["category"]}
"""Administrators choose it."""
NAMED = OF_FORMS | set(floor_attributes.FIELDS.values()) | set(FIELDS)
EVERY = [*sorted(NAMED - CATEGORY), "attributes.taste"]


@pytest.fixture
def listing(session: Session) -> Listing:
    """Of fruit, whose category on Shopee wants to know something that no template says."""
    place = {"marketplace": "shopee", "external_id": "2"}
    session.add(FloorCategory(**place, name="Quả", path="Quả", is_leaf=True, attributes_read_at=now()))
    session.flush()
    session.add(CategoryChoice(marketplace="shopee", goods=Goods.FRUIT, category_id="2"))
    session.add(
        FloorCategoryAttribute(
            marketplace="shopee",
            category_id="2",
            attribute_id="taste",
            name=WISH,
            required=True,
            free_text=True,
            given=[],
            place=1,
        )
    )
    product = builders.make_product(session, goods=Goods.FRUIT, weight_grams=1_000)
    made = builders.make_listing(session, product, marketplaces=["shop", "shopee"])
    approve_listing(session, builders.anybody(session), made.id)
    session.commit()
    return made


def refuse(session: Session, listing: Listing, **problem: Any) -> Publication:
    query = select(Publication).where(
        Publication.listing_id == listing.id, Publication.marketplace == "shopee"
    )
    publication = session.scalars(query).one()
    publication.status = PublicationStatus.REJECTED
    publication.problems = [{"code": "strange", "text": "Sàn chưa nhận", **problem}]
    session.commit()
    return publication


def follow_reason(browser: Browser, listing: Listing) -> tuple[Shown, str]:
    """The page behind the reason's link, and the field there."""
    page = browser.get(f"/listings/{listing.id}")
    (link,) = page.tree.findall(".//*[@data-reason]//a")
    at = urlsplit(link.get("href") or "")
    return browser.get(f"{at.path}?{at.query}"), at.fragment


@pytest.mark.parametrize("field", EVERY)
def test_the_link_of_every_field_leads_to_it(
    session: Session, enter: Enter, listing: Listing, field: str
) -> None:
    refuse(session, listing, field=field)
    page, fragment = follow_reason(enter(builders.make_clerk(session)), listing)
    assert page.status == 200
    found = page.tree.findall(f".//*[@id='{fragment}']")
    assert len(found) == 1, f"{field}: {fragment} is not on its page"
    if fragment != "field-papers":
        assert "Shopee: Sàn chưa nhận" in (page.error(fragment.removeprefix("field-")) or "")


@pytest.mark.parametrize("field", [None, "sku", "category"])
def test_what_no_form_has_leads_nowhere(
    session: Session, enter: Enter, listing: Listing, field: str | None
) -> None:
    refuse(session, listing, field=field)
    page = enter(builders.make_clerk(session)).get(f"/listings/{listing.id}")
    assert page.tree.findall(".//*[@data-reason]//a") == []


def test_a_refused_category_leads_an_administrator_to_its_choice_and_stands_in_no_form(
    session: Session, enter: Enter, listing: Listing
) -> None:
    refuse(session, listing, field="category")
    page, _ = follow_reason(enter(builders.make_administrator(session)), listing)
    assert (page.status, "Shopee" in page.words, "Trái cây" in page.words) == (200, True, True)
    clerk = enter(builders.make_clerk(session))
    form = clerk.get(f"/products/{listing.product_id}?listing_id={listing.id}")
    assert "Sàn chưa nhận" not in form.words


def test_the_gaps_of_every_floor_lead_to_their_fields(session: Session, enter: Enter) -> None:
    bare = builders.make_listing(
        session,
        builders.make_product(session, description=None, unit="bó"),
        marketplaces=["shop", "shopee", "lazada", "tiktok"],
    )
    browser = enter(builders.make_clerk(session))
    links = {link.get("href") for link in browser.get(f"/listings/{bare.id}").tree.findall(".//details//a")}
    mended = [urlsplit(str(link)) for link in links if "#field-" in str(link)]
    assert {at.fragment for at in mended} >= {"field-file", "field-weight_grams", "field-package_length"}
    for at in mended:
        page = browser.get(f"{at.path}?{at.query}")
        assert page.tree.findall(f".//*[@id='{at.fragment}']"), at.fragment
    shown = browser.get(f"/products/{bare.product_id}?listing_id={bare.id}")
    assert all(shown.error(f"package_{side}") for side in ("length", "width", "height"))


def test_a_floors_own_price_is_mended_where_it_stands(
    session: Session, enter: Enter, listing: Listing
) -> None:
    listing.prices.append(ListingPrice(marketplace="shopee", price=40_000))
    refuse(session, listing, field="price")
    _, fragment = follow_reason(enter(builders.make_clerk(session)), listing)
    assert fragment == "field-prices-shopee"


def test_an_attribute_is_mended_in_its_own_field(session: Session, enter: Enter, listing: Listing) -> None:
    refuse(session, listing, field="attributes.taste", said="taste is mandatory")
    page, fragment = follow_reason(enter(builders.make_clerk(session)), listing)
    assert fragment == "field-attributes-0"
    assert "taste is mandatory" in (page.error("attributes-0") or "")


def test_the_floors_own_words_are_quoted_in_their_language(
    session: Session, enter: Enter, listing: Listing
) -> None:
    browser = enter(builders.make_clerk(session))
    for said, language in {"本店暂停营业": "zh", "Shop is closed": "en", "Gian hàng đóng": "vi"}.items():
        refuse(session, listing, field=None, said=said)
        page = browser.get(f"/listings/{listing.id}")
        (quoted,) = page.tree.findall(".//*[@data-reason]//q")
        assert (words_of(quoted), quoted.get("lang")) == (said, language)
        assert "Shopee ghi:" in page.text("publications")


# Photos


def jpeg(shade: int) -> bytes:
    made = BytesIO()
    Image.new("RGB", (900, 900), (shade, 60, 60)).save(made, "JPEG")
    return made.getvalue()


def photo_of(session: Session, listing: Listing, position: int) -> tuple[Photo, str]:
    """A photo and the key under which floors are given it."""
    photo = store_photo(session, listing.product, position)
    digest = hashlib.sha256(bytes([position])).digest()
    session.get_one(PhotoFile, (photo.id, PhotoSize.LARGE)).sha256 = digest
    session.commit()
    return photo, digest.hex()


def test_the_refused_photo_is_shown_with_its_reason_and_replaced_in_its_place(
    session: Session, enter: Enter, listing: Listing
) -> None:
    first, _ = photo_of(session, listing, 1)
    second, key = photo_of(session, listing, 2)
    replaced = second.id
    refuse(session, listing, field="pictures", picture=key, said="Blurred")
    browser = enter(builders.make_clerk(session))
    shown = browser.get(f"/listings/{listing.id}").tree.findall(".//*[@data-reason]//img")
    assert [str(second.id) in (image.get("src") or "") for image in shown] == [True]
    grid = browser.get(f"/products/{listing.product_id}/photos").tree
    told = {
        one.get("data-photo"): one.findall(".//*[@data-testid='refused']")
        for one in grid.findall(".//*[@data-photo]")
    }
    assert (len(told[str(first.id)]), len(told[str(second.id)])) == (0, 1)
    page, fragment = follow_reason(browser, listing)
    assert "Blurred" in page.text("refused")
    assert page.tree.findall(f".//*[@id='{fragment}']")
    path = f"/products/{listing.product_id}/photos/{second.id}/replace?listing_id={listing.id}"
    assert browser.post(path, page=path).status == 422
    done = browser.post(path, {"file": (BytesIO(jpeg(90)), "moi.jpg")}, page=path)
    assert done.location == f"/listings/{listing.id}"
    session.expire_all()
    kept = session.scalars(
        select(Photo).where(Photo.product_id == listing.product_id).order_by(Photo.position)
    ).all()
    assert [photo.position for photo in kept] == [1, 2]
    assert (kept[0].id, kept[1].id == replaced) == (first.id, False)
    again = f"/products/{listing.product_id}/photos/{first.id}/replace"
    refused = browser.post(again, {"file": (BytesIO(jpeg(90)), "moi.jpg")}, page=again)
    assert "Sản phẩm đã có ảnh này" in (refused.error("file") or "")
