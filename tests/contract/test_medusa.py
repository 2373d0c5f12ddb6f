"""What is Medusa's own: its sessions and keys, its unique SKUs, its words. The port's tests are the first half."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateways.errors import GatewayRejected, GatewayUnavailable
from gateways.marketplaces.medusa.client import MedusaMarketplace
from gateways.marketplaces.medusa.orders import MedusaOrderDesk
from gateways.marketplaces.medusa.refusals import NotThere, refusal
from gateways.ports import OrderStatus, Package
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.medusa_server import EMAIL, PASSWORD, MedusaServer
from tests.contract.pictures import PictureHost
from tests.contract.test_floor_orders import drain

pytestmark = [pytest.mark.xdist_group("medusa"), pytest.mark.timeout(600)]


@pytest.fixture
def wire(medusa: MedusaServer) -> Iterator[FaultyWire]:
    with faulty_wire(medusa.url) as between:
        yield between


def bodies(wire: FaultyWire) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in wire.requests if body]


def problems(caught: pytest.ExceptionInfo[GatewayRejected]) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.code) for problem in caught.value.problems]


# Only what differs is sent


def test_publishing_again_only_asks(medusa: MedusaServer, wire: FaultyWire, photos: PictureHost) -> None:
    client = medusa.connect(wire.url)
    offer = make_offer(
        pictures=photos.make_pictures(2),
        weight_grams=500,
        package=Package(10, 20, 5),
        attributes={"vụ mùa": "tháng 6"},
    )
    client.publish(offer)
    wire.requests.clear()
    client.publish(offer)
    assert len(wire.requests) == 1
    assert bodies(wire) == []


def test_a_new_price_is_all_that_is_sent(medusa: MedusaServer, wire: FaultyWire) -> None:
    client, offer = medusa.connect(wire.url), make_offer()
    client.publish(offer)
    wire.requests.clear()
    client.publish(replace(offer, price=47_000))
    assert bodies(wire) == [{"prices": [{"currency_code": "vnd", "amount": 47_000}]}]


def test_a_new_stock_is_all_that_is_sent(medusa: MedusaServer, wire: FaultyWire) -> None:
    client, offer = medusa.connect(wire.url), make_offer()
    client.publish(offer)
    wire.requests.clear()
    client.publish(replace(offer, stock=4))
    assert bodies(wire) == [{"stocked_quantity": 4}]


def test_prices_that_others_set_are_kept(medusa: MedusaServer) -> None:
    client, offer = medusa.connect(), make_offer()
    listing = client.publish(offer)
    find = f"products/{listing.external_id}?fields=variants.id,*variants.prices,*variants.prices.price_rules"
    variant = medusa.admin("GET", find)["product"]["variants"][0]
    region = medusa.shop("GET", "regions")["regions"][0]["id"]
    theirs = {"currency_code": "vnd", "amount": 44_000, "rules": {"region_id": region}}
    path = f"products/{listing.external_id}/variants/{variant['id']}"
    medusa.admin("POST", path, {"prices": [{"currency_code": "vnd", "amount": 45_000}, theirs]})
    client.publish(replace(offer, price=47_000))
    prices = medusa.admin("GET", find)["product"]["variants"][0]["prices"]
    assert sorted((price["amount"], price["rules"]) for price in prices) == [
        (44_000, {"region_id": region}),
        (47_000, {}),
    ]


# Pictures, weight, category


def test_a_picture_that_the_page_has_is_not_uploaded_again(medusa: MedusaServer, photos: PictureHost) -> None:
    client, offer = medusa.connect(), make_offer(pictures=photos.make_pictures(3))
    client.publish(offer)
    client.publish(replace(offer, pictures=offer.pictures[::-1]))
    for picture in offer.pictures:
        assert len(list(medusa.files.glob(f"*{picture.key}.jpg"))) == 1


def test_the_parcel_is_told(medusa: MedusaServer) -> None:
    offer = make_offer(weight_grams=750, package=Package(length=30, width=20, height=10))
    listing = medusa.connect().publish(offer)
    found = medusa.admin("GET", f"products/{listing.external_id}?fields=weight,length,width,height")
    told = {name: found["product"][name] for name in ("weight", "length", "width", "height")}
    assert {name: int(value) for name, value in told.items()} == {
        "weight": 750, "length": 30, "width": 20, "height": 10,
    }  # fmt: skip


def test_a_category_is_one_of_the_shops(medusa: MedusaServer) -> None:
    made = medusa.admin("POST", "product-categories", {"name": "Trái cây", "is_active": True})
    category = made["product_category"]["id"]
    client, offer = medusa.connect(), make_offer(category=category)
    listing = client.publish(offer)
    found = medusa.admin("GET", f"products/{listing.external_id}?fields=categories.id")["product"]
    assert [each["id"] for each in found["categories"]] == [category]
    with pytest.raises(GatewayRejected) as caught:
        client.publish(replace(offer, category="pcat_nowhere"))
    assert problems(caught) == [("category", "unknown")]


# Sessions and keys


def test_a_token_that_has_run_out_is_renewed_once(medusa: MedusaServer, wire: FaultyWire) -> None:
    client, offer = medusa.connect(wire.url), make_offer()
    client.publish(offer)
    client._api._session.headers["Authorization"] = "Bearer of.old.times"
    wire.requests.clear()
    client.publish(offer)
    assert bodies(wire) == [{"email": EMAIL, "password": PASSWORD}]
    assert len(wire.requests) == 3


def test_a_secret_key_is_enough(medusa: MedusaServer, photos: PictureHost) -> None:
    key = medusa.make_key()
    offer = make_offer(pictures=photos.make_pictures(1))
    MedusaMarketplace(medusa.url, key, "", "", 30).publish(offer)
    assert len(medusa.shown(offer)) == 1
    number = medusa.order((offer, 1))
    told, _ = drain(MedusaOrderDesk(medusa.url, key, "", "", 30))
    assert number in {order.number for order in told}
    with pytest.raises(GatewayRejected) as caught:
        MedusaMarketplace(medusa.url, "sk_not_one", "", "", 30).publish(offer)
    assert problems(caught) == [(None, "invalid_credentials")]


# Pages that others made, or changed


def test_a_sku_changed_by_hand_is_put_right(medusa: MedusaServer) -> None:
    client, offer = medusa.connect(), make_offer()
    listing = client.publish(offer)
    variant = medusa.admin("GET", f"products/{listing.external_id}")["product"]["variants"][0]["id"]
    medusa.admin("POST", f"products/{listing.external_id}/variants/{variant}", {"sku": "TYPO"})
    assert client.publish(offer) == listing
    assert [shown.external_id for shown in medusa.shown(offer)] == [listing.external_id]
    medusa.admin("POST", f"products/{listing.external_id}/variants/{variant}", {"sku": "TYPO"})


def test_a_page_that_lost_its_variant_gets_a_new_one(medusa: MedusaServer) -> None:
    client, offer = medusa.connect(), make_offer()
    listing = client.publish(offer)
    variant = medusa.admin("GET", f"products/{listing.external_id}")["product"]["variants"][0]["id"]
    medusa.admin("DELETE", f"products/{listing.external_id}/variants/{variant}")
    assert client.publish(offer) == listing
    assert [(shown.price, shown.stock) for shown in medusa.shown(offer)] == [(offer.price, offer.stock)]


def test_a_sku_on_a_page_of_others_is_rejected(medusa: MedusaServer) -> None:
    offer = make_offer()
    variants = [
        {"title": sku, "sku": sku, "prices": [], "options": {"Cỡ": sku}}
        for sku in (offer.sku, f"X{offer.sku}")
    ]
    option = {"title": "Cỡ", "values": [variant["sku"] for variant in variants]}
    theirs = {"title": "By hand", "options": [option], "variants": variants}
    medusa.admin("POST", "products", theirs)
    with pytest.raises(GatewayRejected) as caught:
        medusa.connect().publish(offer)
    assert problems(caught) == [("sku", "taken")]


def test_another_that_made_the_page_at_that_moment_is_found_by_the_next_try(
    medusa: MedusaServer, wire: FaultyWire
) -> None:
    offer = make_offer()
    others = [lambda: medusa.connect().publish(offer)]
    wire.before = lambda body: others.pop()() if b'"handle"' in body and others else None
    with pytest.raises(GatewayUnavailable):
        medusa.connect(wire.url).publish(offer)
    medusa.connect(wire.url).publish(offer)
    assert [shown.price for shown in medusa.shown(offer)] == [offer.price]
    assert medusa.pages(offer) == 1


# Orders


def test_the_tracking_number_is_told(medusa: MedusaServer) -> None:
    offer, desk = make_offer(), medusa.desk()
    medusa.connect().publish(offer)
    number = medusa.number_of(medusa.order((offer, 1)))
    desk.ship_order(number, "VN123456789")
    found = medusa.admin("GET", f"orders/{number}?fields=*fulfillments.labels")["order"]["fulfillments"]
    assert [label["tracking_number"] for parcel in found for label in parcel["labels"]] == ["VN123456789"]


def test_an_order_is_paid_once_the_money_is_captured_and_delivered_once_it_is_there(
    medusa: MedusaServer,
) -> None:
    offer, desk = make_offer(), medusa.desk()
    medusa.connect().publish(offer)
    _, cursor = drain(desk)
    number = medusa.number_of(medusa.order((offer, 1)))
    told, cursor = drain(desk, cursor)
    assert [order.paid for order in told] == [False]
    found = medusa.admin("GET", f"orders/{number}?fields=payment_collections.payments.id")["order"]
    payment = found["payment_collections"][0]["payments"][0]["id"]
    medusa.admin("POST", f"payments/{payment}/capture")
    desk.ship_order(number, None)
    told, cursor = drain(desk, cursor)
    assert [(order.paid, order.status) for order in told] == [(True, OrderStatus.SHIPPED)]
    parcel = medusa.admin("GET", f"orders/{number}?fields=fulfillments.id")["order"]["fulfillments"][0]["id"]
    medusa.admin("POST", f"orders/{number}/fulfillments/{parcel}/mark-as-delivered", {})
    told, _ = drain(desk, cursor)
    assert [order.status for order in told] == [OrderStatus.DELIVERED]


# Words


@pytest.mark.parametrize(
    ("status", "kind", "message", "expected"),
    [
        (400, "invalid_data", "Product variant with sku: CP-1, already exists.", GatewayUnavailable),
        (400, "invalid_data", "Product with handle: cho-phien-1, already exists.", GatewayUnavailable),
        (400, "invalid_data", "Invalid request: Field 'title' is required", "title"),
        (400, "invalid_data", "Invalid request: Expected type: 'number' for field 'amount'", "price"),
        (400, "not_allowed", "All fulfillments must be canceled before canceling an order", None),
        (404, "not_found", 'Product with id "nope" not found', NotThere),
        (409, "conflict", "Request conflicts", GatewayUnavailable),
        (413, "unknown_error", "request entity too large", None),
        (401, "unauthorized", "Unauthorized", None),
        (403, "forbidden", "Forbidden", None),
        (302, "None", "", GatewayUnavailable),
    ],
)
def test_medusas_refusals_name_the_next_move(status: int, kind: str, message: str, expected: Any) -> None:
    """As the server worded them when it was tried."""
    error = refusal(status, {"type": kind, "message": message})
    if isinstance(error, GatewayRejected):
        assert [problem.field for problem in error.problems] == [expected]
    else:
        assert isinstance(error, expected)
