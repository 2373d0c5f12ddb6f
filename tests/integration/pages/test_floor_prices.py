"""A price of its own for one floor: beside the floor, kept as it was typed, asked about where it jumps."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Listing
from tests import builders
from tests.integration.pages.conftest import Browser, Enter
from tests.integration.pages.dom import words_of

PRICE = "prices-postmart"


@pytest.fixture
def offered(session: Session, enter: Enter) -> tuple[Browser, Listing]:
    """A listing on two floors, and a clerk who keeps it."""
    listing = builders.make_listing(session, marketplaces=["postmart", "voso"])
    return enter(builders.make_clerk(session)), listing


def _offer(**facts: Any) -> dict[str, Any]:
    return {
        "price": "35.000",
        "stock": "40",
        "stock_seen": "40",
        "marketplaces": ["postmart", "voso"],
    } | facts


def _now(session: Session, listing: Listing) -> tuple[int, dict[str, int]]:
    session.rollback()
    session.expire_all()
    found = session.get_one(Listing, listing.id)
    return found.version, found.own_prices


def test_one_floor_has_a_price_of_its_own(session: Session, offered: tuple[Browser, Listing]) -> None:
    browser, listing = offered
    path = f"/listings/{listing.id}"
    page = browser.follow(browser.post(path, _offer(**{PRICE: "46.000"}), page=path))
    assert page.typed(PRICE) == "46000"
    assert [words_of(shown) for shown in page.all("draft-price")] == ["46.000 ₫", "35.000 ₫"]
    assert _now(session, listing) == (2, {"postmart": 46_000})
    browser.follow(browser.post(path, _offer(**{PRICE: "46.000"}), page=path))
    assert _now(session, listing)[0] == 2, "the same again changes nothing"
    browser.follow(browser.post(path, _offer(**{PRICE: " "}), page=path))
    assert _now(session, listing) == (3, {})


@pytest.mark.parametrize("typed", ["4,5", "0", "-1", "không"])
def test_a_wrong_price_of_one_floor_is_told_beside_it(
    session: Session, offered: tuple[Browser, Listing], typed: str
) -> None:
    browser, listing = offered
    path = f"/listings/{listing.id}"
    shown = browser.post(path, _offer(price="36.000", **{PRICE: typed}), page=path)
    assert (shown.status, shown.typed(PRICE), shown.typed("price")) == (422, typed, "36.000")
    assert shown.error(PRICE)
    assert not shown.error("prices-voso")
    assert shown.tree.find(f".//*[@id='problems']//a[@href='#field-{PRICE}']") is not None
    assert _now(session, listing)[0] == 1


def test_a_price_of_one_floor_that_jumps_is_asked_about(
    session: Session, offered: tuple[Browser, Listing]
) -> None:
    browser, listing = offered
    path, form = f"/listings/{listing.id}", _offer(**{PRICE: "350.000"})
    asked = browser.post(path, form, page=path)
    assert "35.000 ₫ và 350.000 ₫" in (asked.error(PRICE) or "")
    assert "đánh dấu" in (asked.error("price_is_right") or "")
    browser.follow(browser.post(path, form | {"price_is_right": "yes"}, page=path))
    assert _now(session, listing) == (2, {"postmart": 350_000})
    back = browser.post(path, _offer(), page=path)
    assert "350.000 ₫ và 35.000 ₫" in (back.error(PRICE) or "")


def test_a_new_offer_is_asked_about_too(session: Session, enter: Enter) -> None:
    product = builders.make_product(session)
    browser = enter(builders.make_clerk(session))
    path = f"/listings/new?product_id={product.id}"
    form = _offer(id=str(new_id()), product_id=str(product.id), marketplaces=["postmart"], **{PRICE: "3.500"})
    asked = browser.post("/listings/new", form, page=path)
    assert (asked.status, asked.typed(PRICE)) == (422, "3.500")
    assert asked.error("price_is_right")
    browser.follow(browser.post("/listings/new", form | {"price_is_right": "yes"}, page=path))
    assert session.scalars(select(Listing)).one().own_prices == {"postmart": 3_500}


def test_the_price_of_a_floor_that_is_not_chosen_counts_for_nothing(
    session: Session, offered: tuple[Browser, Listing]
) -> None:
    browser, listing = offered
    path = f"/listings/{listing.id}"
    form = _offer(marketplaces=["voso"], **{PRICE: "4,5", "prices-voso": "36.000", "prices-mo": "1"})
    browser.follow(browser.post(path, form, page=path))
    assert _now(session, listing) == (2, {"voso": 36_000})
