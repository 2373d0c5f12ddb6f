"""The administrator chooses where goods stand on the floors, and what is said of them there."""

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.categories import FloorAttribute, GivenValue, Node, with_paths
from models import AttributeTemplate, CategoryChoice, Goods, OutboxEvent
from services.category_choices import FACTS, choose_category
from services.floor_catalogue import take_catalogue
from tests import builders
from tests.builders import anybody
from tests.integration.pages.conftest import Browser, Enter
from web.admin import categories

PAGE = "/admin/floor-categories/shopee/tea"
ORIGIN = FloorAttribute("10", "Nơi làm ra (100%)", True, (), free_text=True)
STORAGE = FloorAttribute("11.a", "Bảo quản", True, (GivenValue("id:5", "Nơi khô"),), free_text=False)
TASTE = FloorAttribute("12", "Vị", False, (GivenValue("id:7", "Ngọt"),), free_text=True)
NODES = (
    Node("1", "", "Thực phẩm", False),
    Node("2", "1", "Chè khô", True),
    Node("3", "1", "Mật ong", True),
    Node("4", "", "Chè, trà đóng gói", True),
)


@pytest.fixture(autouse=True)
def tree(session: Session) -> None:
    tell(session)


def tell(session: Session, *without: str) -> None:
    nodes = [node for node in NODES if node.id not in without]
    take_catalogue(session, "shopee", with_paths(nodes), {"2": [ORIGIN, STORAGE, TASTE], "3": []})
    session.commit()


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(builders.make_administrator(session))


def choose(session: Session, category: str = "2") -> None:
    choose_category(session, anybody(session), "shopee", Goods.TEA, category_id=category)
    session.commit()


def test_a_category_is_found_by_words_without_accents_and_chosen(session: Session, browser: Browser) -> None:
    assert "Chưa chọn" in browser.get("/admin/floor-categories").html
    found = browser.get(f"{PAGE}?q=che+thuc")
    numbers = [item.get("data-category") for item in found.tree.findall(".//*[@data-category]")]
    assert numbers == ["2"]
    answer = browser.post(f"{PAGE}/choose", {"category_id": "2"}, page=f"{PAGE}?q=che+thuc")
    assert answer.location == PAGE
    assert session.get_one(CategoryChoice, ("shopee", Goods.TEA)).category_id == "2"
    assert "Thực phẩm › Chè khô" in browser.get(PAGE).html
    assert "Còn 2 điều chưa điền" in browser.get("/admin/floor-categories").html


def test_nothing_is_found_is_said(browser: Browser) -> None:
    assert browser.get(f"{PAGE}?q=%25").has("empty")
    assert not browser.get(PAGE).has("empty")


def test_a_category_that_cannot_be_is_told(session: Session, browser: Browser) -> None:
    browser.post(f"{PAGE}/choose", {"category_id": "1"}, page=f"{PAGE}?q=mat")
    assert "Sàn không có (hoặc đã đóng) ngành hàng này" in browser.get(PAGE).html
    assert session.get(CategoryChoice, ("shopee", Goods.TEA)) is None


def test_attributes_are_described_and_wrong_ones_told_beside_their_field(
    session: Session, browser: Browser
) -> None:
    choose(session)
    wrong = browser.post(PAGE, {"attribute_0": "{xa}", "attribute_1": "id:5"}, page=PAGE)
    assert wrong.status in {400, 422}
    assert wrong.error("attribute_0") == "Không có dữ kiện nào tên là xa"
    assert 'value="{xa}"' in wrong.html, "what was typed is kept"
    assert session.scalars(select(AttributeTemplate)).all() == []
    right = browser.post(
        PAGE, {"attribute_0": "Xã {commune}", "attribute_1": "id:5", "attribute_2": ""}, page=PAGE
    )
    assert right.location == PAGE
    made = {one.attribute_id: (one.value, one.words) for one in session.scalars(select(AttributeTemplate))}
    assert made == {"10": (None, "Xã {commune}"), "11.a": ("id:5", None)}
    shown = browser.get(PAGE)
    assert 'value="Xã {commune}"' in shown.html
    assert not shown.has("publish"), "its listings have been asked for"


def test_a_closed_category_is_shown_as_such(session: Session, browser: Browser) -> None:
    choose(session)
    tell(session, "2")
    assert browser.get(PAGE).has("closed")
    assert browser.get("/admin/floor-categories").has("closed")


def test_listings_can_be_published_though_templates_do_not_say_everything(
    session: Session, browser: Browser
) -> None:
    choose(session)
    assert browser.get(PAGE).has("publish")
    browser.post(f"{PAGE}/publish", {}, page=PAGE)
    assert not browser.get(PAGE).has("publish")


def test_what_a_category_wants_is_being_read(session: Session, browser: Browser) -> None:
    choose(session, "4")
    assert browser.get(PAGE).has("reading")
    choose(session, "3")
    assert browser.get(PAGE).has("nothing-more")


def test_a_floor_is_read_when_somebody_asks(
    session: Session, browser: Browser, disconnect: Callable[..., None]
) -> None:
    disconnect("lazada")
    lazada, path = (f"/admin/floor-categories/{name}/read" for name in ("lazada", "shopee"))
    assert browser.post(lazada, {}, page="/admin/people/new?role=officer").status == 404
    browser.post(path, {}, page="/admin/people/new?role=officer")
    polls = select(OutboxEvent.payload).where(OutboxEvent.type == "category_poll.fallen_due.v1")
    assert session.scalars(polls).all() == [{"marketplace": "shopee"}]


@pytest.mark.parametrize("path", ["vendure/tea", "shopee/xe", "nowhere/tea"])
def test_what_there_is_not_is_not_found(browser: Browser, path: str) -> None:
    assert browser.get(f"/admin/floor-categories/{path}").status == 404


def test_every_fact_has_words() -> None:
    assert set(categories.FACTS) == FACTS
