"""The main job: a household and a stall are registered, the stall is paid, the manager sees it, and the
household's listing stands on a marketplace server."""

import re
import time
from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import expect

from core.vietqr import decode
from tests.journeys.product import Person, Product

CLERK, STALLHOLDER, MANAGER = "0900000001", "0900000002", "0900000003"
SignIn = Callable[[str], Person]

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def register_household(clerk: Person, name: str) -> None:
    fill_in_household(clerk, name)
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/households/[0-9a-f-]{36}"))


def fill_in_household(clerk: Person, name: str) -> None:
    clerk.page.goto("/households/new")
    clerk.fill(head_name=name, national_id="010190012345", phone="0912 345 678", hamlet="Na Hối")
    commune = clerk.page.locator("[name=commune_code]:not([type=hidden])")
    if commune.count():
        clerk.fill(commune_code="02839")
    clerk.fill(
        consent_registration="yes",
        consent_publication="yes",
        consent_data_sharing="no",
        consent_messages="no",
    )


def open_shop(clerk: Person, market: str, number: str) -> None:
    """From the household's page to its stall's."""
    clerk.tap("open-seller")
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/sellers/[0-9a-f-]{36}"))
    seller = clerk.page.url
    clerk.tap("open-stall")
    clerk.page.get_by_role("link", name=market).first.click()
    clerk.fill(number=number, bin="970405", account_number="8888012345", holder_name="GIANG THI SEO")
    clerk.page.locator("[name=channel_id]").first.check(force=True)
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/stalls/[0-9a-f-]{36}"))
    expect(clerk.page.get_by_test_id("static-qr").locator("svg")).to_be_visible()
    assert decode(clerk.qr("static-qr")).note == clerk.text("reference")
    clerk.page.goto(seller)


def offer_plums(clerk: Person) -> None:
    """From the seller's page to a drafted listing's."""
    clerk.tap("new-product")
    clerk.fill(name="Mận hậu", unit="kg", description="Mận hậu hái sớm, giòn và ngọt.")
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/listings/new"))
    clerk.fill(price="45.000", stock="30", marketplaces="vendure")
    clerk.submit()
    clerk.page.wait_for_url(re.compile(r"/listings/[0-9a-f-]{36}"))


def todays_total(manager: Person, market: str) -> int:
    manager.page.goto("/markets")
    manager.page.get_by_role("link", name=market).first.click()
    manager.page.goto(manager.page.url.rstrip("/") + "/report")
    return manager.dong("total-cashless")


def shop_shows(product: Product, sku: str) -> list[dict[str, object]]:
    """What any customer of the floor sees of a SKU."""
    query = "{ products(options: { take: 100 }) { items { name variants { sku price currencyCode } } } }"
    answer = requests.post(f"{product.floor_url}/shop-api", json={"query": query}, timeout=20).json()
    return [
        {"name": item["name"], **variant}
        for item in answer["data"]["products"]["items"]
        for variant in item["variants"]
        if variant["sku"] == sku
    ]


def test_a_household_is_registered_and_its_plums_stand_on_the_marketplace(
    person: SignIn, product: Product
) -> None:
    clerk = person(CLERK)
    register_household(clerk, "Giàng Thị Seo")
    expect(clerk.page.get_by_test_id("household-code")).to_have_text(re.compile("^HO-"))
    expect(clerk.page.get_by_test_id("national-id")).to_have_text("•••••••••345")
    open_shop(clerk, "Chợ Bắc Hà", f"J{int(time.time()) % 10_000}")
    offer_plums(clerk)
    sku = clerk.text("sku")
    assert shop_shows(product, sku) == []
    clerk.tap("approve")
    expect(clerk.page.locator("[data-marketplace=vendure]")).to_have_attribute(
        "data-status", "listed", timeout=60_000
    )
    shown = shop_shows(product, sku)
    assert [(item["name"], item["currencyCode"]) for item in shown] == [("Mận hậu – Bắc Hà (kg)", "VND")]
    assert shown[0]["price"] in {45_000, 4_500_000}


def test_a_paid_qr_is_announced_on_the_stall_and_grows_the_managers_report(
    person: SignIn, product: Product
) -> None:
    manager, holder, watching = person(MANAGER), person(STALLHOLDER), person(STALLHOLDER)
    before = todays_total(manager, "Chợ Bắc Hà")
    expect(watching.page.get_by_test_id("live")).to_have_attribute("data-state", "on", timeout=15_000)

    holder.tap("take-money")
    holder.fill(amount="45000")
    holder.submit()
    expect(holder.page.get_by_test_id("request-qr").locator("svg")).to_be_visible(timeout=20_000)
    assert decode(holder.qr("request-qr")).amount == 45_000
    link = str(holder.page.get_by_test_id("checkout").get_attribute("href")).rpartition("/")[2]
    assert requests.post(f"{product.payos_url}/sandbox/pay/{link}", json={}, timeout=20).status_code == 200

    expect(holder.page.get_by_test_id("received")).to_be_visible(timeout=15_000)
    announced = watching.page.get_by_test_id("announcement")
    expect(announced).to_contain_text("45.000", timeout=15_000)
    assert todays_total(manager, "Chợ Bắc Hà") == before + 45_000


def test_a_payment_whose_notice_is_lost_is_found_by_asking(person: SignIn, product: Product) -> None:
    holder = person(STALLHOLDER)
    holder.tap("take-money")
    holder.fill(amount="12000")
    holder.submit()
    expect(holder.page.get_by_test_id("checkout")).to_be_visible(timeout=20_000)
    link = str(holder.page.get_by_test_id("checkout").get_attribute("href")).rpartition("/")[2]
    requests.post(f"{product.payos_url}/sandbox/faults", json={"kind": "no_webhook", "count": 1}, timeout=20)
    requests.post(f"{product.payos_url}/sandbox/pay/{link}", json={}, timeout=20)
    expect(holder.page.get_by_test_id("received")).to_be_visible(timeout=70_000)


@pytest.mark.parametrize(
    ("amount", "words"),
    [("0", "lớn hơn 0"), ("-5000", "lớn hơn 0"), ("12,5", "số nguyên"), ("99999999999999", "13 chữ số")],
)
def test_an_amount_that_cannot_be_is_explained_beside_the_field(
    person: SignIn, amount: str, words: str
) -> None:
    holder = person(STALLHOLDER)
    holder.tap("take-money")
    field = holder.page.locator("[name=amount]")
    field.evaluate(
        "(element, value) => { element.removeAttribute('data-money'); element.value = value }", amount
    )
    holder.submit()
    expect(holder.page.locator("#field-amount-error")).to_contain_text(words)
    assert re.sub(r"\.", "", field.input_value()) == amount.replace(".", "")


def test_nobody_opens_another_markets_stall(person: SignIn, product: Product) -> None:
    manager, holder = person(MANAGER), person(STALLHOLDER)
    manager.page.goto("/markets")
    manager.page.get_by_role("link", name="Chợ Sa Pa").first.click()
    other = manager.page.locator("a[href^='/stalls/']").first.get_attribute("href")
    answer = holder.page.goto(str(other))
    assert answer is not None
    assert answer.status == 404


def test_the_language_can_be_switched_and_stays(person: SignIn, product: Product) -> None:
    holder = person(STALLHOLDER)
    holder.page.get_by_role("button", name="English").click()
    expect(holder.page.get_by_test_id("take-money")).not_to_have_text("Nhận tiền")
    expect(holder.page.locator("html")).to_have_attribute("lang", "en")
    holder.page.reload()
    expect(holder.page.locator("html")).to_have_attribute("lang", "en")
    # The account keeps it, and others sign in with it.
    holder.page.get_by_role("button", name="Tiếng Việt").click()
    expect(holder.page.locator("html")).to_have_attribute("lang", "vi")


@pytest.mark.parametrize("path", ["/sign-in", "/", "/households/new", "/markets", "/listings"])
def test_no_page_weighs_over_100_kb_on_first_load(person: SignIn, product: Product, path: str) -> None:
    clerk = person(CLERK)
    transferred = 0
    session = clerk.context.new_cdp_session(clerk.page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def add(event: dict[str, float]) -> None:
        nonlocal transferred
        transferred += int(event["encodedDataLength"])

    session.on("Network.loadingFinished", add)
    clerk.page.goto(path, wait_until="networkidle")
    assert 1_000 < transferred < 100_000
