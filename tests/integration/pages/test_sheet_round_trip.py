"""Whatever is stored of listings goes out in a sheet and comes back the same."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from models import Goods, Listing, Seller
from services.access import Actor
from services.listing_sheets import Applied, WrongRows, apply_rows, list_for_sheet
from services.listings import add_product, change_listing, draft_listing
from services.marketplaces import MARKETPLACES
from tests import builders
from web.listing_sheets import read_sheet, write_sheet

SIGNS = "aĂđưỢỹ09=+-@'\"<>&;:,\\/_xn. \t\n\r\u00a0\u2028\x85\ufffe🍑é"


def words(most: int) -> st.SearchStrategy[str]:
    """Text as forms and the API let it in: no blanks around it, and not empty."""
    return st.text(SIGNS, min_size=1, max_size=most).map(str.strip).filter(lambda said: said.strip("\ufffe "))


def maybe(some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | some


PAPERS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["VietGAP", "Hữu cơ; loại A", "a\\b=c", "hai  dấu\tcách"]),
            "number": st.integers(1, 999).map(lambda number: f"{number}/2026;"),
            "expires_on": st.integers(0, 999).map(lambda days: date(2027, 1, 1) + timedelta(days)),
        }
    ),
    max_size=3,
    unique_by=lambda paper: (paper["name"], paper["number"]),
)
PRODUCT = st.fixed_dictionaries(
    {
        "name": words(120) | st.just("Mận " * 30).map(str.strip),
        "unit": words(20),
        "description": maybe(words(200)),
        "goods": st.sampled_from(Goods),
        "grade": maybe(words(60)),
        "storage": maybe(words(60)),
        "planting_area_code": maybe(words(60)),
        "weight_grams": maybe(st.integers(1, 100_000_000)),
        "shelf_life_days": maybe(st.integers(1, 36_500)),
        "ocop_stars": maybe(st.integers(3, 5)),
        "gtin": maybe(st.sampled_from(["08938505974194", "00000096385074"])),
        "origin_commune": maybe(st.sampled_from([builders.BAC_HA, builders.SA_PA])),
        "attributes": st.dictionaries(words(20), st.text(SIGNS, max_size=30), max_size=4),
        "papers": PAPERS,
    }
)
LISTING = st.fixed_dictionaries(
    {
        "price": st.integers(1, 10**9),
        "stock": st.integers(0, 10**9),
        "variant": maybe(words(60)),
        "marketplaces": st.lists(st.sampled_from(sorted(MARKETPLACES)), unique=True),
        "prices": st.dictionaries(st.sampled_from(sorted(MARKETPLACES)), st.integers(1, 10**9), max_size=3),
    }
)


@pytest.fixture
def seller(session: Session) -> Seller:
    return builders.make_seller(session)


@pytest.fixture
def actor(session: Session) -> Actor:
    return builders.anybody(session)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(goods=st.lists(st.tuples(PRODUCT, LISTING), min_size=1, max_size=3))
def test_what_goes_out_comes_back_the_same(
    session: Session, seller: Seller, actor: Actor, goods: list[tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    seller_id = seller.id
    for product, listing in goods:
        stored, _ = add_product(session, actor, seller_id=seller_id, **product)
        draft_listing(session, actor, product_id=stored.id, price_is_right=True, **listing)
    out = write_sheet(list_for_sheet(session, actor, 1))
    assert apply_rows(session, actor, *read_sheet(out)) == Applied(0, 0, len(goods))
    assert {found.version for found in session.query(Listing)} == {1}
    session.rollback()


OWN = {"vendure": 42_000}


@pytest.mark.parametrize(
    ("name", "prices", "newer", "asked"),
    [
        ("price", OWN, 45_000, 50_000),
        ("prices", OWN, {"vendure": 45_000}, {"vendure": 50_000}),
        ("prices", OWN, {}, {"vendure": 41_000}),
        ("prices", {}, OWN, {"oscar": 41_000}),
    ],
)
def test_a_price_changed_since_the_sheet_was_taken_away_stays_changed(
    session: Session, name: str, prices: dict[str, int], newer: Any, asked: Any
) -> None:
    listing = builders.make_listing(session, price=40_000, prices=prices)
    actor = builders.anybody(session)
    (row,), _ = read_sheet(write_sheet([listing]))
    change_listing(session, actor, listing.id, **{name: newer})
    assert apply_rows(session, actor, [row]) == Applied(new=0, changed=0, unchanged=1)
    assert listing.told_prices[name == "prices"] == newer
    with pytest.raises(WrongRows) as wrong:
        apply_rows(session, actor, [replace(row, listing={**row.listing, name: asked})])
    assert [problem.field for problem in wrong.value.problems] == [name]
    (row,), _ = read_sheet(write_sheet([listing]))
    assert apply_rows(session, actor, [replace(row, listing={**row.listing, name: asked})]).changed == 1
    assert apply_rows(session, actor, [replace(row, listing={**row.listing, name: asked})]).unchanged == 1
