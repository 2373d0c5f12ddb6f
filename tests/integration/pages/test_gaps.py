"""What a floor still wants of a listing stands in its card, with the way to fill it in."""

from sqlalchemy.orm import Session

from core.clock import now
from models import CategoryChoice, FloorCategory, FloorCategoryAttribute, Goods, User
from services.listings import approve_listing
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Enter
from tests.integration.pages.dom import words_of
from tests.integration.shop.conftest import store_photo
from tests.integration.workers.harness import carry


def test_floors_that_lack_something_say_so_and_hold_up_no_other(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session, marketplaces=["shop", "shopee"])
    browser = enter(builders.make_clerk(session))
    path = f"/listings/{listing.id}"
    page = browser.get(path)
    assert "Chưa lên được: Shopee" in page.text("held")
    assert (page.has("missing"), page.has("approve")) == (False, True)
    cards = {card.get("data-floor"): words_of(card) for card in page.all("draft")}
    assert "Sàn cần ít nhất 1 ảnh" in cards["shopee"]
    assert "Sàn cần" not in cards["shop"]
    product = f"/products/{listing.product_id}?listing_id={listing.id}#field-goods"
    assert product in {link.get("href") for link in page.tree.findall(".//details//a")}
    browser.follow(browser.post(f"{path}/approve", page=path))
    carry()
    page = browser.get(path)
    assert ("Sàn cần ít nhất 1 ảnh" in page.text("publications"), page.has("retry")) == (True, False)
    assert (page.has("held"), page.has("approve")) == (False, False)


def test_what_is_filled_in_and_waits_is_not_said_to_be_missing(session: Session, enter: Enter) -> None:
    listing = builders.make_listing(session, marketplaces=["shop", "shopee"])
    approve_listing(session, builders.anybody(session), listing.id)
    session.commit()
    carry()
    browser = enter(builders.make_clerk(session))
    facts = {"weight_grams": 1_000, "goods": Goods.FRUIT}
    change_product(session, builders.anybody(session), listing.product_id, **facts)
    store_photo(session, listing.product)
    page = browser.get(f"/listings/{listing.id}")
    assert "Chưa lên được: Shopee" in page.text("held")
    assert "Chưa biết ngành hàng" in page.text("publications")
    assert "Sàn cần" not in page.text("publications")
    session.add(FloorCategory(marketplace="shopee", external_id="2", name="Quả", path="Quả", is_leaf=True))
    session.flush()
    session.add(CategoryChoice(marketplace="shopee", goods=Goods.FRUIT, category_id="2"))
    session.commit()
    page = browser.get(f"/listings/{listing.id}")
    assert "Đã điền, chờ duyệt" in page.text("publications")
    assert (page.has("held"), page.has("approve")) == (False, True)


def test_a_closed_category_sends_sellers_to_no_form_and_administrators_to_the_choice(
    session: Session, enter: Enter
) -> None:
    place = {"marketplace": "shopee", "external_id": "2", "is_leaf": True, "closed_at": now()}
    session.add(FloorCategory(**place, name="Quả", path="Quả"))
    session.flush()
    session.add(CategoryChoice(marketplace="shopee", goods=Goods.FRUIT, category_id="2"))
    product = builders.make_product(session, goods=Goods.FRUIT, weight_grams=1_000)
    store_photo(session, product)
    listing = builders.make_listing(session, product, marketplaces=["shopee"])
    session.commit()
    path, words = f"/listings/{listing.id}", "Sàn đã đóng ngành hàng của loại này; hãy báo người quản trị"

    def links(person: User) -> set[str | None]:
        page = enter(person).get(path)
        assert words in page.text("missing")
        return {link.get("href") for link in page.all("missing")[0].findall(".//a")}

    assert links(builders.make_clerk(session)) == set()
    assert links(builders.make_administrator(session)) == {"/admin/floor-categories/shopee/fruit"}
    form = enter(builders.make_clerk(session)).get(f"/products/{product.id}?listing_id={listing.id}")
    assert form.error("goods") is None


def test_a_draft_shows_its_photos_its_category_and_what_is_said_there(session: Session, enter: Enter) -> None:
    place = {"marketplace": "shopee", "external_id": "2"}
    session.add(
        FloorCategory(**place, name="Quả", path="Thực phẩm > Quả", is_leaf=True, attributes_read_at=now())
    )
    session.flush()
    asked = {"marketplace": "shopee", "category_id": "2", "required": True}
    given = [{"value": "17", "name": "Việt Nam"}]
    session.add_all(
        [
            FloorCategoryAttribute(
                **asked, attribute_id="9", place=1, name="Xuất xứ", free_text=False, given=given
            ),
            FloorCategoryAttribute(**asked, attribute_id="8", place=2, name="Mùa", free_text=True, given=[]),
            CategoryChoice(marketplace="shopee", goods=Goods.FRUIT, category_id="2"),
        ]
    )
    attributes = {"Xuất xứ": "Việt Nam", "Mùa": "tháng 6"}
    product = builders.make_product(session, goods=Goods.FRUIT, weight_grams=1_000, attributes=attributes)
    photo = store_photo(session, product)
    listing = builders.make_listing(session, product, marketplaces=["shopee"])
    session.commit()
    page = enter(builders.make_clerk(session)).get(f"/listings/{listing.id}")
    assert page.text("draft-category") == "Thực phẩm > Quả"
    (said,), (photos,) = page.all("draft-attributes"), page.all("draft-photos")
    assert [words_of(part) for part in said] == ["Xuất xứ", "Việt Nam", "Mùa", "tháng 6"]
    (shown,) = photos.findall("img")
    assert str(photo.id) in shown.get("src", "")
