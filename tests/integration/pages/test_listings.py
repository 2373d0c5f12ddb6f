"""Products and listings on the page: drafted, approved, changed, withdrawn."""

import io
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from models import ConsentPurpose, Listing, ListingStatus, Product, Publication, PublicationStatus, Seller
from tests import builders
from tests.integration.pages.conftest import Enter, Shown
from tests.unit.core.test_images import photo


def _listing(product: Product, **facts: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "product_id": str(product.id),
        "price": "35.000",
        "stock": "1.200",
        "marketplaces": ["vendure"],
    } | facts


def _publication(shown: Shown) -> str | None:
    (found,) = shown.tree.findall(".//*[@data-marketplace='vendure']")
    return found.get("data-status")


def test_from_product_to_approved_listing(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    path = browser.get("/products/new").answer.headers["Location"]
    form = {
        "id": str(new_id()),
        "seller_id": str(stall.seller_id),
        "name": "Mận tam hoa",
        "unit": "kg",
        "description": "Hái buổi sáng.",
        "weight_grams": "1.000",
        "shelf_life_days": "5",
    }
    step = browser.post("/products/new", form, page=path)
    product = session.scalars(select(Product)).one()
    assert (product.weight_grams, product.shelf_life_days) == (1_000, 5)
    assert step.answer.headers["Location"] == f"/listings/new?product_id={product.id}"
    path = f"/listings/new?product_id={product.id}"
    page = browser.follow(browser.post("/listings/new", _listing(product), page=path))
    listing = session.scalars(select(Listing)).one()
    assert (listing.price, listing.stock, listing.marketplaces) == (35_000, 1_200, ["vendure"])
    assert page.has("approve")
    page = browser.follow(browser.post(f"/listings/{listing.id}/approve", page="/listings"))
    assert _publication(page) == "waiting"
    part = browser.get(f"/listings/{listing.id}/publications")
    assert part.all("publications")[0].get("hx-trigger") == "every 3s"
    page = browser.follow(browser.post(f"/listings/{listing.id}/withdraw", page="/listings"))
    session.expire_all()
    assert session.get_one(Listing, listing.id).status is ListingStatus.WITHDRAWN
    assert not page.has("withdraw")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", ""),
        ("price", "0"),
        ("price", "-1"),
        ("price", "1,5"),
        ("stock", ""),
        ("stock", "-1"),
        ("stock", "2,5"),
        ("stock", "1000000001"),
        ("marketplaces", ["sendo"]),
    ],
)
def test_bad_listings_are_told_and_not_stored(session: Session, enter: Enter, field: str, value: Any) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/new?product_id={product.id}"
    shown = browser.post("/listings/new", _listing(product, **{field: value}), page=path)
    assert shown.status == 422
    assert shown.error(field)
    other = "stock" if field == "price" else "price"
    assert shown.typed(other) == _listing(product)[other]
    assert session.scalar(select(func.count()).select_from(Listing)) == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("unit", ""), ("unit", "x" * 21), ("weight_grams", "0"), ("shelf_life_days", "x"),
     ("description", "x" * 2_001)],
)  # fmt: skip
def test_bad_products_are_told_and_not_stored(session: Session, enter: Enter, field: str, value: str) -> None:
    seller = builders.make_seller(session)
    browser = enter(builders.make_clerk(session))
    form = {"seller_id": str(seller.id), "name": "Mận", "unit": "kg", "description": "Ngon"}
    path = f"/products/new?seller_id={seller.id}"
    shown = browser.post("/products/new", form | {field: value}, page=path)
    assert shown.status == 422
    assert shown.error(field)
    assert session.scalar(select(func.count()).select_from(Product)) == 0


def test_what_is_missing_is_said_and_can_be_mended(session: Session, enter: Enter) -> None:
    product = builders.make_product(session, description=None)
    listing = builders.make_listing(session, product)
    browser = enter(builders.make_clerk(session))
    page = browser.get(f"/listings/{listing.id}")
    assert "Sàn cần lời giới thiệu sản phẩm" in page.text("missing")
    assert not page.has("approve")
    refused = browser.follow(browser.post(f"/listings/{listing.id}/approve", page="/listings"))
    assert refused.text("refused") == "Sàn cần lời giới thiệu sản phẩm"
    path = f"/products/{product.id}?listing_id={listing.id}"
    assert browser.get(path).error("description") == "Sàn cần lời giới thiệu sản phẩm"
    assert not browser.get(path).error("weight_grams")
    form = {"name": product.name, "unit": product.unit, "description": "Hái buổi sáng."}
    page = browser.follow(browser.post(path, form, page=path))
    assert not page.has("missing")
    assert page.has("approve")


def test_a_changed_product_is_published_once_it_is_approved_anew(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    listing = builders.make_listing(session, product)
    browser = enter(builders.make_clerk(session))
    browser.post(f"/listings/{listing.id}/approve", page="/listings")
    session.expire_all()
    before = session.get_one(Listing, listing.id).version
    form = {"name": "Mận hậu", "unit": "kg", "description": "Giòn."}
    browser.post(f"/products/{product.id}", form, page=f"/products/{product.id}")
    session.expire_all()
    changed = session.get_one(Listing, listing.id)
    assert changed.version == before + 1
    assert [publication.desired_version for publication in changed.publications] == [before]
    browser.post(f"/products/{product.id}", form, page=f"/products/{product.id}")
    session.expire_all()
    assert session.get_one(Listing, listing.id).version == before + 1, "the same again changes nothing"
    browser.post(f"/listings/{listing.id}/approve", page="/listings")
    session.expire_all()
    assert [publication.desired_version for publication in changed.publications] == [changed.version]


def test_without_the_households_consent_nothing_is_published(session: Session, enter: Enter) -> None:
    agreed = builders.consents(ConsentPurpose.REGISTRATION)
    household = builders.make_household(session, consents=agreed)
    seller = builders.make_seller(session, household_id=household.id)
    listing = builders.make_listing(session, builders.make_product(session, seller))
    browser = enter(builders.make_clerk(session))
    page = browser.follow(browser.post(f"/listings/{listing.id}/approve", page="/listings"))
    assert page.text("refused") == "Hộ chưa đồng ý cho đăng bán trên sàn"
    session.expire_all()
    assert session.get_one(Listing, listing.id).status is ListingStatus.DRAFT


def test_price_and_stock_are_changed_on_the_listing(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/{listing.id}"
    page = browser.follow(
        browser.post(path, {"price": "40.000", "stock": "7", "marketplaces": ["vendure"]}, page=path)
    )
    assert page.text("price") == "40.000 ₫"
    bad = browser.post(path, {"price": "40.000", "stock": "-7", "marketplaces": ["vendure"]}, page=path)
    assert bad.status == 422
    assert bad.typed("stock") == "-7"


def test_what_was_withdrawn_is_repriced_before_it_comes_back(session: Session, enter: Enter) -> None:
    listing = builders.make_approved_listing(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/{listing.id}"
    browser.post(f"{path}/withdraw", page="/listings")
    assert "duyệt lại thì mới lên sàn" in browser.get(path).words
    form = {"price": "41.000", "stock": "7", "marketplaces": ["vendure"]}
    page = browser.follow(browser.post(path, form, page=path))
    assert (page.text("price"), page.has("approve")) == ("41.000 ₫", True)
    browser.follow(browser.post(f"{path}/approve", page=path))
    session.expire_all()
    back = session.get_one(Listing, listing.id)
    assert (back.status, back.price, back.stock) == (ListingStatus.APPROVED, 41_000, 7)


def test_what_a_floor_answered_is_said_with_the_next_step(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session)
    browser = enter(builders.make_clerk(session))
    browser.post(f"/listings/{listing.id}/approve", page="/listings")
    session.expire_all()
    (publication,) = session.get_one(Listing, listing.id).publications
    publication.problems = [{"field": "price", "code": "x", "text": "Giá vượt mức mà sàn chứa được"}]
    publication.next_attempt_at = now()
    session.commit()
    path = f"/listings/{listing.id}/publications"
    waiting = browser.get(path)
    assert "Giá vượt mức mà sàn chứa được" in waiting.words
    assert "Thử lại lúc" in waiting.words
    assert waiting.all("publications")[0].get("hx-trigger") == "every 20s"
    publication.status = PublicationStatus.REJECTED
    session.commit()
    rejected = browser.get(path)
    assert "sàn được hỏi lần nữa" in rejected.words
    assert "hx-get" not in rejected.html
    publication.status, publication.problems = PublicationStatus.LISTED, []
    publication.external_url = "https://vendure.example/man"
    session.commit()
    listed = browser.get(path)
    assert listed.all("external")[0].get("href") == "https://vendure.example/man"


def test_listings_are_found(session: Session, enter: Enter) -> None:
    plums = builders.make_listing(session, builders.make_product(session, name="Mận tam hoa"))
    honey = builders.make_listing(session, builders.make_product(session, name="Mật ong"))
    browser = enter(builders.make_clerk(session))
    assert plums.product.name in browser.get("/listings?q=mận").words
    assert honey.product.name not in browser.get("/listings?q=mận").text("listings")
    assert browser.get("/listings?status=approved").has("empty")


def test_what_belongs_together_is_asked_for_beside_what_else_is_wrong(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    form = {
        "name": "Mận",
        "unit": "kg",
        "season_from": "6",
        "package_width": "20",
        "papers-0-name": "VietGAP",
    }
    shown = browser.post(path, form, page=path)
    assert shown.status == 422
    wrong = {"season_to", "package_length", "package_height", "papers-0-number", "papers-0-expires_on"}
    right = ("name", "season_from", "papers-0-name", "papers-1-name")
    assert {name for name in (*wrong, *right) if shown.error(name)} == wrong
    assert shown.typed("papers-0-name") == "VietGAP"


def test_papers_and_seasons_are_kept_and_shown_again(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    paper = {"papers-0-name": "VietGAP", "papers-0-number": "0123/2026", "papers-0-expires_on": "31/12/2027"}
    form = {
        "name": "Mận",
        "unit": "kg",
        "goods": "fruit",
        "season_from": "6",
        "season_to": "7",
        **paper,
    }
    browser.follow(browser.post(path, form, page=path))
    session.expire_all()
    found = session.get_one(Product, product.id)
    assert (found.goods, found.season_to, found.papers[0].number) == ("fruit", 7, "0123/2026")
    shown = browser.get(path)
    assert [shown.typed(name) for name in ("goods", "season_from")] == ["fruit", "6"]
    assert {name: shown.typed(name) for name in paper} == paper
    assert (shown.typed("papers-1-name"), shown.typed("papers-2-name")) == ("", None), "an empty row more"


def test_a_price_that_jumps_is_asked_about_on_the_page(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session, price=35_000)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/{listing.id}"
    form = {"price": "350.000", "stock": "3", "marketplaces": ["vendure"]}
    asked = browser.post(path, form, page=path)
    assert "chênh từ 10 lần trở lên" in (asked.error("price_is_right") or "")
    assert asked.typed("price") == "350.000"
    browser.follow(browser.post(path, form | {"price_is_right": "yes"}, page=path))
    session.expire_all()
    assert session.get_one(Listing, listing.id).price == 350_000


def test_photos_are_sent_and_laid_out_without_a_script(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}/photos"
    files = [(io.BytesIO(photo(400 + n, 400)), f"{n}.jpg") for n in range(2)]
    page = browser.follow(browser.post(path, {"file": files}, page=path))
    first, second = (found.get("data-photo") for found in page.tree.findall(".//li[@data-photo]"))
    page = browser.follow(
        browser.post(f"{path}/order", {"photo_ids": [first, second], "first": second}, page=path)
    )
    assert [found.get("data-photo") for found in page.tree.findall(".//li[@data-photo]")] == [second, first]
    refused = browser.post(path, {"file": [(io.BytesIO(b"text"), "a.jpg")]}, page=path)
    assert (refused.status, "không phải ảnh" in (refused.error("file") or "")) == (422, True)
    page = browser.follow(browser.post(f"{path}/{second}/remove", page=path))
    assert len(page.tree.findall(".//li[@data-photo]")) == 1


def test_photos_lead_back_to_the_offer_that_wanted_them(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session)
    browser = enter(builders.make_clerk(session))
    photos, offer = f"/products/{listing.product_id}/photos", f"?listing_id={listing.id}"
    path = photos + offer
    sent = browser.post(path, {"file": [(io.BytesIO(photo()), "1.jpg")]}, page=path)
    page = browser.get(path)
    assert page.all("done-photos")[0].get("href") == f"/listings/{listing.id}"
    (kept,) = (found.get("data-photo") for found in page.tree.findall(".//li[@data-photo]"))
    ordered = browser.post(f"{photos}/order{offer}", {"photo_ids": [kept]}, page=path)
    removed = browser.post(f"{photos}/{kept}/remove{offer}", page=path)
    assert {one.answer.headers["Location"] for one in (sent, ordered, removed)} == {path}


def test_the_desk_leads_to_a_sellers_shop_once_there_is_one(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    pages = (f"/sellers/{stall.seller_id}", f"/stalls/{stall.id}")
    browser = enter(builders.make_clerk(session))
    assert [browser.get(path).has("shop") for path in pages] == [False, False]
    product = builders.make_product(session, stall.seller)
    listing = builders.make_listing(session, product, marketplaces=["shop"])
    page = browser.follow(browser.post(f"/listings/{listing.id}/approve", page="/listings"))
    assert page.all("external")[0].get("href") == f"http://127.0.0.1:8000/shop/p/{listing.sku}"
    for path in pages:
        assert browser.get(path).all("shop")[0].get("href") == f"/shop/{stall.seller.code}", path


def test_what_a_floor_has_under_our_code_is_claimed_by_a_person(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    seller = session.get_one(Seller, stall.seller_id)
    listing = builders.make_approved_listing(session, builders.make_product(session, seller))
    (publication,) = listing.publications
    publication.status, publication.held_external_id = PublicationStatus.REJECTED, "99"
    publication.problems = [{"field": "sku", "code": "taken", "text": "Trên sàn đã có sản phẩm «Chổi đót»"}]
    session.commit()
    browser = enter(builders.make_stallholder(session, stall))
    page = browser.get(f"/listings/{listing.id}")
    assert page.has("claim")
    path = f"/listings/{listing.id}/publications/vendure/claim"
    page = browser.follow(browser.post(path, page=f"/listings/{listing.id}"))
    assert (_publication(page), page.has("claim")) == ("waiting", False)
    session.expire_all()
    assert publication.external_id == "99"
    stranger = enter(builders.make_stallholder(session, builders.make_stall(session)))
    assert stranger.post(path, page="/listings").status == 404


@pytest.mark.parametrize("status", [PublicationStatus.REJECTED, PublicationStatus.FAILED])
def test_what_was_broken_off_says_why_and_is_tried_again_by_one_tap(
    session: Session, enter: Enter, status: PublicationStatus
) -> None:
    listing = builders.make_listing(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/{listing.id}"
    browser.post(f"{path}/approve", page="/listings")
    assert not browser.get(path).has("retry")
    problems = [{"field": None, "code": "unavailable", "text": "Hệ thống gặp lỗi, kỹ thuật viên đã được báo"}]
    session.execute(update(Publication).values(status=status, problems=problems))
    session.commit()
    broken = browser.get(path)
    assert "Hệ thống gặp lỗi" in broken.words
    assert broken.has("retry")
    after = browser.follow(browser.post(f"{path}/retry", page=path))
    assert "Đang hỏi lại sàn" in after.words
    assert "Hệ thống gặp lỗi" in after.words, "until there is an answer"
    assert not after.has("retry")
