"""A stallholder's goods on a phone of 360 px: from the photo onto every floor, bought on one floor and in our own shop,
packed and sent to both buyers."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.journeys.product import Person, Product
from tests.unit.core.test_images import photo

STALLHOLDER = "0900000002"
FLOORS = ("shopee", "lazada", "tiktok", "woocommerce")
NAME, WORDS = "Lê má hồng", "Hái buổi sáng ở Bắc Hà."
PRICE, STOCK = 45_000, 30
ON_SHOPEE, IN_SHOP = 3, 2
WORKED, ASKED = 30_000, 60_000
"""Milliseconds: a worker has done what a page waits for; a floor, asked every half minute, has told of its orders."""
TURN_RIGHT = 6
"""What a phone held upright writes into its photos."""

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(600)]


def test_goods_are_listed_on_every_floor_ordered_and_shipped(
    person: Callable[..., Person], product: Product
) -> None:
    holder, buyer = person(STALLHOLDER), person()
    draft_listing(holder)
    add_photo(holder)
    fill_gaps(holder)
    sku, listing = holder.text("sku"), holder.page.url
    holder.tap("approve")
    stands_on_all(holder)
    for floor in FLOORS:
        stands_once(product, floor, sku, STOCK)
        shows_the_photo(product, floor, sku)

    holder.follow("Đơn hàng")  # and there both turn up, while she looks at it
    on_shopee = buy_on_shopee(product, sku)
    in_shop = order_in_shop(buyer, sku)
    pay_by_vietqr(buyer)
    for number in (in_shop, on_shopee):
        expect(holder.page.get_by_role("link", name=number)).to_be_visible(timeout=ASKED)
    send(holder, in_shop, "EB100000001VN")
    send(holder, on_shopee, "EB100000002VN")

    expect(holder.page.get_by_text("Đang báo cho sàn")).to_have_count(0, timeout=WORKED)
    assert order_on_shopee(product, on_shopee)["status"] == "PROCESSED"
    has_the_label(holder)
    buyer.page.reload()
    expect(buyer.page.get_by_test_id("placed")).to_have_attribute("data-status", "shipped")
    expect(buyer.page.get_by_test_id("tracking")).to_have_text("EB100000001VN")
    holder.page.goto(listing)
    expect(holder.page.get_by_test_id("stock")).to_have_text(f"còn {STOCK - ON_SHOPEE - IN_SHOP}")
    stands_on_all(holder)
    for floor in FLOORS:
        stands_once(product, floor, sku, STOCK - ON_SHOPEE - IN_SHOP)


def draft_listing(holder: Person) -> None:
    """What a stallholder knows at once, with one slip: no package, no photo, and the price only when she comes back."""
    holder.follow("Tin đăng")
    holder.tap("new-product")
    holder.fill(name=NAME, unit="kg", goods="fruit", description=WORDS, weight_grams="một cân")
    holder.submit()
    expect(holder.error_of("weight_grams")).to_have_text("Hãy ghi bằng chữ số, ví dụ: 12")
    for name, typed in {
        "name": NAME,
        "goods": "fruit",
        "description": WORDS,
        "weight_grams": "một cân",
    }.items():
        expect(holder.page.locator(f"[name={name}]")).to_have_value(typed)
    expect(holder.page.locator("[name=origin_commune]").first).to_be_checked()
    holder.fill(weight_grams="")
    holder.submit()
    holder.page.wait_for_url("**/listings/new?**")
    holder.follow("Tin đăng")
    holder.page.get_by_test_id("unpriced").get_by_role("link", name=NAME).click()
    holder.fill(price=str(PRICE), stock=str(STOCK))
    for floor in FLOORS:
        holder.fill(marketplaces=floor)
    holder.submit()
    holder.page.wait_for_url(re.compile(r"/listings/[0-9a-f-]{36}"))


def add_photo(holder: Person) -> None:
    """A bill is no photo. Then what the phone took: the page shows it as soon as it is made ready."""
    holder.follow("Thêm ảnh")
    upload(holder, "hoa-don.pdf", "application/pdf", b"%PDF-1.7")
    expect(holder.error_of("file")).to_have_text("Tệp này không phải ảnh JPEG, PNG hoặc WebP")
    exif = Image.Exif()
    exif[0x0112] = TURN_RIGHT
    upload(holder, "IMG_0101.jpg", "image/jpeg", photo(4000, 3000, exif=exif))
    expect(holder.page.locator("[data-photo]")).to_have_attribute("data-status", "ready", timeout=WORKED)
    holder.tap("done-photos")


def upload(holder: Person, name: str, kind: str, content: bytes) -> None:
    holder.page.locator("[name=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    holder.submit()


def fill_gaps(holder: Person) -> None:
    """What the floors still want is asked for beside its field."""
    expect(holder.page.get_by_test_id("held")).to_contain_text("Chưa lên được")
    holder.follow("Điền phần còn thiếu")
    expect(holder.error_of("weight_grams")).to_have_count(0)
    expect(holder.error_of("package_length")).to_contain_text("dài, rộng, cao")
    expect(holder.page.locator("[name=description]")).to_have_value(WORDS)
    holder.fill(package_length="30", package_width="20", package_height="15")
    holder.submit()
    expect(holder.page.get_by_test_id("approve")).to_be_visible()
    expect(holder.page.get_by_test_id("held")).to_have_count(0)


def stands_on_all(holder: Person) -> None:
    """The page tells it by itself."""
    for floor in ("shop", *FLOORS):
        row = holder.page.locator(f"[data-marketplace={floor}]")
        expect(row).to_have_attribute("data-status", "listed", timeout=WORKED)


def stands_once(product: Product, floor: str, sku: str, stock: int) -> None:
    (found,) = products_on(product, floor, sku)
    assert (found["shown"], found["price"], found["stock"]) == (True, PRICE, stock)
    assert found["title"].startswith(NAME)


def shows_the_photo(product: Product, floor: str, sku: str) -> None:
    """One, upright: the red half, which was above, has been turned to the right."""
    (name,) = products_on(product, floor, sku)[0]["pictures"]
    answer = requests.get(f"{product.floors_url}/sandbox/pictures/{name}", timeout=20)
    shown = Image.open(io.BytesIO(answer.content)).convert("RGB")
    assert shown.height > shown.width
    red = shown.getchannel("R").point(lambda strength: strength > 128)
    assert red.getbbox() == pytest.approx((shown.width // 2, 0, shown.width, shown.height), abs=20)


def products_on(product: Product, floor: str, sku: str) -> list[dict[str, Any]]:
    answer = requests.get(f"{product.floors_url}/sandbox/products?floor={floor}&sku={sku}", timeout=20)
    found: list[dict[str, Any]] = answer.json()["products"]
    return found


def buy_on_shopee(product: Product, sku: str) -> str:
    order = {"floor": "shopee", "lines": [{"sku": sku, "quantity": ON_SHOPEE}]}
    answer = requests.post(f"{product.floors_url}/sandbox/orders", json=order, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def order_on_shopee(product: Product, number: str) -> dict[str, Any]:
    answer = requests.get(f"{product.floors_url}/sandbox/orders?id={number}", timeout=20)
    (found,) = answer.json()["orders"]
    return dict(found)


def order_in_shop(buyer: Person, sku: str) -> str:
    """By somebody without an account, who mistypes the phone number first."""
    buyer.page.goto("/shop")
    buyer.fill(q=NAME)
    buyer.page.get_by_role("button", name="Tìm").click()
    buyer.page.locator(f"a[href*='{sku}']").click()
    buyer.tap("buy")
    address = "Số 3, ngõ Thử, Hà Nội"
    buyer.fill(quantity=str(IN_SHOP), name="Đỗ Thị Mua", phone="0912", address=address, payment="transfer")
    buyer.submit()
    expect(buyer.error_of("phone")).to_be_visible()
    expect(buyer.page.locator("[name=address]")).to_have_value(address)
    buyer.fill(phone="0912 000 111")
    buyer.submit()
    return buyer.text("number")


def pay_by_vietqr(buyer: Person) -> None:
    """On payOS's page; the order's own page sees it by itself."""
    expect(buyer.page.get_by_test_id("order-qr").locator("svg")).to_be_visible(timeout=WORKED)
    with buyer.context.expect_page() as opened:
        buyer.follow("Mở trang thanh toán")
    opened.value.get_by_role("button", name="Trả tiền").click()
    expect(buyer.page.get_by_test_id("placed")).to_have_attribute("data-paid", "yes", timeout=WORKED)


def has_the_label(holder: Person) -> None:
    """Of the order that is on the page: what its floor printed."""
    label = holder.page.get_by_test_id("label")
    expect(label).to_be_visible(timeout=WORKED)
    answer = holder.context.request.get(str(label.get_attribute("href")))
    assert answer.body().startswith(b"%PDF-")


def send(holder: Person, number: str, tracking: str) -> None:
    """Out of the list: confirmed, packed, shipped."""
    holder.follow("Đơn hàng")
    holder.follow(number)
    for status in ("new", "confirmed"):
        expect(state_of_order(holder)).to_have_attribute("data-status", status)
        holder.tap("next")
    expect(state_of_order(holder)).to_have_attribute("data-status", "packed")
    holder.fill(tracking_number=tracking)
    holder.submit()
    expect(state_of_order(holder)).to_have_attribute("data-status", "shipped")


def state_of_order(holder: Person) -> Locator:
    return holder.page.get_by_test_id("order")
