"""A floor refuses a photo, then the whole offer in words that nobody knows, then a number: on a phone of 360 px each is
mended where its link leads."""

import re
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import expect

from tests.journeys.product import Person, Product
from tests.unit.core.test_images import photo

HOLDER = "0900000002"
NAME = "Mận chín của nhà"
WORDS = "Hái trong vườn nhà sáng nay, quả to, giòn và ngọt."
WORKED = 60_000

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def test_a_refusal_is_mended_where_its_link_leads(product: Product, person: Callable[..., Person]) -> None:
    holder = person(HOLDER)
    draft(holder)
    fault(product, kind="refuse_pictures")
    holder.tap("approve")
    reason = holder.page.locator("[data-marketplace=shopee] [data-reason]")
    expect(reason.locator("img")).to_be_visible(timeout=WORKED)
    expect(reason).to_contain_text("hãy thay bằng ảnh khác")
    expect(reason.locator("q")).to_have_attribute("lang", "en")
    holder.look()

    holder.follow("Thay ảnh này")
    expect(holder.page.locator("#field-file")).to_be_focused()
    expect(holder.page.get_by_test_id("refused")).to_be_visible()
    holder.look()
    upload(holder, "IMG_0202.jpg", 1200)
    holder.page.wait_for_url(re.compile(r"/listings/[0-9a-f-]{36}$"))

    fault(product, kind="error", call="add_item", code="error_strange", message="本店暂停营业")
    holder.tap("approve")
    expect(reason.locator("q")).to_have_text("本店暂停营业", timeout=WORKED)
    expect(reason).to_contain_text("Shopee ghi:")
    expect(reason).to_contain_text("nhờ nhân viên bưu điện")
    fault(product, kind="error", call="add_item", code="error_strange", message="Weight looks odd")
    holder.tap("retry")
    expect(reason).to_contain_text("cân nặng", timeout=WORKED)
    holder.look()
    reason.get_by_role("link").click()
    expect(holder.page.locator("#field-weight_grams")).to_be_focused()
    expect(holder.page.locator("#field-weight_grams")).to_be_in_viewport()
    expect(holder.error_of("weight_grams")).to_contain_text("Shopee:")
    holder.look()
    holder.fill(weight_grams="1200")
    holder.submit()
    holder.tap("approve")
    expect(holder.page.locator("[data-marketplace=shopee]")).to_have_attribute(
        "data-status", "listed", timeout=WORKED
    )


def draft(holder: Person) -> None:
    """All that Shopee asks for."""
    holder.follow("Tin đăng")
    holder.tap("new-product")
    holder.fill(name=NAME, unit="kg", goods="fruit", description=WORDS)
    holder.submit()
    holder.page.wait_for_url("**/listings/new?**")
    holder.fill(price="35000", stock="9", marketplaces="shopee")
    holder.submit()
    holder.page.wait_for_url(re.compile(r"/listings/[0-9a-f-]{36}"))
    holder.follow("Thêm ảnh")
    expect(holder.page.locator("#field-file")).to_be_focused()
    upload(holder, "IMG_0201.jpg", 1600)
    expect(holder.page.locator("[data-photo]")).to_have_attribute("data-status", "ready", timeout=WORKED)
    holder.tap("done-photos")


def upload(holder: Person, name: str, width: int) -> None:
    content = photo(width, 1200)
    holder.page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": content}
    )
    holder.submit()


def fault(product: Product, **wish: object) -> None:
    answer = requests.post(
        f"{product.floors_url}/sandbox/faults", json={"floor": "shopee", **wish}, timeout=20
    )
    assert answer.ok, answer.text
