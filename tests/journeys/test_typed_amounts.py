"""Points are put between thousands while an amount is typed; a number never becomes another one by that."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from core.money import parse_dong

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(120)]

FIELD = "<input id='field-price' type='text' data-money value='%s'>"
KEYS = "<button data-key='000'>000</button><button data-key='back'>⌫</button>"
KEYPAD = f"<div data-keypad='field-price' hidden>{KEYS}</div>"
SCRIPT = Path(__file__).parents[2] / "web" / "static" / "app.js"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def field(page: Page, value: str = "") -> Locator:
    """A money field that shows `value`, with the script that every page has."""
    page.set_content(FIELD % value + KEYPAD)
    page.add_script_tag(path=SCRIPT)
    found = page.locator("#field-price")
    found.focus()
    page.keyboard.press("End")
    return found


@pytest.mark.parametrize(
    ("keys", "shown", "sent"),
    [
        ("35000", "35.000", 35_000),
        ("35.000", "35.000", 35_000),
        ("35,000", "35.000", 35_000),
        ("35 000", "35.000", 35_000),
        ("1.250.000", "1.250.000", 1_250_000),
        ("0035000", "35.000", 35_000),
        ("1.5", "1.5", None),
        ("35.5", "35.5", None),
        ("35,5", "35,5", None),
        ("35000.5", "35.000.5", None),
        ("0.500", "0.500", None),
        ("-5000", "-5000", None),
        ("35k", "35k", None),
    ],
)
def test_keys_are_grouped_only_where_they_are_thousands(
    page: Page, keys: str, shown: str, sent: int | None
) -> None:
    found = field(page)
    page.keyboard.type(keys)
    assert found.input_value() == shown
    assert parse_dong(shown) == sent


@pytest.mark.parametrize(
    ("value", "keys", "shown"),
    [
        ("35000", ["Backspace"], "3.500"),
        ("35000", ["Home", "ArrowRight", "9", "9"], "3.995.000"),
        ("1000500", ["Home", "Delete", "2"], "2.000.500"),
        ("1250000", ["Home", "ArrowRight", "ArrowRight", "Delete", "7"], "1.750.000"),
        (
            "1250000",
            ["Home", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "7"],
            "170.000",
        ),
        ("35000", [".", "5", "Backspace", "Backspace"], "35.000"),
        ("1.5", ["7"], "1.57"),
        ("1.5", ["Backspace"], "1."),
        ("1250000", ["Control+a", "1", ".", "5"], "1.5"),
    ],
)
def test_a_number_is_mended_in_its_middle(page: Page, value: str, keys: list[str], shown: str) -> None:
    found = field(page, value)
    for key in keys:
        page.keyboard.press(key)
    assert found.input_value() == shown


@pytest.mark.parametrize(("pasted", "shown"), [("35000.5", "35000.5"), ("1.2", "1.2"), ("35000", "35.000")])
def test_what_is_pasted_over_a_number_is_that_and_no_other(page: Page, pasted: str, shown: str) -> None:
    found = field(page, "1250000")
    found.fill(pasted)
    assert found.input_value() == shown


def test_the_keypad_types_the_same(page: Page) -> None:
    found = field(page, "35")
    page.locator("[data-key='000']").click()
    assert found.input_value() == "35.000"
    page.locator("[data-key=back]").click()
    assert found.input_value() == "3.500"
    found.fill("1.5")
    page.locator("[data-key='000']").click()
    assert found.input_value() == "1.5000"
