"""The catalogues that Google and Meta fetch."""

import csv
import io
import xml.etree.ElementTree as ET

from sqlalchemy.orm import Session

from core.config import config
from tests import builders
from tests.integration.shop.conftest import Visitor, add_photo, household_offer, offer
from web.shop.feeds import META_FIELDS

G = "{http://base.google.com/ns/1.0}"


def google(visitor: Visitor) -> list[dict[str, str]]:
    answer = visitor.fetch("/shop/feeds/google.xml")
    assert answer.content_type.startswith("application/xml")
    items = ET.fromstring(answer.text).findall("./channel/item")
    return [{field.tag.removeprefix(G): field.text or "" for field in item} for item in items]


def meta(visitor: Visitor) -> list[dict[str, str]]:
    answer = visitor.fetch("/shop/feeds/meta.csv")
    assert answer.content_type.startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_both_say_the_same_of_an_offer(session: Session, visitor: Visitor) -> None:
    product = builders.make_product(session, name="Mật ong & sáp, «rừng»", gtin="08936012345674")
    listing = offer(session, product)
    photo, further = add_photo(session, product), add_photo(session, product, 2)
    (by_google,), (by_meta,) = google(visitor), meta(visitor)
    wanted = {
        "id": listing.sku,
        "price": "35000 VND",
        "condition": "new",
        "brand": product.seller.name,
        "gtin": "08936012345674",
        "link": config().base_url + visitor.get(f"/shop/p/{listing.sku}").location,
        "image_link": f"{config().base_url}/photos/{photo.id}/large.jpg",
    }
    for said in (by_google, by_meta):
        assert {name: said[name] for name in wanted} == wanted
        assert said["title"].startswith("Mật ong & sáp, «rừng»")
        assert "Mận hái buổi sáng" in said["description"]
    assert by_google["additional_image_link"].endswith(f"{further.id}/large.jpg")
    assert "identifier_exists" not in by_google
    assert tuple(by_meta) == META_FIELDS
    assert (by_google["availability"], by_meta["availability"]) == ("in_stock", "in stock")


def test_sold_out_says_so_and_own_price_stands(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    add_photo(session, listing.product)
    listing.stock = 0
    session.commit()
    (by_google,), (by_meta,) = google(visitor), meta(visitor)
    assert (by_google["availability"], by_meta["availability"]) == ("out_of_stock", "out of stock")
    assert by_google["identifier_exists"] == "no"
    assert by_meta["gtin"] == ""


def test_what_has_no_photo_or_is_not_on_sale_is_left_out(session: Session, visitor: Visitor) -> None:
    offer(session)
    draft = builders.make_listing(session, marketplaces=["shop"])
    add_photo(session, draft.product)
    assert google(visitor) == meta(visitor) == []


def test_no_phone_number_leaves_by_a_feed(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    add_photo(session, listing.product)
    for path in ("/shop/feeds/google.xml", "/shop/feeds/meta.csv"):
        assert listing.product.seller.phone[3:] not in visitor.fetch(path).text


def test_old_addresses_lead_on(visitor: Visitor) -> None:
    for name in ("google.xml", "meta.csv"):
        answer = visitor.fetch(f"/feeds/{name}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/shop/feeds/{name}")
    assert visitor.fetch("/feeds/other.xml").status_code == 404
