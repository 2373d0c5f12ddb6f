"""A manager's bank writes a statement as nobody has seen it: on a phone, column by column, until it is read."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.product import Person

MANAGER = "0900000003"
ROWS = "\n".join(f"11/{day}/2026;{day}0.000;CHUYEN TIEN {day};FT{day}" for day in range(13, 20))
STATEMENT = f"NGAN HANG LA;;;\nPosting;Movement;Story;Key\n{ROWS}\n".encode()

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def test_manager_describes_a_statement_and_it_is_read(person: Callable[[str], Person]) -> None:
    manager = person(MANAGER)
    page = manager.page
    page.goto("/markets")
    page.locator("main a.item").first.click()
    manager.tap("statements")
    page.locator("[name=about]").select_option(index=1)
    page.locator("[name=file]").set_input_files(
        {"name": "la.csv", "mimeType": "text/csv", "buffer": STATEMENT}
    )
    manager.submit()
    page.wait_for_url("**/mapping")
    expect(page.get_by_test_id("not-read")).to_be_visible()
    for name, column in (("date_at", "0"), ("memo_at", "2"), ("amount_at", "1"), ("reference_at", "3")):
        _choose(manager, name, column)
    _choose(manager, "date_format", "day_first")
    expect(page.locator("#field-date_at-error")).to_be_visible()
    _choose(manager, "date_format", "month_first")
    expect(page.get_by_test_id("read").locator("li")).to_have_count(5)
    assert "FT13" in manager.text("read")
    manager.submit()
    expect(page.get_by_test_id("statement-lines")).to_have_text("7", timeout=60_000)


def _choose(manager: Person, name: str, value: str) -> None:
    """What is wrong with it, or how it reads, is there before the next choice."""
    with manager.page.expect_response(lambda answer: "/mapping?" in answer.url) as answer:
        manager.fill(**{name: value})
    assert "csrf" not in answer.value.url
    answer.value.finished()
    expect(manager.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
