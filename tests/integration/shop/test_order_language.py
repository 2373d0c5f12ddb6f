"""Who reads the shop in English orders in English: the address carries it from page to page."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from models import Listing
from tests import builders
from tests.integration.pages.conftest import Browser, Shown
from tests.integration.shop.conftest import offer
from tests.integration.shop.test_ordering import form


@pytest.fixture
def listing(session: Session) -> Listing:
    stall = builders.make_stall(session)
    return offer(session, builders.make_product(session, stall.seller), stock=10, price=35_000)


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


def language(page: Shown) -> str:
    found = re.search(r'<html lang="(\w+)"', page.html)
    assert found
    return found[1]


def buy(browser: Browser, listing: Listing, query: str) -> str:
    shop = browser.get(browser.get(f"/shop/p/{listing.sku}{query}").answer.headers["Location"])
    (link,) = shop.all("buy")
    return link.get("href") or ""


def test_english_is_carried_to_the_placed_order(browser: Browser, listing: Listing) -> None:
    path = buy(browser, listing, "?lang=en")
    assert path == f"/order/{listing.sku}?lang=en"
    wrong = browser.post(path, form(name=""), page=path)
    assert (wrong.status, language(wrong)) == (422, "en")
    done = browser.post(path, form(), page=path)
    placed = browser.get(done.answer.headers["Location"])
    assert (placed.status, language(placed)) == (200, "en")
    links = [link.get("href") or "" for link in placed.tree.findall(".//a")]
    assert [link for link in links if link.startswith("/shop") and "lang=en" not in link] == []


def test_vietnamese_is_said_without_a_word(browser: Browser, listing: Listing) -> None:
    path = buy(browser, listing, "")
    assert path == f"/order/{listing.sku}"
    done = browser.post(path, form(), page=path)
    assert "lang" not in done.answer.headers["Location"]


def test_another_language_can_be_chosen_on_the_way(browser: Browser, listing: Listing) -> None:
    path = f"/order/{listing.sku}?lang=en"
    (back,) = browser.get(path).tree.findall(".//input[@name='next']")
    chosen = browser.post("/language", {"language": "vi", "next": back.get("value")}, page=path)
    assert language(browser.get(chosen.answer.headers["Location"])) == "vi"


def test_no_address_chooses_the_language_of_other_pages(browser: Browser, listing: Listing) -> None:
    assert language(browser.get("/sign-in?lang=en")) == "vi"
    assert language(browser.get(f"/order/{listing.sku}?lang=xx")) == "vi"
