"""The shop says what was approved last, on every page and in every feed."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Listing
from services import listings
from services.photos import order_photos, remove_photo
from services.products import change_product
from services.shop_orders import Wanted, place_order
from tests import builders
from tests.integration.shop.conftest import Visitor, add_photo, approve_anew, facts_of, offer, store_photo

BUYER = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử, Hà Nội"}
Paths = Callable[[], list[str]]


@pytest.fixture
def listing(session: Session) -> Listing:
    product = builders.make_product(session, name="Mận tam hoa", origin_commune=builders.BAC_HA)
    add_photo(session, product)
    add_photo(session, product, 2)
    return offer(session, product, variant="Túi 1 kg")


@pytest.fixture
def paths(session: Session, listing: Listing) -> Paths:
    """Of everything that says anything of it."""
    lot = builders.make_lot(session, listing.product)
    seller = listing.product.seller

    def find() -> list[str]:
        session.expire_all()
        name = listing.approval and listing.approval.facts["name"]
        words = {"Mận tam hoa": "man-tam-hoa", "Mận hậu": "man-hau"}[name or ""]
        return [
            "/shop",
            f"/shop/{seller.code}",
            f"/shop/p/{listing.sku}/{words}",
            f"/order/{listing.sku}",
            f"/01/{lot.gtin}/10/{lot.code}",
            "/shop/feeds/google.xml",
            "/shop/feeds/meta.csv",
            "/shop?q=man+tam" if words == "man-tam-hoa" else "/shop?q=man+hau",
        ]

    return find


def test_an_old_label_goes_on_saying_what_was_approved(
    session: Session, visitor: Visitor, listing: Listing
) -> None:
    lot = builders.make_lot(session, listing.product)
    actor = builders.anybody(session)
    listings.withdraw_listing(session, actor, listing.id)
    change_product(session, actor, listing.product_id, name="Mận hậu")
    session.commit()
    words = visitor.get(f"/01/{lot.gtin}/10/{lot.code}").words
    assert ("Mận tam hoa" in words, "Mận hậu" in words) == (True, False)


def test_changed_words_are_said_nowhere_until_they_are_approved(
    session: Session, visitor: Visitor, listing: Listing, paths: Paths
) -> None:
    actor, product = builders.anybody(session), listing.product
    change_product(session, actor, product.id, name="Mận hậu", unit="thùng", origin_commune=builders.SA_PA)
    listings.change_listing(session, actor, listing.id, variant="Thùng 5 kg", price=41_000)
    session.commit()
    for path in paths():
        html = visitor.get(path).html
        assert "Mận tam hoa" in html, path
        for unapproved in ("Mận hậu", "thùng", "Thùng 5 kg", "Sa Pa"):
            assert unapproved not in html, path
    shown = visitor.get(paths()[2])
    assert shown.text("price") == "35.000 ₫", "the price of the unit that waits waits with it"
    assert facts_of(shown, "Product")["offers"]["priceSpecification"]["unitText"] == "kg"
    assert "Mận" not in visitor.get("/shop?q=man+hau").html
    assert f"/shop/p/{listing.sku}/man-tam-hoa" in visitor.get("/sitemap-1.xml").html
    approve_anew(session, product)
    for path in paths():
        html = visitor.get(path).html
        assert "Mận hậu" in html, path
        assert "Mận tam hoa" not in html, path
    assert f"/shop/p/{listing.sku}/man-hau" in visitor.get("/sitemap-1.xml").html


def test_an_order_goes_on_saying_what_its_buyer_was_told(
    session: Session, visitor: Visitor, listing: Listing
) -> None:
    order, _ = place_order(session, id=new_id(), lines=[Wanted(listing.sku, 1)], **BUYER)
    session.commit()
    actor = builders.anybody(session)
    change_product(session, actor, listing.product_id, name="Mận hậu", unit="thùng")
    listings.change_listing(session, actor, listing.id, variant="Thùng 5 kg")
    session.commit()
    for _ in range(2):
        html = visitor.get(f"/orders/placed/{order.id}").html
        assert "Mận tam hoa, Túi 1 kg" in html
        assert "1 kg ×" in html
        assert "thùng" not in html
        approve_anew(session, listing.product)
    later, _ = place_order(session, id=new_id(), lines=[Wanted(listing.sku, 1)], **BUYER)
    session.commit()
    assert "Mận hậu, Thùng 5 kg" in visitor.get(f"/orders/placed/{later.id}").html


def test_photos_wait_too_but_one_that_is_removed_is_gone_at_once(
    session: Session, visitor: Visitor, listing: Listing, paths: Paths
) -> None:
    actor, product = builders.anybody(session), listing.product
    first, second = [photo.id for photo in product.photos]
    third = store_photo(session, product, 3).id
    order_photos(session, actor, product.id, [third, second, first])
    session.commit()
    shown = paths()[:3] + paths()[4:7]
    for path in shown:
        html = visitor.get(path).html
        assert str(third) not in html, path
        assert str(first) in html, path
        assert str(second) not in html.partition(str(first))[0], path
    remove_photo(session, actor, product.id, first)
    session.commit()
    for path in shown:
        html = visitor.get(path).html
        assert str(first) not in html, path
        assert str(second) in html, path
    approve_anew(session, product)
    for path in shown:
        assert str(third) in visitor.get(path).html, path


def test_a_lot_of_what_was_never_approved_says_what_its_product_tells(
    session: Session, visitor: Visitor
) -> None:
    product = builders.make_product(session, name="Mật ong", origin_commune=builders.SA_PA)
    lot = builders.make_lot(session, product)
    shown = visitor.get(f"/01/{lot.gtin}/10/{lot.code}")
    assert shown.text("product") == "Mật ong"
    assert "Sa Pa" in shown.text("origin")
