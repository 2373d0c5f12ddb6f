"""Where goods stand on floors, what is said of them there, and who is asked to publish anew."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Forbidden, InvalidInput, NotFound
from gateways.categories import FloorAttribute, GivenValue, Node, with_paths
from models import (
    AuditEntry,
    CategoryChoice,
    Certificate,
    FloorCategory,
    Goods,
    Listing,
    OutboxEvent,
    Publication,
)
from services import category_choices
from services.access import actor_of
from services.category_choices import choose_category, set_templates
from services.floor_attributes import Wish, wishes_of
from services.floor_catalogue import take_catalogue
from services.offers import Draft, draft_for, facts_of
from services.publication_requests import request_publications
from services.publishing import begin_publication
from services.said import said_now
from tests import builders
from tests.builders import BAC_HA, anybody
from tests.integration.shop.conftest import store_photo

ORIGIN = FloorAttribute("10", "Nơi làm ra", True, (), free_text=True)
STORAGE = FloorAttribute(
    "11", "Bảo quản", True, (GivenValue("id:5", "Nơi khô"), GivenValue("id:6", "Tủ lạnh")), free_text=False
)
TASTE = FloorAttribute("12", "Vị", False, (GivenValue("id:7", "Ngọt"),), free_text=True)
NODES = (
    Node("1", "", "Thực phẩm", False),
    Node("2", "1", "Chè", True),
    Node("3", "1", "Mật ong", True),
)
TEA: dict[str, Any] = {"goods": Goods.TEA, "weight_grams": 200, "origin_commune": BAC_HA}


@pytest.fixture(autouse=True)
def tree(session: Session) -> None:
    """Shopee has told its categories: tea wants to know three things, honey nothing."""
    tell(session)


def tell(
    session: Session, *, without: str = "", wanted: tuple[FloorAttribute, ...] = (ORIGIN, STORAGE, TASTE)
) -> None:
    nodes = [node for node in NODES if node.id != without]
    take_catalogue(session, "shopee", with_paths(nodes), {"2": wanted, "3": []})
    session.commit()
    session.expire_all()


def choose(session: Session, category: str = "2", goods: Goods = Goods.TEA) -> CategoryChoice:
    choice = choose_category(session, anybody(session), "shopee", goods, category_id=category)
    session.commit()
    return choice


def describe(session: Session, **typed: str) -> None:
    said = {name.removeprefix("of_"): words for name, words in typed.items()}
    set_templates(session, anybody(session), "shopee", Goods.TEA, said)
    session.commit()


def tea(session: Session, **facts: Any) -> Listing:
    return builders.make_listing(session, builders.make_product(session, **TEA | facts))


def draft(session: Session, **facts: Any) -> Draft:
    return draft_for(tea(session, **facts), "shopee", 1)


def gaps(found: Draft) -> list[str]:
    return [gap.field for gap in found.missing]


def asked(session: Session) -> list[str]:
    """The floors that were asked to publish since the last look."""
    session.rollback()
    query = select(OutboxEvent).where(OutboxEvent.type == "publication.requested.v1").order_by(OutboxEvent.id)
    found = session.scalars(query).all()
    floors = [event.payload["marketplace"] for event in found]
    for one in found:
        session.delete(one)
    session.commit()
    return floors


def test_a_chosen_category_is_where_such_goods_stand(session: Session) -> None:
    assert "goods" in gaps(draft(session))
    choose(session, "3")
    found = draft(session)
    assert (found.category, gaps(found)) == ("3", [])
    assert draft(session, goods=Goods.HONEY).category is None, "of other goods nothing was said"


def test_templates_say_what_the_category_wants(session: Session) -> None:
    choose(session)
    assert gaps(draft(session)) == ["attributes.Nơi làm ra", "attributes.Bảo quản"]
    describe(session, of_10="{commune}, {province}", of_11="id:6")
    found = draft(session)
    assert found.attributes == {"10": "Bắc Hà, Lào Cai", "11": "id:6"}
    assert found.missing == ()


def test_a_fact_that_a_template_wants_is_asked_for_in_its_own_field(session: Session) -> None:
    choose(session)
    describe(session, of_10="{commune}", of_11="Tủ lạnh")
    found = draft(session, origin_commune=None)
    assert (gaps(found), found.attributes) == (["origin_commune"], {"11": "id:6"})
    assert "Nơi làm ra" in found.missing[0].text


def test_a_template_knows_how_heavy_a_kilogram_is(session: Session) -> None:
    choose(session)
    describe(session, of_10="{weight}", of_11="id:6")
    assert draft(session, unit="kg", weight_grams=None).attributes["10"] == "1 kg"
    assert gaps(draft(session, unit="gói", weight_grams=None)) == ["weight_grams", "weight_grams"]


def test_what_is_not_required_is_left_out_where_it_cannot_be_said(session: Session) -> None:
    choose(session)
    describe(session, of_10="{commune}", of_11="id:6", of_12="{grade}")
    assert draft(session).missing == ()
    assert "12" not in draft(session).attributes
    assert draft(session, grade="đậm").attributes["12"] == "đậm"


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"10": "Bản Phố"}, {"10": "Bản Phố", "11": "id:6"}),
        ({"noi lam ra": "Bản Phố"}, {"10": "Bản Phố", "11": "id:6"}),
        ({"Bảo quản": "nơi khô"}, {"10": "Bắc Hà", "11": "id:5"}),
        ({"Bảo quản": "gác bếp"}, {"10": "Bắc Hà", "11": "id:6"}),
        ({"mùa": "tháng 6", "VỊ": "chát"}, {"10": "Bắc Hà", "11": "id:6", "12": "chát"}),
    ],
)
def test_what_the_product_says_itself_goes_before_templates(
    session: Session, own: dict[str, str], said: dict[str, str]
) -> None:
    """By the attribute's number or name; what the category does not know is not sent."""
    choose(session)
    describe(session, of_10="{commune}", of_11="id:6")
    assert draft(session, attributes=own).attributes == said


def test_a_value_that_the_floor_took_back_is_a_gap(session: Session) -> None:
    choose(session)
    describe(session, of_10="{commune}", of_11="id:6")
    tell(session, wanted=(ORIGIN, FloorAttribute("11", "Bảo quản", True, STORAGE.values[:1], False)))
    assert gaps(draft(session)) == ["attributes.Bảo quản"]


def test_what_no_template_says_is_for_the_seller_to_say(session: Session) -> None:
    choose(session)
    describe(session, of_10="{commune}")
    listing = tea(session, origin_commune=None)
    listing.marketplaces = ["shop", "shopee"]
    session.commit()
    assert wishes_of(listing.product, [listing]) == [Wish("Bảo quản", ("Nơi khô", "Tủ lạnh"))]
    assert wishes_of(listing.product, []) == []
    listing.product.attributes = {"bao quan": "tủ lạnh"}
    assert wishes_of(listing.product, [listing]), "it can be said otherwise"
    listing.product.attributes = {"11": "id:5"}
    session.commit()
    assert wishes_of(listing.product, [listing]) == [], "said by the floor's own number"


def test_a_category_that_its_floor_closed_is_a_gap(session: Session) -> None:
    choose(session, "3")
    tell(session, without="3")
    found = draft(session)
    assert (found.category, gaps(found)) == ("3", ["goods"])
    assert "đã đóng" in found.missing[0].text


@pytest.mark.parametrize("category", ["1", "99", "3"])
def test_only_open_leaves_can_be_chosen(session: Session, category: str) -> None:
    tell(session, without="3")
    with pytest.raises(InvalidInput) as caught:
        choose(session, category)
    assert list(caught.value.errors) == ["category_id"]


def test_only_administrators_choose(session: Session) -> None:
    clerk = actor_of(builders.make_clerk(session))
    for act in (
        lambda: choose_category(session, clerk, "shopee", Goods.TEA, category_id="2"),
        lambda: set_templates(session, clerk, "shopee", Goods.TEA, {}),
        lambda: category_choices.read_anew(session, clerk, "shopee"),
        lambda: category_choices.ask_anyway(session, clerk, "shopee", Goods.TEA),
    ):
        with pytest.raises(Forbidden):
            act()


def test_floors_without_categories_have_none_to_choose(
    session: Session, disconnect: Callable[..., None]
) -> None:
    disconnect("lazada")
    with pytest.raises(NotFound):
        choose_category(session, anybody(session), "vendure", Goods.TEA, category_id="2")
    with pytest.raises(NotFound):
        set_templates(session, anybody(session), "shopee", Goods.TEA, {})
    with pytest.raises(NotFound):
        category_choices.read_anew(session, anybody(session), "lazada")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"10": "{commune"}, "10"),
        ({"10": "{}"}, "10"),
        ({"10": "{commune.code}"}, "10"),
        ({"10": "{commune!r}"}, "10"),
        ({"10": "{secret}"}, "10"),
        ({"10": "x" * 201}, "10"),
        ({"11": "gác bếp"}, "11"),
    ],
)
def test_a_template_that_cannot_be_is_refused_beside_its_attribute(
    session: Session, typed: dict[str, str], wrong: str
) -> None:
    choose(session)
    describe(session, of_10="{commune}", of_11="id:5")
    with pytest.raises(InvalidInput) as caught:
        set_templates(session, anybody(session), "shopee", Goods.TEA, {"10": "a", "11": "id:6"} | typed)
    assert list(caught.value.errors) == [wrong]
    session.rollback()
    assert draft(session).attributes == {"10": "Bắc Hà", "11": "id:5"}, "nothing is half-stored"


def test_templates_name_the_facts_that_there_are(session: Session) -> None:
    whole = {
        "variant": "Túi", "grade": "1", "season_from": 3, "season_to": 4, "storage": "Khô", "shelf_life_days": 9,
        "ocop_stars": 4, "planting_area_code": "VN-1", "unit": "chai",
    }  # fmt: skip
    variant = whole.pop("variant")
    listing = tea(session, **whole)
    listing.variant = str(variant)
    today = business_day(now())
    listing.product.papers = [Certificate(name="VietGAP", number="1", expires_on=today)]
    assert set(facts_of(said_now(listing), today)) == category_choices.FACTS


def test_approved_listings_are_published_anew_on_that_floor_only(session: Session) -> None:
    standing = [
        builders.make_approved_listing(session, builders.make_product(session, **TEA), ("shopee", "vendure"))
        for _ in range(3)
    ]
    request_publications(session, standing)
    draft_only = tea(session)
    elsewhere = builders.make_approved_listing(session, builders.make_product(session, **TEA), ("vendure",))
    session.commit()
    asked(session)
    choose(session, "3")
    assert asked(session) == ["shopee"] * 3
    session.expire_all()
    assert {listing.version for listing in standing} == {2}
    assert (draft_only.version, elsewhere.version) == (1, 1)
    choose(session, "3")
    assert asked(session) == [], "nothing has changed"


def test_listings_wait_until_all_that_is_required_is_said(session: Session) -> None:
    builders.make_approved_listing(session, builders.make_product(session, **TEA), ("shopee",))
    listing = session.scalars(select(Listing)).one()
    session.add(Publication(listing_id=listing.id, marketplace="shopee", desired_version=1))
    session.commit()
    asked(session)
    choose(session)
    describe(session, of_10="{commune}")
    assert asked(session) == []
    describe(session, of_10="{commune}", of_11="id:5")
    assert asked(session) == ["shopee"]
    category_choices.ask_anyway(session, anybody(session), "shopee", Goods.TEA)
    session.commit()
    assert asked(session) == ["shopee"]


def test_a_choice_whose_wishes_are_unknown_has_them_read_and_is_asked_for_then(session: Session) -> None:
    session.execute(update(FloorCategory).values(attributes_read_at=None))
    session.commit()
    choose(session, "3")
    polls = select(OutboxEvent.payload).where(OutboxEvent.type == "category_poll.fallen_due.v1")
    assert session.scalars(polls).all() == [{"marketplace": "shopee"}]
    assert session.get_one(CategoryChoice, ("shopee", Goods.TEA)).asked_at is None
    tell(session)
    category_choices.ask_listings(session, "shopee")
    session.commit()
    session.expire_all()
    assert session.get_one(CategoryChoice, ("shopee", Goods.TEA)).asked_at


def test_the_publisher_takes_the_newest_choice(session: Session) -> None:
    product = builders.make_product(session, **TEA)
    store_photo(session, product)
    listing = builders.make_approved_listing(session, product, ("shopee",))
    session.add(Publication(listing_id=listing.id, marketplace="shopee", desired_version=1))
    session.commit()
    choose(session, "3")
    choose(session, "2")
    describe(session, of_10="{commune}", of_11="id:5")
    publication = session.scalars(select(Publication).filter_by(marketplace="shopee")).one()
    task = begin_publication(session, publication.id, lambda _: b"")
    assert task
    assert task.offer
    assert (task.offer.category, dict(task.offer.attributes)) == ("2", {"10": "Bắc Hà", "11": "id:5"})


@pytest.fixture
def statements(session: Session) -> Iterator[list[str]]:
    """What is asked of the database."""
    made: list[str] = []
    engine = session.get_bind()

    def note(_1: Any, _2: Any, statement: str, *_: Any) -> None:
        made.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield made
    event.remove(engine, "before_cursor_execute", note)


def test_many_drafts_ask_once(session: Session, statements: list[str]) -> None:
    choose(session)
    describe(session, of_10="{commune}", of_11="id:5")
    listings = [tea(session) for _ in range(5)]
    for listing in listings:
        facts_of(said_now(listing), business_day(now()))
    statements.clear()
    for _ in range(20):
        for listing in listings:
            assert draft_for(listing, "shopee", 0).attributes["11"] == "id:5"
    assert len([one for one in statements if "floor_categories" in one]) == 1
    session.commit()
    draft_for(listings[0], "shopee", 0)
    assert len([one for one in statements if "floor_categories" in one]) == 2, "another transaction"


def test_who_chose_what_is_written_down(session: Session) -> None:
    choose(session)
    describe(session, of_10="{commune}")
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("category.%"))).all()
    assert {entry.action: entry.facts for entry in entries} == {
        "category.chosen": {"goods": "tea", "category_id": "2", "marketplace": "shopee"},
        "category.described": {"goods": "tea", "said": 1, "marketplace": "shopee"},
    }
