"""What visitors, search engines and chats are shown."""

import gzip
import re

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.config import config
from models import Listing
from tests import builders
from tests.integration.shop.conftest import Visitor, add_photo, facts_of, household_offer, meta_of, offer
from tests.qr_readers import as_image, read_by_both, read_in_page

LARGEST_PAGE = 60_000


def test_one_offer_has_one_address_with_its_name_in_it(session: Session, visitor: Visitor) -> None:
    listing = offer(session, builders.make_product(session, name="Mận tam hoa, Đặc sản"))
    right = f"/shop/p/{listing.sku}/man-tam-hoa-dac-san"
    for path in (
        f"/shop/p/{listing.sku}",
        f"/shop/p/{listing.sku.lower()}/x",
        f"/shop/p/{listing.sku}/other",
    ):
        shown = visitor.get(f"{path}?lang=en")
        assert (shown.status, shown.answer.headers["Location"]) == (301, f"{right}?lang=en"), path
    shown = visitor.get(right)
    assert shown.status == 200
    canonical = shown.tree.find(".//link[@rel='canonical']")
    assert canonical is not None
    assert canonical.get("href") == config().base_url + right


def test_an_offer_says_its_price_stock_and_how_to_order(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    seller = listing.product.seller
    path = visitor.get(f"/shop/p/{listing.sku}").location
    shown = visitor.get(path)
    assert shown.text("price") == "35.000 ₫"
    assert "Còn 40 kg" in shown.text("stock")
    assert shown.all("call")[0].get("href") == f"tel:{seller.phone}"
    assert not shown.has("pay")
    assert seller.name in shown.words


def test_chats_get_a_picture_and_words(session: Session, visitor: Visitor) -> None:
    listing = offer(session)
    photo = add_photo(session, listing.product)
    add_photo(session, listing.product, 2)
    shown = visitor.get(visitor.get(f"/shop/p/{listing.sku}").location)
    assert meta_of(shown, "og:image") == f"{config().base_url}/photos/{photo.id}/large.jpg"
    assert meta_of(shown, "og:type") == "product"
    assert meta_of(shown, "og:url") == config().base_url + shown.answer.request.path
    assert str(meta_of(shown, "og:title")).startswith(listing.product.name)
    assert "Mận hái buổi sáng" in str(meta_of(shown, "og:description"))


def test_search_engines_get_a_product_with_its_offer(session: Session, visitor: Visitor) -> None:
    listing = offer(session, builders.make_product(session, gtin="08936012345674"), stock=0)
    photo = add_photo(session, listing.product)
    shown = visitor.get(visitor.get(f"/shop/p/{listing.sku}").location)
    facts = facts_of(shown, "Product")
    assert (facts["name"], facts["sku"]) == (listing.product.name, listing.sku)
    assert facts["gtin"] == "08936012345674"
    assert facts["image"] == [f"{config().base_url}/photos/{photo.id}/large.jpg"]
    said = facts["offers"]
    assert (said["@type"], said["price"], said["priceCurrency"]) == ("Offer", 35_000, "VND")
    assert said["availability"] == "https://schema.org/OutOfStock"
    assert said["priceSpecification"]["unitText"] == "kg"
    assert "Tạm hết hàng" in shown.words


def test_several_sizes_of_one_product_are_one_aggregate(session: Session, visitor: Visitor) -> None:
    product = builders.make_product(session)
    small = offer(session, product, price=35_000)
    offer(session, product, price=160_000, variant="Thùng 5 kg")
    builders.make_listing(session, product, price=1_000, marketplaces=["shop"], variant="Lẻ")
    session.commit()
    shown = visitor.get(visitor.get(f"/shop/p/{small.sku}").location)
    said = facts_of(shown, "Product")["offers"]
    assert (said["@type"], said["lowPrice"], said["highPrice"], said["offerCount"]) == (
        "AggregateOffer", 35_000, 160_000, 2,
    )  # fmt: skip
    assert "Thùng 5 kg" in shown.text("offers")


def test_a_shop_shows_goods_stalls_and_the_way_to_pay(session: Session, visitor: Visitor) -> None:
    seller = builders.make_seller(session, name="Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh")
    stall = builders.make_stall(session, seller=seller)
    listing = offer(session, builders.make_product(session, seller))
    shown = visitor.get(f"/shop/{seller.code}")
    assert listing.product.name in shown.text("goods")
    assert stall.number in shown.words
    assert facts_of(shown, "Store")["telephone"] == seller.phone
    paying = visitor.get(shown.all("pay")[0].get("href") or "")
    assert read_in_page(paying.html) == [builders.payload_of(stall)]
    assert stall.payout_account.holder_name in paying.words
    assert stall.payout_account.account_number not in paying.html
    assert paying.answer.headers["X-Robots-Tag"] == "noindex"
    picture = visitor.fetch(f"/shop/{seller.code}/qr/{stall.code}.png")
    assert read_by_both(as_image(picture.data)) == [builders.payload_of(stall)]
    other = builders.make_stall(session)
    assert visitor.get(f"/shop/{seller.code}/qr/{other.code}.png").status == 404
    assert visitor.get(f"/shop/{seller.code.lower()}").status == 301


def test_only_those_who_ever_offered_anything_have_a_shop(session: Session, visitor: Visitor) -> None:
    seller = builders.make_seller(session)
    builders.make_stall(session, seller=seller)
    assert visitor.get(f"/shop/{seller.code}").status == 404
    assert visitor.get(f"/shop/{seller.code}/qr").status == 404
    listing = builders.make_listing(session, builders.make_product(session, seller), marketplaces=["shop"])
    assert visitor.get(f"/shop/p/{listing.sku}").status == 404
    shown = visitor.get("/shop")
    assert (shown.status, shown.has("empty")) == (200, True)


def test_goods_are_found_without_accents_by_product_seller_and_code(
    session: Session, visitor: Visitor
) -> None:
    plum = offer(session, builders.make_product(session, name="MẬN Tam hoa Đỏ"))
    honey = offer(session, builders.make_product(session, name="Mật ong bạc hà"))
    for q, found in [
        ("man tam", plum),
        ("mận  tam", plum),
        ("do", plum),
        ("mat ong", honey),
        (honey.sku, honey),
    ]:
        shown = visitor.get("/shop", query_string={"q": q})
        assert found.product.name in shown.text("goods"), q
        other = honey if found is plum else plum
        assert other.product.name not in shown.text("goods"), q
    assert visitor.get("/shop?q=%25").has("empty")
    nothing = visitor.get("/shop?q=<script>")
    assert nothing.has("empty")
    assert "<script>x" not in nothing.html
    assert meta_of(nothing, "robots") == "noindex"
    assert plum.product.seller.name in visitor.get(
        "/shop", query_string={"q": plum.product.seller.name}
    ).text("goods")


def test_a_market_and_a_commune_show_their_own(session: Session, visitor: Visitor) -> None:
    here = builders.make_market(session)
    seller = builders.make_seller(session)
    builders.make_stall(session, here, seller)
    mine = offer(session, builders.make_product(session, seller))
    far = builders.make_seller(session, commune_code=builders.SA_PA)
    other = offer(session, builders.make_product(session, far))
    front = visitor.get("/shop")
    assert {mine.product.name, other.product.name} <= set(re.findall(r"Mận tam hoa \d+", front.text("goods")))
    assert here.name in front.words
    for path in (f"/shop/market/{here.code}", f"/shop/commune/{builders.BAC_HA}"):
        shown = visitor.get(path)
        assert mine.product.name in shown.text("goods"), path
        assert other.product.name not in shown.html, path
    for path in (
        "/shop/market/CH-NONE",
        "/shop/commune/15",
        "/shop/commune/x",
        "/shop/NB-NONE",
        "/shop/p/x",
        "/shop/%00",
        "/shop?q=%00",
    ):
        lost = visitor.get(path)
        assert lost.status == 404, path
        assert "Set-Cookie" not in lost.answer.headers


def test_more_than_a_page_is_turned(session: Session, visitor: Visitor) -> None:
    seller = builders.make_seller(session)
    for _ in range(25):
        offer(session, builders.make_product(session, seller))
    first, second = visitor.get("/shop"), visitor.get("/shop?page=2")
    assert len(first.all("goods")[0].findall("li")) == 24
    assert len(second.all("goods")[0].findall("li")) == 1
    assert "page=2" in first.html
    assert visitor.get("/shop?page=51").status == 404
    assert visitor.get("/shop?page=0").status == 404


def test_no_page_weighs_more_than_sixty_kilobytes(session: Session, visitor: Visitor) -> None:
    """With its style sheet, script and pictures of the frame, before packing; photos not counted."""
    seller = builders.make_seller(session, name="Hợp tác xã Nông nghiệp Dược liệu Sa Pa Xanh")
    builders.make_stall(session, seller=seller)
    for number in range(26):
        product = builders.make_product(
            session, seller, name=f"Chè Shan tuyết cổ thụ sao tay loại đặc biệt {number}"
        )
        listing = offer(session, product)
        add_photo(session, product)
    paths = ["/shop", f"/shop/{seller.code}", visitor.get(f"/shop/p/{listing.sku}").location]
    for path in paths:
        shown = visitor.get(path)
        assets = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', shown.html)) | {"/static/img/band.svg"}
        weight = len(shown.html.encode()) + sum(len(visitor.client.get(one).data) for one in assets)
        assert weight < LARGEST_PAGE, (path, weight)


def test_pages_are_whole_without_script_and_keep_to_the_policy(session: Session, visitor: Visitor) -> None:
    listing = household_offer(session)
    for path in (
        "/shop",
        f"/shop/{listing.product.seller.code}",
        visitor.get(f"/shop/p/{listing.sku}").location,
    ):
        shown = visitor.get(path)
        assert "default-src 'self'" in shown.answer.headers["Content-Security-Policy"]
        for element in shown.tree.iter():
            assert not [name for name in element.attrib if name == "style" or name.startswith("on")], path
            if element.tag == "script":
                own = element.get("src", "").startswith("/static/")
                assert own or element.get("type") == "application/ld+json", path
        assert shown.tree.findall(".//form[@method='post']") == []
        labels = {label.get("for") for label in shown.tree.iter("label")}
        assert {field.get("id") for field in shown.tree.iter("input")} <= labels


def test_what_people_typed_is_never_markup(session: Session, visitor: Visitor) -> None:
    evil = "</script><script>alert(1)</script>"
    seller = builders.make_seller(session, name=evil)
    listing = offer(session, builders.make_product(session, seller, name=evil, description=evil))
    photo = add_photo(session, listing.product)
    for path in ("/shop", f"/shop/{seller.code}", visitor.get(f"/shop/p/{listing.sku}").location):
        assert "<script>alert" not in visitor.get(path).html, path
    feed = visitor.get("/shop/feeds/google.xml").html
    assert "<script>" not in feed
    assert str(photo.id) in feed


@pytest.mark.parametrize("path", ["/shop", "/shop/{seller}", "/shop/p/{sku}/{words}"])
def test_english_has_an_address_of_its_own(session: Session, visitor: Visitor, path: str) -> None:
    listing = offer(session, builders.make_product(session, name="Mật ong"))
    path = path.format(seller=listing.product.seller.code, sku=listing.sku, words="mat-ong")
    shown = visitor.get(f"{path}?lang=en")
    assert (shown.tree.find("html") or shown.tree[0]).get("lang") == "en"
    versions = {
        one.get("hreflang"): one.get("href") for one in shown.tree.findall(".//link[@rel='alternate']")
    }
    assert versions == {"vi": config().base_url + path, "en": f"{config().base_url}{path}?lang=en"}
    ours = [link.get("href") or "" for link in shown.tree.findall(".//main//a")]
    assert [link for link in ours if link.startswith("/shop") and "lang=en" not in link] == []
    ours = [link.get("href") or "" for link in visitor.get(path).tree.findall(".//main//a")]
    assert [link for link in ours if link.startswith("/shop") and "lang=" in link] == []


def test_robots_see_the_shop_and_nothing_behind_it(session: Session, visitor: Visitor) -> None:
    lines = visitor.get("/robots.txt").html.splitlines()
    assert {"Allow: /shop", "Allow: /photos/", "Disallow: /"} <= set(lines)
    assert lines[-1] == f"Sitemap: {config().base_url}/sitemap.xml"


def test_the_sitemap_leads_to_every_page(session: Session, visitor: Visitor) -> None:
    market = builders.make_market(session)
    seller = builders.make_seller(session)
    builders.make_stall(session, market, seller)
    listing = offer(session, builders.make_product(session, seller))
    builders.make_listing(session, marketplaces=["shop"])
    index = _locations(visitor.get("/sitemap.xml").html)
    pages = [path for part in index for path in _locations(visitor.get(part).html)]
    assert set(pages) == {
        "/shop",
        f"/shop/market/{market.code}",
        f"/shop/commune/{builders.BAC_HA}",
        f"/shop/{seller.code}",
        visitor.get(f"/shop/p/{listing.sku}").location,
    }
    assert {visitor.get(path).status for path in pages} == {200}
    for part in ("2", "0", "99999999999999999999"):
        assert visitor.get(f"/sitemap-{part}.xml").status == 404


def _locations(document: str) -> list[str]:
    return [found.removeprefix(config().base_url) for found in re.findall("<loc>(.*?)</loc>", document)]


def test_a_list_of_goods_asks_the_database_few_times(session: Session, visitor: Visitor, app: Flask) -> None:
    for _ in range(12):
        add_photo(session, offer(session).product)
    asked: list[str] = []
    engine = app.extensions["engine"]

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        visitor.get("/shop")
        front = len(asked)
        visitor.get("/shop/feeds/meta.csv")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert front <= 5
    assert len(asked) - front <= 5


def test_packed_it_says_the_same(session: Session, visitor: Visitor) -> None:
    listing: Listing = offer(session)
    plain = visitor.fetch("/shop")
    packed = visitor.fetch("/shop", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert listing.sku in plain.text
