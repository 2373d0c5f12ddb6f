"""A product on the page: where it comes from, a second size of it, and finding it again."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Listing, Product
from services.listings import list_drafts
from tests import builders
from tests.builders import BAC_HA, SA_PA
from tests.integration.pages.conftest import Enter, Shown
from tests.integration.services.test_category_choices import TEA, choose, describe, tell
from web.stall.listings import MOST_UNPRICED

FACTS = {"name": "Mận tam hoa", "unit": "kg", "description": "Hái buổi sáng."}


def new_form(product: Product, **typed: str) -> dict[str, str]:
    return {**FACTS, "id": str(new_id()), "seller_id": str(product.seller_id), **typed}


def origin_of(session: Session, product: Product) -> str | None:
    session.expire_all()
    return session.get_one(Product, product.id).origin_commune


def offered_codes(shown: Shown) -> list[str | None]:
    return [found.get("value") for found in shown.tree.findall(".//input[@name='origin_commune']")]


def unpriced(shown: Shown) -> list[str | None]:
    return [link.get("href") for found in shown.all("unpriced") for link in found.iter("a")]


def step_on(product: Product) -> str:
    return f"/listings/new?product_id={product.id}"


def test_a_new_product_comes_from_where_its_seller_is(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    browser = enter(builders.make_stallholder(session, stall))
    page = f"/products/new?seller_id={stall.seller_id}"
    shown = browser.get(page)
    assert (shown.typed("origin_commune"), offered_codes(shown)) == (BAC_HA, [BAC_HA, ""])
    form = {**FACTS, "seller_id": str(stall.seller_id), "origin_commune": shown.typed("origin_commune")}
    assert browser.post("/products/new", form, page=page).status == 303
    listing = builders.make_listing(session, session.scalars(select(Product)).one())
    (draft,) = list_drafts(listing)
    assert draft.title == "Mận tam hoa – Bắc Hà (kg)"
    assert "Nơi trồng, làm ra: Bắc Hà, Lào Cai" in draft.description


def test_a_product_may_come_from_elsewhere_or_from_nowhere_in_particular(
    session: Session, enter: Enter
) -> None:
    product = builders.make_product(session, origin_commune=SA_PA)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    assert browser.get(path).typed("origin_commune") == SA_PA, "which this clerk does not serve"
    browser.post(path, {**FACTS, "name": "Mận hậu", "origin_commune": SA_PA}, page=path)
    assert origin_of(session, product) == SA_PA
    browser.post(path, FACTS, page=path)
    assert origin_of(session, product) == SA_PA, "only a tap takes it away"
    browser.post(path, {**FACTS, "origin_commune": ""}, page=path)
    assert origin_of(session, product) is None


@pytest.mark.parametrize("code", ["00000", "15", "x" * 11])
def test_an_unknown_commune_is_refused_beside_the_field(session: Session, enter: Enter, code: str) -> None:
    product = builders.make_product(session, origin_commune=SA_PA)
    browser = enter(builders.make_clerk(session))
    for path, form in (
        ("/products/new", new_form(product, origin_commune=code)),
        (f"/products/{product.id}", {**FACTS, "origin_commune": code}),
    ):
        shown = browser.post(path, form, page="/listings")
        assert shown.status == 422
        assert shown.error("origin_commune")
        assert shown.typed("name") == "Mận tam hoa"
    assert origin_of(session, product) == SA_PA
    assert session.scalar(select(func.count()).select_from(Product)) == 1


@pytest.mark.parametrize("chosen", [{}, {"origin_commune": BAC_HA}])
def test_a_commune_that_is_typed_must_be_chosen(
    session: Session, enter: Enter, chosen: dict[str, str]
) -> None:
    product = builders.make_product(session, origin_commune=BAC_HA)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    form = {**FACTS, "commune_query": "sa pa"}
    shown = browser.post(path, form | chosen, page=path)
    assert shown.error("origin_commune") == "Hãy chọn một xã trong danh sách, hoặc xóa chữ đã gõ"
    assert SA_PA in offered_codes(shown)
    assert origin_of(session, product) == BAC_HA
    assert browser.post(path, form | {"origin_commune": SA_PA}, page=path).status == 303
    assert origin_of(session, product) == SA_PA


def test_what_is_chosen_stays_while_one_types(session: Session, enter: Enter) -> None:
    browser = enter(builders.make_stallholder(session, builders.make_stall(session)))
    path = f"/communes?name=origin_commune&commune_query=sa+pa&origin_commune={BAC_HA}"
    part = browser.get(path)
    assert part.typed("origin_commune") == BAC_HA
    assert SA_PA in offered_codes(part)


def test_a_floor_that_wants_to_know_the_commune_leads_to_its_field(session: Session, enter: Enter) -> None:
    tell(session)
    choose(session)
    describe(session, of_10="{commune}", of_11="Tủ lạnh")
    product = builders.make_product(session, **TEA | {"origin_commune": None})
    listing = builders.make_listing(session, product, marketplaces=["shopee"])
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}?listing_id={listing.id}"
    links = [link.get("href") for link in browser.get(f"/listings/{listing.id}").tree.iter("a")]
    assert path in links
    assert browser.get(path).error("origin_commune") == "Sàn cần biết «Nơi làm ra»; hãy điền ô này"
    form = {**FACTS, "goods": "tea", "origin_commune": BAC_HA}
    page = browser.follow(browser.post(path, form, page=path))
    assert "Nơi làm ra" not in page.text("missing")


def test_what_a_floor_wants_to_know_beyond_is_asked_for_and_kept(session: Session, enter: Enter) -> None:
    tell(session)
    choose(session)
    own = {"Vị": "chát", "bao quan": "tủ lạnh"}
    product = builders.make_product(session, **TEA, attributes=own)
    listing = builders.make_listing(session, product, marketplaces=["shopee"])
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}?listing_id={listing.id}"
    shown = browser.get(path)
    assert shown.error("attributes-1") == "Sàn cần biết «Nơi làm ra»; hãy điền ô này"
    assert (shown.typed("attributes-0"), shown.typed("attributes-1")) == ("Tủ lạnh", "")
    form = {**FACTS, "goods": "tea", "attributes-0": "Gác bếp", "attributes-1": "Bản Phố"}
    refused = browser.post(path, form, page=path)
    assert (refused.status, refused.error("attributes-0")) == (422, "Không có lựa chọn này")
    assert refused.typed("attributes-1") == "Bản Phố"
    browser.follow(browser.post(path, form | {"attributes-0": "Nơi khô"}, page=path))
    session.expire_all()
    assert product.attributes == {"Vị": "chát", "Bảo quản": "Nơi khô", "Nơi làm ra": "Bản Phố"}
    (draft,) = list_drafts(listing)
    assert draft.attributes == {"10": "Bản Phố", "11": "id:5", "12": "chát"}
    browser.follow(browser.post(path, form | {"attributes-0": "", "attributes-1": ""}, page=path))
    session.expire_all()
    assert product.attributes == {"Vị": "chát"}


def test_a_product_of_which_no_floor_wants_more_keeps_its_attributes(session: Session, enter: Enter) -> None:
    product = builders.make_product(session, attributes={"Vị": "ngọt"})
    builders.make_listing(session, product)
    browser = enter(builders.make_clerk(session))
    path = f"/products/{product.id}"
    assert "Sàn muốn biết thêm" not in browser.get(path).words
    browser.post(path, {**FACTS, "name": "Mận hậu", "attributes-0": "chua"}, page=path)
    session.expire_all()
    assert (product.name, product.attributes) == ("Mận hậu", {"Vị": "ngọt"})


def test_a_second_size_is_offered_from_the_first_ones_page(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    product = builders.make_product(session, stall.seller)
    first = builders.make_listing(session, product, variant="Túi 1 kg", price=35_000)
    browser = enter(builders.make_stallholder(session, stall))
    for path in (f"/listings/{first.id}", f"/products/{product.id}"):
        assert browser.get(path).all("another-size")[0].get("href") == step_on(product), path
    shown = browser.get(step_on(product))
    assert "Túi 1 kg, 35.000 ₫" in shown.text("offers")
    form = {
        "id": str(new_id()),
        "product_id": str(product.id),
        "variant": "Thùng 10 kg",
        "price": "300.000",
        "stock": "4",
    }
    browser.follow(browser.post("/listings/new", form, page=step_on(product)))
    offers = session.execute(select(Listing.variant, Listing.price).where(Listing.product_id == product.id))
    assert sorted(map(tuple, offers)) == [("Thùng 10 kg", 300_000), ("Túi 1 kg", 35_000)]


def test_the_same_size_again_is_told_with_the_way_to_what_there_is(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    product = builders.make_product(session, stall.seller)
    first = builders.make_listing(session, product, variant="Túi 1 kg")
    browser = enter(builders.make_stallholder(session, stall))
    terms = {"variant": "túi 1 kg", "price": "36.000", "stock": "4"}
    form = terms | {"id": str(new_id()), "product_id": str(product.id)}
    refused = browser.post("/listings/new", form, page=step_on(product))
    assert (refused.status, refused.typed("price")) == (422, "36.000")
    assert first.sku in (refused.error("variant") or "")
    assert refused.all("same-offer")[0].get("href") == f"/listings/{first.id}"
    other = builders.make_listing(session, product, variant="Túi 2 kg")
    refused = browser.post(f"/listings/{other.id}", terms, page=f"/listings/{other.id}")
    assert (refused.status, refused.typed("stock")) == (422, "4")
    assert refused.all("same-offer")[0].get("href") == f"/listings/{first.id}"


def test_old_doubles_tell_of_each_other_on_their_pages(session: Session, enter: Enter) -> None:
    first = builders.make_listing(session)
    browser = enter(builders.make_clerk(session))
    assert not browser.get(f"/listings/{first.id}").has("doubled")
    facts = {"price": 35_000, "stock": 4, "marketplaces": [], "doubled": True}
    double = Listing(product_id=first.product_id, **facts)
    session.add(double)
    session.commit()
    assert double.sku in browser.get(f"/listings/{first.id}").text("doubled")
    assert first.sku in browser.get(f"/listings/{double.id}").text("doubled")
    browser.post(f"/listings/{double.id}/withdraw", page=f"/listings/{double.id}")
    for listing in (first, double):
        assert not browser.get(f"/listings/{listing.id}").has("doubled")


def test_a_product_without_a_price_is_found_again(session: Session, enter: Enter) -> None:
    stall = builders.make_stall(session)
    product = builders.make_product(session, stall.seller)
    builders.make_listing(session, builders.make_product(session, stall.seller))
    others = builders.make_product(session, builders.make_seller(session))
    browser = enter(builders.make_stallholder(session, stall))
    assert unpriced(browser.get("/listings")) == [step_on(product)]
    assert unpriced(browser.get("/listings?status=approved")) == []
    clerk = enter(builders.make_clerk(session))
    assert unpriced(clerk.get("/listings")) == [step_on(others), step_on(product)]
    assert unpriced(clerk.get(f"/listings?q={product.name}")) == [step_on(product)]
    far = enter(builders.make_clerk(session, SA_PA)).get("/listings")
    assert (unpriced(far), far.has("empty")) == ([], True)
    builders.make_listing(session, product)
    session.commit()
    assert unpriced(enter(builders.make_stallholder(session, stall)).get("/listings")) == []


def test_many_products_without_a_price_are_told_page_by_page(session: Session, enter: Enter) -> None:
    seller = builders.make_seller(session)
    made = [step_on(builders.make_product(session, seller)) for _ in range(MOST_UNPRICED + 1)]
    browser = enter(builders.make_clerk(session))
    first = browser.get("/listings")
    assert not first.has("empty")
    rest = browser.get(str(first.all("more-unpriced")[0].get("href")))
    assert [*unpriced(first), *unpriced(rest)] == made[::-1]
    assert not rest.has("more-unpriced")
