"""What is WooCommerce's own. The port's tests are the first half."""

import json
from dataclasses import replace
from threading import Thread
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs

from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.woocommerce.api import WooAccount, WooApi
from gateways.marketplaces.woocommerce.client import WooMarketplace
from gateways.marketplaces.woocommerce.refusals import SkuTaken, refusal
from gateways.marketplaces.woocommerce.wire import Shop, product_fields
from gateways.ports import FloorListing, Package
from tests.contract.faulty_wire import faulty_wire
from tests.contract.floors import make_offer
from tests.contract.pictures import make_picture
from tests.contract.woocommerce_floor import KEY, SECRET, WooFloor

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


# The SKU, which is not unique


def test_creates_at_the_same_moment_make_two_in_the_shop(woocommerce: WooFloor) -> None:
    """The trait itself: without it the next test would prove nothing."""
    sku = make_offer().sku
    url = f"{woocommerce.url}/wp-json/wc/v3/products"
    body = {"name": "Mận", "sku": sku}

    def create() -> None:
        requests.post(url, json=body, auth=(KEY, SECRET), timeout=30)

    at_once(create, create)
    assert len(woocommerce.products(sku)) == 2


def test_two_publishers_at_once_leave_one_for_customers(woocommerce: WooFloor) -> None:
    offer = make_offer()
    ended: list[FloorListing | GatewayError] = []

    def publish() -> None:
        try:
            ended.append(woocommerce.connect().publish(offer))
        except GatewayError as error:
            ended.append(error)

    at_once(publish, publish)
    listing = woocommerce.connect().publish(offer)
    assert [shown.external_id for shown in woocommerce.shown(offer)] == [listing.external_id]
    assert len(ended) == 2


def at_once(*works: Any) -> None:
    threads = [Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_duplicate_sku_for_a_product_that_was_made_is_a_success(woocommerce: WooFloor) -> None:
    woocommerce.fault("false_duplicate")
    offer = make_offer()
    listing = woocommerce.connect().publish(offer)
    assert [shown.external_id for shown in woocommerce.shown(offer)] == [listing.external_id]


def test_a_sku_that_nobody_can_find_is_said_to_a_person(woocommerce: WooFloor) -> None:
    """As where the product lies in the bin: it holds its SKU."""
    woocommerce.fault("error", call="create_product", code="product_invalid_sku")
    with pytest.raises(SkuTaken) as caught:
        woocommerce.connect().publish(make_offer())
    assert [problem.field for problem in caught.value.problems] == ["sku"]


def test_of_two_products_the_older_is_shown(woocommerce: WooFloor) -> None:
    offer = make_offer()
    body = {"name": offer.title, "sku": offer.sku}
    url = f"{woocommerce.url}/wp-json/wc/v3/products"
    at_once(*[lambda: requests.post(url, json=body, auth=(KEY, SECRET), timeout=30)] * 3)
    listing = woocommerce.connect().publish(offer)
    assert listing.external_id == str(min(row["id"] for row in woocommerce.products(offer.sku)))
    assert [shown.external_id for shown in woocommerce.shown(offer)] == [listing.external_id]


# Words and numbers


def test_weight_and_size_are_in_the_shops_units() -> None:
    offer = make_offer(weight_grams=1_200, package=Package(30, 20, 15))
    grams = [
        {"id": "woocommerce_weight_unit", "value": "g"},
        {"id": "woocommerce_dimension_unit", "value": "mm"},
    ]
    fields = product_fields(offer, Shop.read({"code": "VND"}, grams))
    assert (fields["weight"], fields["dimensions"]) == (
        "1200",
        {"length": "300", "width": "200", "height": "150"},
    )
    fields = product_fields(offer, Shop.read({"code": "VND"}, []))
    assert (fields["weight"], fields["dimensions"]["length"]) == ("1.2", "30")


def test_a_description_is_text_not_markup(woocommerce: WooFloor) -> None:
    offer = make_offer(description="<script>alert(1)</script>\nHai dòng & hết")
    woocommerce.connect().publish(offer)
    shown = woocommerce.products(offer.sku)[0]["description"]
    assert shown == "&lt;script&gt;alert(1)&lt;/script&gt;<br>\nHai dòng &amp; hết"


def test_a_category_that_the_shop_does_not_have_is_warned_of(woocommerce: WooFloor) -> None:
    offer = make_offer(category="99")
    warnings = woocommerce.connect().publish(offer).warnings
    assert [(warning.field, warning.code) for warning in warnings] == [("category", "unknown")]
    assert woocommerce.connect().publish(replace(offer, category="100630")).warnings == ()


def test_only_what_differs_is_sent(woocommerce: WooFloor) -> None:
    with faulty_wire(woocommerce.url) as wire:
        client, offer = woocommerce.connect(wire.url), make_offer()
        client.publish(offer)
        client.publish(replace(offer, price=47_000))
        assert json.loads(wire.requests[-1][1]) == {"regular_price": "47000"}


# Refusals


def test_a_picture_that_the_shop_cannot_fetch_is_named(woocommerce: WooFloor) -> None:
    woocommerce.fault("refuse_pictures")
    offer = make_offer(pictures=(make_picture(),))
    with pytest.raises(GatewayRejected) as caught:
        woocommerce.connect().publish(offer)
    assert [problem.field for problem in caught.value.problems] == ["pictures"]
    assert woocommerce.pages(offer) == 0


def test_the_secret_never_leaves_without_tls() -> None:
    client = WooMarketplace(WooApi(WooAccount("http://shop.example.org", KEY, SECRET, 1)))
    with pytest.raises(GatewayShut) as caught:
        client.publish(make_offer())
    assert [problem.code for problem in caught.value.problems] == ["not_secure"]


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (
            401,
            {"code": "woocommerce_rest_cannot_create", "message": "Sorry, …", "data": {"status": 401}},
            [None],
        ),
        (
            400,
            {
                "code": "rest_invalid_param",
                "message": "…",
                "data": {"params": {"stock_quantity": "no integer"}},
            },
            ["stock"],
        ),
        (400, {"code": "woocommerce_product_image_upload_error", "message": "…", "data": {}}, ["pictures"]),
        (
            400,
            {
                "code": "woocommerce_rest_product_not_created",
                "message": "The SKU (X) you are trying to insert is already under processing",
                "data": {},
            },
            ["sku"],
        ),
        (400, {"code": "woocommerce_rest_product_not_created", "message": "disk full", "data": {}}, [None]),
        (404, {"code": "rest_no_route", "message": "No route", "data": {}}, GatewayUnavailable),
    ],
)
def test_refusals_name_the_next_move(status: int, answer: dict[str, Any], expected: Any) -> None:
    error = refusal(status, answer)
    if isinstance(error, GatewayRejected):
        assert [problem.field for problem in error.problems] == expected
    else:
        assert type(error) is expected


@pytest.mark.parametrize("kind", ["http_500", "html"])
def test_a_passing_fault_is_unavailable(woocommerce: WooFloor, kind: str) -> None:
    woocommerce.fault(kind)
    with pytest.raises(GatewayUnavailable):
        woocommerce.connect().publish(make_offer())


def test_a_shop_that_is_asked_too_often_says_so(woocommerce: WooFloor) -> None:
    woocommerce.sandbox.control("POST", "pace", latency=0, qps=1)
    client = woocommerce.connect()
    client.read(make_offer())
    with pytest.raises(GatewayThrottled):
        client.read(make_offer())


def test_no_secret_and_no_buyer_is_logged(woocommerce: WooFloor) -> None:
    offer = make_offer()
    with capture_logs() as lines:
        woocommerce.connect().publish(offer)
        woocommerce.desk().ship_order(woocommerce.place_order([(offer.sku, 1)]), "VN1")
        woocommerce.desk().list_orders(None)
    said = json.dumps(lines, default=str)
    assert [secret for secret in (KEY, SECRET, "Khách Thử", "0900000099") if secret in said] == []
    assert len(lines) > 6
