"""A farm household without a stall, on a phone of 360 px: its clerk lets it in, it signs in, approves what it offers,
and takes the order that comes."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.product import PASSWORD, Person

CLERK, HOUSEHOLD, NEIGHBOUR = "0900000001", "0900000006", "0900000016"
NAME = "Mận tím của hộ"
ASKED = 60_000
"""Milliseconds: a page that no stall tells of orders has asked for them by itself."""

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def test_a_household_offers_approves_and_takes_an_order(person: Callable[..., Person]) -> None:
    holder, buyer = person(HOUSEHOLD), person()
    holder.follow("Tin đăng")
    holder.tap("new-product")
    holder.fill(name=NAME, unit="kg", goods="fruit", description="Hái tại vườn, giòn và ngọt.")
    holder.submit()
    holder.page.wait_for_url("**/listings/new?**")
    holder.fill(price="30.000", stock="12")
    holder.submit()
    holder.page.wait_for_url(re.compile(r"/listings/[0-9a-f-]{36}"))
    holder.tap("approve")
    expect(holder.page.locator("[data-marketplace=shop]")).to_have_attribute(
        "data-status", "listed", timeout=ASKED
    )
    holder.follow("Tin đăng")
    holder.follow(NAME)
    holder.fill(price="32.000", stock="11")
    holder.submit()
    sku = holder.text("sku")

    holder.follow("Đơn hàng")  # and there it turns up, while she looks at it
    number = order_in_shop(buyer, sku)
    expect(holder.page.get_by_role("link", name=number)).to_be_visible(timeout=ASKED)
    holder.follow(number)
    holder.tap("next")
    expect(holder.page.get_by_test_id("order")).to_have_attribute("data-status", "confirmed")
    holder.follow("Sổ")
    holder.look()
    expect(holder.page.get_by_role("heading", name="Sổ doanh thu")).to_be_visible()


def order_in_shop(buyer: Person, sku: str) -> str:
    """Paid as both agree: there is no stall to pay at."""
    buyer.page.goto("/shop")
    buyer.fill(q=NAME)
    buyer.page.get_by_role("button", name="Tìm").click()
    buyer.page.locator(f"a[href*='{sku}']").click()
    buyer.tap("buy")
    buyer.fill(quantity="2", name="Đỗ Thị Mua", phone="0912 000 111", address="Số 3, ngõ Thử, Hà Nội")
    buyer.submit()
    return buyer.text("number")


def test_a_clerk_lets_another_household_in(person: Callable[..., Person]) -> None:
    clerk = person(CLERK)
    clerk.page.goto("/sellers?q=Lụa")
    clerk.follow("Nguyễn Thị Lụa")
    clerk.tap("open-access")
    clerk.fill(phone=NEIGHBOUR, password=PASSWORD)
    clerk.submit()
    expect(clerk.page.get_by_test_id("holders")).to_contain_text("0900 000 016")
    clerk.follow("0900 000 016")
    clerk.look()
    neighbour = person(NEIGHBOUR)
    neighbour.follow("Tin đăng")
    neighbour.look()
    expect(neighbour.page.get_by_test_id("listings")).not_to_contain_text(NAME)
