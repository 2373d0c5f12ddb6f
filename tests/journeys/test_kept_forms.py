"""A form that a clerk filled in before the sign-in ended: on one and the same phone, until it is stored."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.journeys.product import PASSWORD, Person
from tests.journeys.test_main_thread import fill_in_household

CLERK, NAME = "0900000001", "Lừu Thị Dợ"

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def test_a_form_outlives_its_sign_in(person: Callable[[str], Person]) -> None:
    clerk = person(CLERK)
    fill_in_household(clerk, NAME)
    clerk.context.clear_cookies()
    clerk.submit()
    expect(clerk.page.get_by_test_id("kept")).to_be_visible()
    clerk.fill(phone=CLERK, password=PASSWORD)
    clerk.submit()
    clerk.tap("again")
    expect(clerk.page.locator("[name=head_name]")).to_have_value(NAME)
    expect(clerk.page.locator("[name=consent_data_sharing][value=no]")).to_be_checked()
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/households/[0-9a-f-]{36}"))
    clerk.page.go_back()
    expect(clerk.page.locator("[name=head_name]")).to_have_value("")


def test_going_back_past_a_refused_form_asks_nothing(person: Callable[[str], Person]) -> None:
    clerk = person(CLERK)
    fill_in_household(clerk, NAME)
    clerk.fill(phone="12")
    clerk.submit()
    expect(clerk.error_of("phone")).to_be_visible()
    clerk.fill(phone="0912 345 679")
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/households/[0-9a-f-]{36}"))
    clerk.page.go_back()
    expect(clerk.page.locator("[name=head_name]")).to_have_value("")
