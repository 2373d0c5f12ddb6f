"""One running product and one browser for all journeys."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.journeys.product import PHONE, Person, Product, running
from tests.needs import need_chromium, need_node

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
"""For root, without a screen, and with nothing asked of the outside."""


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    need_chromium()
    need_node()
    with running(tmp_path_factory.mktemp("product")) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=need_chromium(), args=QUIET)
        yield started
        started.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, StorageState]:
    """Cookies of those who have signed in: nobody does so more often than the product lets them."""
    return {}


@pytest.fixture
def person(
    browser: Browser, product: Product, signed_in: dict[str, StorageState]
) -> Iterator[Callable[..., Person]]:
    """Gives a person, by phone number, a phone of their own; without a number, somebody who has no account. The
    phones are put away after the test."""
    people: list[Person] = []

    def take_phone(number: str | None = None) -> Person:
        known = signed_in.get(number) if number else None
        context = browser.new_context(
            base_url=product.url, viewport=PHONE, locale="vi-VN", storage_state=known
        )
        people.append(Person(context))
        if number and not known:
            people[-1].sign_in(number)
            signed_in[number] = context.storage_state()
        people[-1].page.goto("/")
        return people[-1]

    yield take_phone
    for one in people:
        one.context.close()
