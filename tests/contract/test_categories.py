"""What every floor with categories of its own tells of them, and what it does with goods in a wrong one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from core.config import config
from gateways.categories import FloorAttribute, FloorCategory, Node, with_paths
from gateways.errors import GatewayRejected, GatewayShut, GatewayUnavailable
from gateways.marketplaces import Stores, category_desk
from gateways.ports import Offer
from tests.contract.faulty_wire import faulty_wire
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.stores import LockedTokens, Shelf

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(120)]

PLAIN, ASKING, CHOOSING, BRANCH = "100630", "100631", "100641", "100600"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def floor(paying_floor: SandboxFloor) -> Iterator[SandboxFloor]:
    """Each of those with a tree; all of it is open again afterwards."""
    yield paying_floor
    for number in (PLAIN, ASKING):
        paying_floor.close(number, closed=False)


def tree(floor: SandboxFloor) -> dict[str, FloorCategory]:
    return {one.id: one for one in floor.categories().list_categories()}


def wanted(floor: SandboxFloor, category: str) -> dict[str, FloorAttribute]:
    return {one.name: one for one in floor.categories().list_attributes(category)}


def test_the_tree_is_told_with_the_way_to_each_category(floor: SandboxFloor) -> None:
    told = tree(floor)
    assert told[PLAIN] == FloorCategory(
        PLAIN, "Rau củ quả", "Thực phẩm và đồ uống › Nông sản tươi › Rau củ quả", is_leaf=True
    )
    assert not told[BRANCH].is_leaf
    assert "600900" not in told, "it is not for us"


def test_a_category_says_what_it_wants_to_know(floor: SandboxFloor) -> None:
    assert wanted(floor, PLAIN) == {}
    (origin,) = wanted(floor, ASKING).values()
    assert (origin.name, origin.required, origin.values, origin.free_text) == ("Nơi làm ra", True, (), True)
    asked = wanted(floor, CHOOSING)
    storage, taste = asked["Cách bảo quản"], asked["Vị"]
    assert [one.name for one in storage.values] == ["Nơi khô mát", "Ngăn mát tủ lạnh"]
    assert (storage.required, storage.free_text) == (True, False)
    assert (taste.required, taste.free_text) == (False, True)


def test_what_is_told_of_an_attribute_is_what_the_floor_takes(floor: SandboxFloor) -> None:
    (origin,) = wanted(floor, ASKING).values()
    bare = make_offer(category=ASKING, pictures=floor.asks["pictures"](), **measures(floor))
    with pytest.raises(GatewayRejected) as refused:
        floor.connect().publish(bare)
    (problem,) = refused.value.problems
    assert problem.field in ("attributes", f"attributes.{origin.id}")
    from_bac_ha = replace(bare, attributes={origin.id: "Xã Bắc Hà"})
    floor.connect().publish(from_bac_ha)
    assert changes_of(floor, from_bac_ha) == [], "the floor knows it already"
    storage = wanted(floor, CHOOSING)["Cách bảo quản"]
    chosen = replace(bare, category=CHOOSING, attributes={storage.id: storage.values[1].value})
    floor.connect().publish(chosen)
    assert [one.title for one in floor.shown(chosen)] == [chosen.title]
    assert changes_of(floor, chosen) == []
    other = replace(chosen, attributes={storage.id: storage.values[0].value})
    assert len(changes_of(floor, other)) == 1


def test_a_closed_category_leaves_the_tree_and_takes_nothing_new(floor: SandboxFloor) -> None:
    floor.close(PLAIN)
    assert PLAIN not in tree(floor)
    with pytest.raises(GatewayRejected) as refused:
        floor.connect().publish(make_offer(**{name: make() for name, make in floor.asks.items()}))
    (problem,) = refused.value.problems
    assert problem.field == "category"
    assert "hãy báo người quản trị chọn ngành khác" in problem.text
    with pytest.raises(GatewayRejected):
        floor.categories().list_attributes(PLAIN)


def test_goods_stand_in_leaves_only(floor: SandboxFloor) -> None:
    asked = {name: make() for name, make in floor.asks.items()} | {"category": BRANCH}
    with pytest.raises(GatewayRejected) as refused:
        floor.connect().publish(make_offer(**asked))
    assert [problem.field for problem in refused.value.problems] == ["category"]


def test_categories_are_told_to_nobody_without_our_signature(floor: SandboxFloor) -> None:
    with pytest.raises(GatewayShut):
        floor.categories(password="another").list_categories()


@pytest.mark.parametrize("body", [b"{}", b'{"error": "", "response": {}, "code": 0, "data": {}}'])
def test_an_answer_of_another_form_closes_nothing(floor: SandboxFloor, body: bytes) -> None:
    with faulty_wire(floor.url) as wire:
        wire.answer(200, JSON, body)
        with pytest.raises(GatewayUnavailable):
            floor.categories(url=wire.url).list_categories()


def test_a_tree_without_categories_is_no_tree() -> None:
    with pytest.raises(ValueError, match="no categories"):
        with_paths([])


def test_a_tree_that_leads_back_to_itself_ends() -> None:
    told = with_paths([Node("1", "2", "Một", False), Node("2", "1", "Hai", True)])
    assert [one.path for one in told] == ["Hai › Một", "Một › Hai"]


@pytest.mark.parametrize("name", ["woocommerce", "vendure", "medusa", "oscar"])
def test_other_floors_have_no_categories_to_choose_from(name: str) -> None:
    with pytest.raises(GatewayRejected):
        category_desk(name, config(), Stores(LockedTokens(), Shelf()))


def changes_of(floor: SandboxFloor, offer: Offer) -> list[str]:
    """The calls by which the floor is made equal to it, of those that change anything."""
    with capture_logs() as lines:
        floor.connect().publish(offer)
    called = [line["operation"] for line in lines if line["event"].endswith("_call")]
    return [name for name in called if "edit" in name or "update" in name]


def measures(floor: SandboxFloor) -> dict[str, object]:
    return {name: floor.asks[name]() for name in ("weight_grams", "package")}
