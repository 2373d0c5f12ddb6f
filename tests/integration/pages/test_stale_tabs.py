"""Two people, or two tabs of one, over the same form: nobody undoes what he did not touch."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Listing, Product
from services.listings import change_listing
from services.products import change_product
from tests import builders
from tests.integration.pages.conftest import Browser, Enter, Shown
from tests.integration.services.test_category_choices import TEA, choose, tell
from web.stall.products import ProductFacts

TOLD = "Vừa có người sửa ô này, nay là «%s». Hãy xem lại rồi ghi lại"
PAPER = {"name": "VietGAP", "number": "1"}


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_clerk(session))


@pytest.fixture
def listing(session: Session) -> Listing:
    return builders.make_listing(
        session, marketplaces=["postmart", "voso"], prices={"postmart": 36_000}, variant="Túi 1 kg"
    )


def _in_form(page: Shown) -> dict[str, Any]:
    """What a browser would send of a form that nobody has touched."""
    (form,) = (form for form in page.tree.iter("form") if form.find(".//*[@name='shown']") is not None)
    sent: dict[str, Any] = {}
    for field in form.iter():
        name, value = field.get("name", ""), _value(field)
        if name and value is not None and not name.endswith("-drop"):
            sent.setdefault(name, []).append(value)
    return sent


def _value(field: ET.Element) -> str | None:
    if field.tag == "textarea":
        return "".join(field.itertext()).replace("\n", "\r\n")
    if field.tag == "select":
        chosen = field.find("option[@selected]")
        return "" if chosen is None else chosen.get("value")
    if field.get("type") in {"checkbox", "radio"} and "checked" not in field.attrib:
        return None
    return field.get("value", "") if field.tag == "input" else None


def _now(session: Session, listing: Listing) -> dict[str, Any]:
    session.rollback()
    session.expire_all()
    found = session.get_one(Listing, listing.id)
    names = ("price", "own_prices", "marketplaces", "variant", "stock")
    return {name: getattr(found, name) for name in names}


def _change(session: Session, listing: Listing, **changes: Any) -> None:
    change_listing(session, builders.anybody(session), listing.id, **changes)
    session.commit()


def test_what_another_tab_wrote_stays_where_this_one_did_not_touch_it(
    session: Session, browser: Browser, listing: Listing
) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path))
    newer = {"price": 55_000, "prices": {"postmart": 56_000}, "variant": "Túi 2 kg"}
    _change(session, listing, **newer, marketplaces=["postmart", "voso", "shop"])
    browser.follow(browser.post(path, form | {"stock": "12"}, page=path))
    assert _now(session, listing) == {
        "price": 55_000,
        "own_prices": {"postmart": 56_000},
        "marketplaces": ["postmart", "shop", "voso"],
        "variant": "Túi 2 kg",
        "stock": 12,
    }


def test_each_floor_is_a_field_of_its_own(session: Session, browser: Browser, listing: Listing) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path))
    _change(session, listing, prices={"postmart": 37_000}, marketplaces=["postmart", "shop", "voso"])
    mine = {"prices-voso": "38.000", "marketplaces": ["voso", "postmart"]}
    browser.follow(browser.post(path, form | mine, page=path))
    found = _now(session, listing)
    assert found["own_prices"] == {"postmart": 37_000, "voso": 38_000}
    assert found["marketplaces"] == ["postmart", "shop", "voso"]


@pytest.mark.parametrize(
    ("field", "newer", "typed", "told", "stored"),
    [
        ("price", {"price": 55_000}, "60.000", "55.000 ₫", ("price", 60_000)),
        (
            "prices-postmart",
            {"prices": {"postmart": 37_000}},
            "38.000",
            "37.000 ₫",
            ("own_prices", {"postmart": 38_000}),
        ),
        ("variant", {"variant": "Túi 2 kg"}, "Túi 3 kg", "Túi 2 kg", ("variant", "Túi 3 kg")),
    ],
)
def test_what_both_changed_is_refused_once_with_the_newest(
    session: Session,
    browser: Browser,
    listing: Listing,
    field: str,
    newer: dict[str, Any],
    typed: str,
    told: str,
    stored: tuple[str, Any],
) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path))
    _change(session, listing, **newer)
    before = _now(session, listing)
    refused = browser.post(path, form | {field: typed, "stock": "12"}, page=path)
    assert (refused.status, refused.error(field)) == (422, TOLD % told)
    assert (refused.typed(field), refused.typed("stock")) == (typed, "12")
    assert _now(session, listing) == before
    browser.follow(browser.post(path, _in_form(refused), page=path))
    assert _now(session, listing) == before | dict([stored]) | {"stock": 12}


def test_what_another_emptied_is_told_so(session: Session, browser: Browser, listing: Listing) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path))
    _change(session, listing, variant=None)
    refused = browser.post(path, form | {"variant": "Túi 3 kg"}, page=path)
    assert refused.error("variant") == "Vừa có người xóa trống ô này. Hãy xem lại rồi ghi lại"


def test_a_refused_page_shows_what_was_not_touched_as_it_is_now(
    session: Session, browser: Browser, listing: Listing
) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path))
    _change(session, listing, price=55_000, variant="Túi 2 kg")
    refused = browser.post(path, form | {"price": "60.000"}, page=path)
    assert (refused.typed("price"), refused.typed("variant")) == ("60.000", "Túi 2 kg")


def test_the_same_sent_twice_is_no_quarrel(session: Session, browser: Browser, listing: Listing) -> None:
    path = f"/listings/{listing.id}"
    form = _in_form(browser.get(path)) | {"price": "55.000", "stock": "12"}
    for _ in range(2):
        browser.follow(browser.post(path, form, page=path))
    assert _now(session, listing)["price"] == 55_000


FULL = {
    "grade": "loại 1",
    "season_from": 5,
    "season_to": 7,
    "weight_grams": 1_000,
    "shelf_life_days": 5,
    "storage": "Nơi mát",
    "ocop_stars": 3,
    "planting_area_code": "LC-1",
    "gtin": "08938501019004",
    "description": "Một.\nHai.",
    "origin_commune": builders.BAC_HA,
} | dict.fromkeys(("package_length", "package_width", "package_height"), 20)
NEWER = {
    "name": "Mận hậu",
    "unit": "bó",
    "goods": "tea",
    "grade": "loại 2",
    "season_from": 6,
    "season_to": 8,
    "weight_grams": 2_000,
    "shelf_life_days": 6,
    "storage": "Tủ lạnh",
    "ocop_stars": 4,
    "planting_area_code": "LC-2",
    "gtin": None,
    "description": "Ba.",
    "origin_commune": builders.SA_PA,
} | dict.fromkeys(("package_length", "package_width", "package_height"), 30)


def _papers(day: str) -> list[dict[str, Any]]:
    row = ProductFacts(only=["papers"]).fields["papers"]
    return list(row.deserialize({0: PAPER | {"expires_on": day}}))


def _product(session: Session, product: Product) -> dict[str, Any]:
    session.rollback()
    session.expire_all()
    found = session.get_one(Product, product.id)
    return {name: getattr(found, name) for name in NEWER} | {
        "papers": [f"{paper.expires_on:%d/%m/%Y}" for paper in found.papers]
    }


def test_no_field_of_a_product_that_this_tab_did_not_touch_goes_back(
    session: Session, browser: Browser
) -> None:
    assert NEWER.keys() == ProductFacts().fields.keys() - {"papers"}
    product = builders.make_product(session, **FULL, papers=_papers("31/12/2027"))
    path = f"/products/{product.id}"
    form = _in_form(browser.get(path))
    newer = NEWER | {"papers": _papers("31/12/2028")}
    change_product(session, builders.anybody(session), product.id, **newer)
    session.commit()
    browser.follow(browser.post(path, form, page=path))
    assert _product(session, product) == NEWER | {"papers": ["31/12/2028"]}


@pytest.mark.parametrize(
    ("field", "newer", "typed", "told"),
    [
        ("name", {"name": "Mận hậu"}, "Mận cơm", "Mận hậu"),
        ("description", {"description": "Ba."}, "Bốn.", "Ba."),
        ("goods", {"goods": "tea"}, "honey", "Chè, trà"),
        ("origin_commune", {"origin_commune": builders.SA_PA}, "", "Phường Sa Pa"),
        ("papers-0-number", {"papers": _papers("31/12/2028")}, "7", "VietGAP, 1, 31/12/2028"),
    ],
)
def test_what_two_tabs_changed_of_a_product_is_refused_beside_it(
    session: Session, browser: Browser, field: str, newer: dict[str, Any], typed: str, told: str
) -> None:
    product = builders.make_product(session, **FULL, papers=_papers("31/12/2027"))
    path = f"/products/{product.id}"
    form = _in_form(browser.get(path)) | {"grade": "loại 3"}
    change_product(session, builders.anybody(session), product.id, **newer)
    session.commit()
    before = _product(session, product)
    refused = browser.post(path, form | {field: typed}, page=path)
    assert (refused.status, refused.error(field.partition("-")[0])) == (422, TOLD % told)
    assert (refused.typed(field), refused.typed("grade")) == (typed, "loại 3")
    assert _product(session, product) == before
    browser.follow(browser.post(path, _in_form(refused), page=path))
    after = _product(session, product)
    assert after["grade"] == "loại 3"
    assert after != before | {"grade": "loại 3"}, "what was typed, having seen the newest"


def test_what_floors_want_to_know_is_compared_wish_by_wish(session: Session, browser: Browser) -> None:
    tell(session)
    choose(session)
    product = builders.make_product(session, **TEA, attributes={"Vị": "chát", "bao quan": "tủ lạnh"})
    builders.make_listing(session, product, marketplaces=["shopee"])
    path = f"/products/{product.id}"
    form = _in_form(browser.get(path))
    newer = {"Vị": "chát", "Bảo quản": "Nơi khô"}
    change_product(session, builders.anybody(session), product.id, attributes=newer)
    session.commit()
    browser.follow(browser.post(path, form | {"attributes-1": "Bản Phố"}, page=path))
    session.expire_all()
    assert product.attributes == newer | {"Nơi làm ra": "Bản Phố"}
    change_product(
        session, builders.anybody(session), product.id, attributes=newer | {"Nơi làm ra": "Tả Van"}
    )
    session.commit()
    refused = browser.post(path, form | {"attributes-1": "Na Hối"}, page=path)
    assert refused.error("attributes-1") == TOLD % "Tả Van"
