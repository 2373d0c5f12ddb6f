"""Floors are asked for their categories once a day, or when somebody waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateways.categories import FloorAttribute, FloorCategory, Node, with_paths
from gateways.errors import GatewayError, GatewayRejected, GatewayUnavailable
from gateways.marketplaces.meanings import CATEGORY_CLOSED, refused
from gateways.ports import Offer
from models import (
    CategoryChoice,
    FloorCategoryAttribute,
    FloorCursor,
    Goods,
    PollSubject,
    Publication,
    PublicationStatus,
)
from models import FloorCategory as Stored
from services.category_choices import choose_category
from tests import builders
from tests.builders import anybody
from tests.integration.shop.conftest import store_photo
from tests.integration.workers.harness import carry, pass_time
from workers import floors, providers
from workers.jobs import maintenance

DAY = 24 * 3_600
TREE = (Node("1", "", "Thực phẩm", False), Node("2", "1", "Chè", True), Node("3", "1", "Mật ong", True))
ORIGIN = FloorAttribute("10", "Nơi làm ra", True, (), free_text=True)


@dataclass
class Desk:
    """A floor's desk, and what it answers instead."""

    nodes: Sequence[Node] = TREE
    error: GatewayError | None = None
    wants: dict[str, list[FloorAttribute]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def list_categories(self) -> Sequence[FloorCategory]:
        self.asked.append("tree")
        if self.error:
            raise self.error
        return with_paths(self.nodes)

    def list_attributes(self, category_id: str) -> Sequence[FloorAttribute]:
        self.asked.append(category_id)
        if category_id not in {node.id for node in self.nodes}:
            raise GatewayRejected("no such category")
        return self.wants.get(category_id, [])


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The only floor with categories."""
    made = Desk()
    monkeypatch.setattr(floors, "category_desk", lambda _: made)
    monkeypatch.setattr(maintenance, "floors_with_categories", lambda: ["shopee"])
    return made


def poll(session: Session) -> FloorCursor:
    maintenance.ask_floors_for_categories()
    carry()
    session.rollback()
    session.expire_all()
    return session.get_one(FloorCursor, ("shopee", PollSubject.CATEGORIES))


def choose(session: Session, category: str) -> None:
    choose_category(session, anybody(session), "shopee", Goods.TEA, category_id=category)
    session.commit()


def stored(session: Session) -> dict[str, bool]:
    session.rollback()
    session.expire_all()
    return {one.external_id: one.closed_at is None for one in session.scalars(select(Stored))}


def test_the_tree_is_read_once_a_day_and_what_vanished_is_closed(session: Session, desk: Desk) -> None:
    assert poll(session).failures == 0
    assert stored(session) == {"1": True, "2": True, "3": True}
    pass_time(session, DAY - 60)
    poll(session)
    assert desk.asked == ["tree"], "it is not time yet"
    desk.nodes = TREE[:2]
    pass_time(session, 120)
    poll(session)
    assert stored(session) == {"1": True, "2": True, "3": False}


def test_what_a_choice_wants_is_read_at_once_and_then_its_listings_are_asked_for(
    session: Session, desk: Desk
) -> None:
    product = builders.make_product(session, goods=Goods.TEA)
    listing = builders.make_approved_listing(session, product, ("shopee",))
    session.add(Publication(listing_id=listing.id, marketplace="shopee", desired_version=1))
    session.commit()
    poll(session)
    desk.wants = {"2": [ORIGIN]}
    choose(session, "2")
    carry()
    assert desk.asked == ["tree", "tree", "2"]
    assert session.scalars(select(FloorCategoryAttribute.attribute_id)).all() == ["10"]
    session.expire_all()
    assert session.get_one(CategoryChoice, ("shopee", Goods.TEA)).asked_at is None
    choose(session, "3")
    carry()
    session.expire_all()
    assert session.get_one(CategoryChoice, ("shopee", Goods.TEA)).asked_at
    publication = session.scalars(select(Publication).filter_by(marketplace="shopee")).one()
    assert (listing.version, publication.desired_version) == (2, 2)


def test_a_chosen_category_that_is_gone_does_not_keep_the_rest_from_being_read(
    session: Session, desk: Desk
) -> None:
    poll(session)
    choose(session, "2")
    carry()
    desk.nodes = (TREE[0], TREE[2])
    pass_time(session, DAY + 1)
    assert poll(session).failures == 0
    assert stored(session) == {"1": True, "2": False, "3": True}


def test_a_floor_that_is_down_is_asked_again_within_the_hour_and_nothing_is_closed(
    session: Session, desk: Desk
) -> None:
    poll(session)
    desk.error = GatewayUnavailable("HTTP 502")
    pass_time(session, DAY + 1)
    down = poll(session)
    assert (down.failures, down.problem) == (1, "GatewayUnavailable: HTTP 502")
    assert all(stored(session).values())
    desk.error = None
    pass_time(session, 3_601)
    assert poll(session).failures == 0


class Refusing:
    """A floor that takes nothing in this category any more."""

    def publish(self, offer: Offer) -> None:
        assert offer.category == "3"
        raise refused("shopee", "restricted", "Category is restricted", CATEGORY_CLOSED)


def test_a_refusal_that_names_the_category_has_the_tree_read_again(
    session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floors, "floor", lambda _: Refusing())
    product = builders.make_product(session, goods=Goods.TEA, weight_grams=200)
    store_photo(session, product)
    listing = builders.make_approved_listing(session, product, ("shopee",))
    session.add(Publication(listing_id=listing.id, marketplace="shopee", desired_version=1))
    session.commit()
    poll(session)
    choose(session, "3")
    carry()
    desk.nodes, asked = TREE[:2], len(desk.asked)
    session.expire_all()
    publication = session.scalars(select(Publication).filter_by(marketplace="shopee")).one()
    assert publication.status is PublicationStatus.REJECTED
    (problem,) = publication.problems
    assert problem["field"] == "category"
    assert "hãy báo người quản trị chọn ngành khác" in problem["text"]
    poll(session)
    assert stored(session)["3"] is False
    assert desk.asked[asked:] == ["tree", "3"]
    poll(session)
    assert len(desk.asked) == asked + 2, "once for all that were refused"


def test_only_floors_with_categories_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def desk_of(name: str, *_: object) -> Desk:
        if name != "shopee":
            raise GatewayRejected(f"{name} has none")
        return Desk()

    monkeypatch.setattr(providers, "categories_of", desk_of)
    assert providers.floors_with_categories() == ["shopee"]
