"""The price of the day in the shop: on its pages, in what machines read, and in what is ordered."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core.clock import business_day, now, start_of_day
from core.errors import Conflict
from core.ids import new_id
from models import Listing
from services.shop_orders import Wanted, place_order
from tests import builders
from tests.integration.shop.conftest import Visitor, add_photo, facts_of, offer
from web.page_cache import BROWSER_SECONDS

SetClock = Callable[[datetime], None]
SECOND = timedelta(seconds=1)
BUYER = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử, Hà Nội"}


@pytest.fixture
def midnight() -> datetime:
    """The next one in Vietnam."""
    return start_of_day(business_day(now()) + timedelta(days=1))


def prices(visitor: Visitor, listing: Listing) -> list[str]:
    """Of one offer, wherever it stands; in đồng."""
    path = visitor.get(f"/shop/p/{listing.sku}").location
    page, front = visitor.get(path), visitor.get("/shop")
    (shown,) = [one.get("data-amount") for one in page.all("price")]
    (listed,) = [one.get("data-amount") for one in front.tree.findall(".//*[@data-amount]")]
    google, meta = (visitor.fetch(f"/shop/feeds/{name}").text for name in ("google.xml", "meta.csv"))
    fed = [
        word for word in ("30000", "35000") if f"<g:price>{word} VND<" in google and f",{word} VND," in meta
    ]
    offered = facts_of(page, "Product")["offers"]
    ordered = visitor.get(f"/order/{listing.sku}").all("price")[0].get("data-amount")
    specified = offered["priceSpecification"]["price"]
    return [str(shown), str(listed), *fed, str(offered["price"]), str(specified), str(ordered)]


def test_everything_says_the_price_of_the_day(
    session: Session, visitor: Visitor, set_clock: SetClock, midnight: datetime
) -> None:
    listing = offer(session)
    add_photo(session, listing.product)
    builders.make_dated_price(session, listing, 1, 1)
    builders.make_dated_price(
        session, listing, 1, 1, price=1_000_000, marketplace="vendure", price_is_right=True
    )
    for moment, price in (
        (midnight - SECOND, "35000"),
        (midnight, "30000"),
        (midnight + timedelta(days=1), "35000"),
    ):
        set_clock(moment)
        assert prices(visitor, listing) == [price] * 6


def test_buyers_and_machines_are_told_until_when(session: Session, visitor: Visitor) -> None:
    listing = offer(session)
    path = visitor.get(f"/shop/p/{listing.sku}").location
    usual = visitor.get(path)
    assert (usual.has("price-until"), "priceValidUntil" in facts_of(usual, "Product")["offers"]) == (
        False,
        False,
    )
    dated = builders.make_dated_price(session, listing, 0, 4, name="Chỉ nhà biết")
    page = visitor.get(path)
    assert f"{dated.last_day:%d/%m/%Y}" in page.text("price-until")
    assert facts_of(page, "Product")["offers"]["priceValidUntil"] == dated.last_day.isoformat()
    assert "Chỉ nhà biết" not in page.html


def test_the_cheapest_of_the_day_stands_first(session: Session, visitor: Visitor) -> None:
    product = builders.make_product(session)
    small, large = (
        offer(session, product, price=30_000),
        offer(session, product, price=50_000, variant="Túi 2 kg"),
    )
    builders.make_dated_price(session, large, 0, 1, price=20_000)
    page = visitor.get(visitor.get(f"/shop/p/{small.sku}").location)
    facts = facts_of(page, "Product")["offers"]
    assert [one["price"] for one in facts["offers"]] == [20_000, 30_000]
    assert (facts["lowPrice"], facts["highPrice"]) == (20_000, 30_000)


def test_a_kept_page_is_not_shown_on_the_next_day(
    session: Session, visitor: Visitor, set_clock: SetClock, midnight: datetime
) -> None:
    listing = offer(session)
    builders.make_dated_price(session, listing, 1, 1)
    path = visitor.get(f"/shop/p/{listing.sku}").location
    shown = []
    for moment in (midnight - SECOND, midnight - SECOND, midnight):
        set_clock(moment)
        (price,) = visitor.get(path, anew=False).all("price")
        shown.append(price.get("data-amount"))
    assert shown == ["35000", "35000", "30000"]
    assert BROWSER_SECONDS < 60


def test_an_order_costs_what_the_day_says(session: Session, set_clock: SetClock, midnight: datetime) -> None:
    listing = offer(session, stock=50)
    builders.make_dated_price(session, listing, 1, 1)

    def order(expected_total: int) -> tuple[int, int]:
        lines = [Wanted(listing.sku, 2)]
        placed, _ = place_order(session, id=new_id(), lines=lines, expected_total=expected_total, **BUYER)
        session.commit()
        session.refresh(placed)
        return placed.total, placed.lines[0].price

    set_clock(midnight - SECOND)
    assert order(70_000) == (70_000, 35_000)
    set_clock(midnight)
    with pytest.raises(Conflict):
        order(70_000)
    session.rollback()
    assert order(60_000) == (60_000, 30_000)
