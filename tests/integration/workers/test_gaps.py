"""What misses something on one floor stands on the others: that floor is not called, and says what it still wants."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.categories import Node, with_paths
from models import Goods, Listing, OutboxEvent, PhotoFile, PhotoSize, Publication, PublicationStatus
from services import drift, listings
from services.category_choices import ask_listings, choose_category
from services.floor_catalogue import take_catalogue
from services.offers import MISSING
from services.products import change_product
from tests.builders import anybody, make_listing, make_product
from tests.contract.floors_sandbox import CATEGORY, FloorsSandbox
from tests.contract.pictures import make_picture
from tests.contract.shopee_floor import ShopeeFloor
from tests.integration.shop.conftest import store_photo
from tests.integration.workers.harness import carry
from workers import floors

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


@pytest.fixture
def shopee(tmp_path: Path) -> Iterator[ShopeeFloor]:
    sandbox = FloorsSandbox(tmp_path)
    yield ShopeeFloor(sandbox)
    sandbox.stop()


@pytest.fixture
def visits(shopee: ShopeeFloor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The floors that workers called, each time that they did."""
    made: list[str] = []
    client = shopee.connect()

    def visited(name: str) -> object:
        made.append(name)
        return client

    monkeypatch.setattr(floors, "floor", visited)
    return made


@pytest.fixture
def listing(session: Session, visits: list[str]) -> Listing:
    """A draft that only Shopee lacks something of: how heavy it is."""
    tell(session)
    choose(session)
    product = make_product(session, goods=Goods.FRUIT, unit="thùng")
    store_photo(session, product)
    session.execute(
        update(PhotoFile).where(PhotoFile.size == PhotoSize.LARGE).values(content=make_picture().read())
    )
    return make_listing(session, product, price=35_000, marketplaces=["shop", "shopee"])


def tell(session: Session, *categories: str) -> None:
    """What Shopee's tree holds, as far as we know."""
    nodes = [Node("1", "", "Thực phẩm", False)]
    nodes += [Node(number, "1", "Trái cây", True) for number in categories or (CATEGORY,)]
    take_catalogue(session, "shopee", with_paths(nodes), {number: [] for number in categories or (CATEGORY,)})
    session.commit()


def choose(session: Session) -> None:
    choose_category(session, anybody(session), "shopee", Goods.FRUIT, category_id=CATEGORY)
    session.commit()


def approve(session: Session, listing: Listing) -> None:
    listings.approve_listing(session, anybody(session), listing.id)
    session.commit()
    carry()


def weigh(session: Session, listing: Listing) -> None:
    change_product(session, anybody(session), listing.product_id, weight_grams=1_200)
    session.commit()


def standing(session: Session, listing: Listing) -> dict[str, Publication]:
    session.rollback()
    session.expire_all()
    return {one.marketplace: one for one in session.get_one(Listing, listing.id).publications}


def states(session: Session, listing: Listing) -> dict[str, str]:
    return {name: one.status.value for name, one in standing(session, listing).items()}


def test_a_gap_on_one_floor_holds_up_no_other_until_it_is_filled(
    session: Session, listing: Listing, shopee: ShopeeFloor, visits: list[str]
) -> None:
    approve(session, listing)
    assert states(session, listing) == {"shop": "listed", "shopee": "rejected"}
    refused = standing(session, listing)["shopee"]
    assert [(one["field"], one["code"]) for one in refused.problems] == [("weight_grams", MISSING)]
    assert refused.problems[0]["text"] == "Sàn cần cân nặng để gửi hàng"
    assert (refused.attempts, refused.leased_until, visits) == (0, None, [])
    rejected = select(func.count()).where(OutboxEvent.type == "publication.rejected.v1")
    assert session.scalar(rejected) == 1
    weigh(session, listing)
    carry()
    assert states(session, listing)["shopee"] == "rejected", "what is filled in waits for its approval"
    approve(session, listing)
    assert states(session, listing) == {"shop": "listed", "shopee": "listed"}
    assert visits == ["shopee"]
    (item,) = shopee.products(listing.sku)
    assert item


def test_nobody_asks_the_floor_about_what_it_was_never_given(
    session: Session, listing: Listing, visits: list[str]
) -> None:
    approve(session, listing)
    session.execute(update(Publication).values(created_at=now() - drift.CHECK_EVERY - timedelta(hours=1)))
    session.commit()
    assert drift.claim_due_checks(session, 10) == 0
    listings.retry_publications(session, anybody(session), listing.id)
    session.commit()
    carry()
    assert (states(session, listing)["shopee"], visits) == ("rejected", [])


def test_what_stands_there_is_told_its_price_whatever_it_misses(
    session: Session, listing: Listing, shopee: ShopeeFloor, visits: list[str]
) -> None:
    weigh(session, listing)
    approve(session, listing)
    tell(session, "7")
    assert [gap.field for gap in listings.list_missing(listing)] == ["goods"], "the category is closed"
    listings.change_listing(session, anybody(session), listing.id, price=39_000)
    session.commit()
    carry()
    assert len(visits) == 2
    assert standing(session, listing)["shopee"].status is PublicationStatus.LISTED
    (item,) = shopee.products(listing.sku)
    assert "39000" in str(item)


def test_what_had_no_category_stands_there_once_its_floor_has_it_again(
    session: Session, listing: Listing, visits: list[str]
) -> None:
    weigh(session, listing)
    tell(session, "7")
    approve(session, listing)
    assert [one["field"] for one in standing(session, listing)["shopee"].problems] == ["goods"]
    for categories, state in ((("7",), "rejected"), (("7", CATEGORY), "listed")):
        tell(session, *categories)
        ask_listings(session, "shopee")
        session.commit()
        carry()
        assert states(session, listing)["shopee"] == state
    assert visits == ["shopee"]


def test_what_had_no_category_stands_there_once_one_is_chosen(
    session: Session, listing: Listing, visits: list[str]
) -> None:
    change_product(session, anybody(session), listing.product_id, weight_grams=1_200, goods=Goods.HONEY)
    approve(session, listing)
    assert (states(session, listing)["shopee"], visits) == ("rejected", [])
    choose_category(session, anybody(session), "shopee", Goods.HONEY, category_id=CATEGORY)
    session.commit()
    carry()
    assert (states(session, listing)["shopee"], visits) == ("listed", ["shopee"])
