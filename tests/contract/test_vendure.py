"""What is Vendure's own: its money, its sessions, its doubles, its words. The port's tests are the first half."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
from structlog.testing import capture_logs

from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable
from gateways.marketplaces.ours import SkuHeld
from gateways.marketplaces.vendure import wire as words
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.marketplaces.vendure.refusals import refusal
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.vendure_server import PASSWORD, VendureServer

pytestmark = [pytest.mark.xdist_group("vendure"), pytest.mark.timeout(600)]

CATALOGUE = ["ReadCatalog", "CreateCatalog", "UpdateCatalog"]
PRICES = "{ products(options: { take: 100 }) { items { variants { sku price currencyCode } } } }"


@pytest.fixture
def wire(vendure: VendureServer) -> Iterator[FaultyWire]:
    with faulty_wire(vendure.url) as between:
        yield between


def raw_price(server: VendureServer, sku: str) -> tuple[int, str]:
    """As a customer's program reads it."""
    variants = [v for item in server.shop(PRICES)["products"]["items"] for v in item["variants"]]
    return next((v["price"], v["currencyCode"]) for v in variants if v["sku"] == sku)


def operations(wire: FaultyWire) -> list[str]:
    return [json.loads(body)["query"].split("(")[0].split()[1] for _, body in wire.requests]


def problems(caught: pytest.ExceptionInfo[GatewayRejected]) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.code) for problem in caught.value.problems]


# Money


def test_by_default_dong_are_counted_in_hundredths(vendure: VendureServer) -> None:
    offer = make_offer(price=45_000)
    vendure.connect().publish(offer)
    assert raw_price(vendure, offer.sku) == (4_500_000, "VND")


def test_the_server_is_asked_how_it_counts(vendure_on_postgresql: VendureServer) -> None:
    offer = make_offer(price=45_000)
    vendure_on_postgresql.connect().publish(offer)
    assert raw_price(vendure_on_postgresql, offer.sku) == (450_000_000, "VND")


@pytest.mark.parametrize("price", [2**31 // 10_000 + 1, 9_999_999_999_999])
def test_a_price_that_the_server_cannot_store_is_rejected(
    vendure_on_postgresql: VendureServer, price: int
) -> None:
    offer = make_offer()
    client = vendure_on_postgresql.connect()
    with pytest.raises(GatewayRejected) as caught:
        client.publish(replace(offer, price=price))
    assert problems(caught) == [("price", "too_high")]
    assert vendure_on_postgresql.shown(offer) == []
    client.publish(offer)
    assert [shown.price for shown in vendure_on_postgresql.shown(offer)] == [offer.price]


def test_a_channel_in_another_currency_is_warned_of_until_it_sells_in_dong(vendure: VendureServer) -> None:
    client, offer = vendure.connect(), make_offer()
    with selling_in(vendure, "USD"):
        shown = client.publish(offer)
        assert [(warning.field, warning.code) for warning in shown.warnings] == [
            ("price", "currency_not_dong")
        ]
        assert raw_price(vendure, offer.sku) == (4_500_000, "USD")
    assert client.publish(offer).warnings == ()
    assert raw_price(vendure, offer.sku) == (4_500_000, "VND")


@contextmanager
def selling_in(server: VendureServer, currency: str) -> Iterator[None]:
    change = """mutation($input: UpdateChannelInput!) {
      updateChannel(input: $input) { ... on Channel { defaultCurrencyCode } }
    }"""
    channel = server.admin("{ activeChannel { id } }")["activeChannel"]["id"]
    both = ["VND", "USD"]
    given = {"id": channel, "availableCurrencyCodes": both}
    server.admin(change, input={**given, "defaultCurrencyCode": currency})
    try:
        yield
    finally:
        server.admin(change, input={**given, "defaultCurrencyCode": "VND"})


# Only what differs is sent


def test_publishing_again_only_asks(vendure: VendureServer, wire: FaultyWire) -> None:
    client, offer = vendure.connect(wire.url), make_offer()
    client.publish(offer)
    assert operations(wire) == [
        "Login", "Channel", "FindProducts", "CreateProduct", "CreateVariant", "UpdateProduct",
    ]  # fmt: skip
    wire.requests.clear()
    client.publish(offer)
    assert operations(wire) == ["FindProducts"]


def test_a_new_price_is_all_that_is_sent(vendure: VendureServer, wire: FaultyWire) -> None:
    client, offer = vendure.connect(wire.url), make_offer()
    client.publish(offer)
    wire.requests.clear()
    client.publish(replace(offer, price=47_000))
    assert operations(wire) == ["FindProducts", "UpdateVariant"]
    sent = json.loads(wire.requests[-1][1])["variables"]["input"]
    assert (sent.keys(), sent["price"]) == ({"id", "price"}, 4_700_000)


# Sessions and rights


def test_an_expired_session_is_renewed_once(vendure: VendureServer, wire: FaultyWire) -> None:
    address = vendure.add_administrator(CATALOGUE)
    client, offer = VendureMarketplace(wire.url, address, PASSWORD, 30), make_offer()
    client.publish(offer)
    token = wire.requests[-1][0]["Authorization"].removeprefix("Bearer ")
    vendure.admin("mutation { logout { success } }", token=token)
    wire.requests.clear()
    client.publish(offer)
    assert operations(wire) == ["FindProducts", "Login", "FindProducts"]


def test_an_account_without_the_right_is_rejected(vendure: VendureServer) -> None:
    address = vendure.add_administrator(["ReadCatalog"])
    client = VendureMarketplace(vendure.url, address, PASSWORD, 30)
    with pytest.raises(GatewayRejected) as caught:
        client.publish(make_offer())
    assert problems(caught) == [(None, "forbidden")]


def test_catalogue_rights_are_enough(vendure: VendureServer) -> None:
    address = vendure.add_administrator(CATALOGUE)
    client, offer = VendureMarketplace(vendure.url, address, PASSWORD, 30), make_offer()
    client.publish(offer)
    client.withdraw(offer)
    client.publish(offer)
    assert len(vendure.shown(offer)) == 1


# Doubles, and pages that others made


def test_of_two_pages_the_older_is_shown_and_the_other_hidden(vendure: VendureServer) -> None:
    offer = make_offer()
    older, newer = (vendure.add_page(offer.sku, title=offer.title) for _ in range(2))
    listing = vendure.connect().publish(offer)
    assert listing.external_id == older
    assert [shown.external_id for shown in vendure.shown(offer)] == [older]
    hidden = vendure.admin("query($id: ID!) { product(id: $id) { enabled } }", id=newer)
    assert hidden == {"product": {"enabled": False}}


def test_a_page_that_sells_other_goods_too_is_left_alone(vendure: VendureServer) -> None:
    offer = make_offer()
    theirs = vendure.add_page(offer.sku, "THEIRS")
    with pytest.raises(SkuHeld):
        vendure.connect().publish(offer)
    with pytest.raises(AlreadyDone):
        vendure.connect().withdraw(offer)
    page = vendure.admin("query($id: ID!) { product(id: $id) { name enabled } }", id=theirs)
    assert page == {"product": {"name": "By hand", "enabled": True}}


def test_a_sku_changed_by_hand_is_put_right(vendure: VendureServer) -> None:
    client, offer = vendure.connect(), make_offer()
    listing = client.publish(offer)
    find = "query($id: ID!) { product(id: $id) { variants { id } } }"
    variant = vendure.admin(find, id=listing.external_id)["product"]["variants"][0]["id"]
    vendure.admin(words.UPDATE_VARIANT, input={"id": variant, "sku": "TYPO"})
    assert client.publish(offer) == listing
    assert [shown.external_id for shown in vendure.shown(offer)] == [listing.external_id]
    assert vendure.pages(offer) == 1


# Others that publish at the same moment


@pytest.mark.parametrize("moment", ["CreateProduct", "CreateVariant"])
def test_a_create_that_came_late_is_found_by_the_next_try(
    vendure: VendureServer, wire: FaultyWire, moment: str
) -> None:
    """The answer to a first try timed out, and the server carries it out only after the second try has looked."""
    offer = make_offer()
    wire.before = once(lambda: vendure.connect().publish(offer), f"mutation {moment}")
    with pytest.raises(GatewayUnavailable):
        vendure.connect(wire.url).publish(offer)
    vendure.connect(wire.url).publish(offer)
    assert [shown.price for shown in vendure.shown(offer)] == [offer.price]


def once(action: Callable[[], object], when: str) -> Callable[[bytes], None]:
    left = [action]

    def before(body: bytes) -> None:
        if when in body.decode() and left:
            left.pop()()

    return before


# Words


def test_anyone_can_open_the_listing(vendure: VendureServer) -> None:
    offer = make_offer()
    listing = vendure.connect().publish(offer)
    assert listing.external_url is not None
    page = requests.get(listing.external_url, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=30).json()
    assert page["data"]["product"]["name"] == offer.title


def test_a_description_is_text_not_markup(vendure: VendureServer) -> None:
    offer = make_offer(description="<img src=x onerror=alert(1)>\nHai dòng & hết")
    listing = vendure.connect().publish(offer)
    query = "query($id: ID!) { product(id: $id) { description } }"
    shown = vendure.shop(query, id=listing.external_id)["product"]["description"]
    assert shown == "&lt;img src=x onerror=alert(1)&gt;<br>\nHai dòng &amp; hết"


def test_every_call_is_one_line_in_the_log_without_secrets(vendure: VendureServer) -> None:
    offer = make_offer()
    with capture_logs() as lines:
        vendure.connect().publish(offer)
        with pytest.raises(GatewayRejected):
            vendure.connect(password="khong-phai-the").publish(offer)
    calls = [(line["event"], line["operation"], line["sku"], line["outcome"]) for line in lines]
    assert calls[0] == ("vendure_call", "Login", offer.sku, "ok")
    assert calls[-1] == ("vendure_call", "Login", offer.sku, "GatewayShut")
    assert len(calls) == 7
    assert "khong-phai-the" not in repr(lines)


TAX_ZONE = (
    "The active tax zone could not be determined. Ensure a default tax zone is set for the current channel."
)


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("INTERNAL_SERVER_ERROR", TAX_ZONE, GatewayUnavailable),
        ("ENTITY_NOT_FOUND", 'No ProductVariant with the id "9" could be found', GatewayUnavailable),
        (None, "connect ECONNREFUSED 127.0.0.1:5432", GatewayUnavailable),
        ("USER_INPUT_ERROR", "stockOnHand cannot be a negative value", "stock"),
        ("BAD_USER_INPUT", 'Field "sku" of required type "String!" was not provided.', "sku"),
        ("CHANNEL_NOT_FOUND", 'No Channel with the token "x" could be found', None),
    ],
)
def test_vendures_refusals_name_the_next_move(code: str | None, message: str, expected: Any) -> None:
    """As the server worded them when it was tried."""
    error = refusal([{"message": message, **({"extensions": {"code": code}} if code else {})}])
    if isinstance(error, GatewayRejected):
        assert [problem.field for problem in error.problems] == [expected]
    else:
        assert isinstance(error, expected)
