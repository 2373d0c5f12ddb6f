"""The floors sandbox itself: what is ordered of it happens, its books outlive it, and it knows its limits."""

import time
from pathlib import Path

import pytest
import requests

from gateways.errors import GatewayThrottled, GatewayUnavailable
from tests.contract.floors import asking, make_offer
from tests.contract.floors_sandbox import FloorsSandbox
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


def test_books_outlive_the_process(tmp_path: Path) -> None:
    sandbox = FloorsSandbox(tmp_path)
    floor = ShopeeFloor(sandbox)
    with asking(**floor.asks):
        offer = make_offer()
    listing = floor.connect().publish(offer)
    assert sandbox.stop() == 0
    again = ShopeeFloor(FloorsSandbox(tmp_path))
    again.shelf = floor.shelf
    assert again.connect().publish(offer) == listing
    assert again.sandbox.stop() == 0


def test_a_call_that_is_late_is_carried_out(shopee: ShopeeFloor) -> None:
    shopee.fault("delay", call="add_item", seconds=1.5)
    offer = make_offer()
    client = shopee.connect(timeout=0.5)
    listing = client.publish(offer)
    assert [shown.external_id for shown in shopee.shown(offer)] == [listing.external_id]


@pytest.mark.parametrize(("seconds", "expected"), [(7, 7.0), (0, None)])
def test_429_says_how_long_to_wait_where_it_is_to(
    shopee: ShopeeFloor, seconds: int, expected: float | None
) -> None:
    shopee.fault("http_429", seconds=seconds)
    with pytest.raises(GatewayThrottled) as caught:
        shopee.connect().read("CP-NONE")
    assert caught.value.retry_after == expected


def test_a_fault_hits_its_floor_and_call_only_and_so_often(shopee: ShopeeFloor, tiktok: TiktokFloor) -> None:
    shopee.fault("error", code="error_server", call="search_item", count=2)
    tiktok.connect().read("CP-NONE")
    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            shopee.connect().read("CP-NONE")
    shopee.connect().read("CP-NONE")


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "earthquake"},
        {"kind": "drop", "floor": "voso"},
        {"kind": "drop", "count": 0},
        {"kind": "error"},
        {"kind": "delay", "seconds": "long"},
        {"kind": "drop", "colour": "red"},
        {"kind": "expire_tokens", "floor": "voso"},
    ],
)
def test_a_fault_that_cannot_be_is_refused(calm_sandbox: FloorsSandbox, wish: dict[str, object]) -> None:
    answer = requests.post(f"{calm_sandbox.url}/sandbox/faults", json=wish, timeout=10)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_latency_and_calls_a_second_are_those_of_each_account(shopee: ShopeeFloor) -> None:
    sandbox = shopee.sandbox
    sandbox.control("POST", "pace", latency=50, qps=2)
    client = shopee.connect()
    began = time.monotonic()
    client.read("CP-NONE")
    assert time.monotonic() - began >= 0.05
    client.read("CP-NONE")
    with pytest.raises(GatewayThrottled):
        client.read("CP-NONE")
    other = TiktokFloor(sandbox)
    other.connect().read("CP-NONE")
    time.sleep(1)
    client.read("CP-NONE")


def test_a_buyer_cannot_buy_what_is_not_there(shopee: ShopeeFloor) -> None:
    offer = make_offer(stock=2)
    shopee.connect().publish(offer)
    wish = {"floor": "shopee", "lines": [{"sku": offer.sku, "quantity": 3}]}
    answer = requests.post(f"{shopee.sandbox.url}/sandbox/orders", json=wish, timeout=10)
    assert answer.status_code == 400
    shopee.place_order([(offer.sku, 2)])
    assert [shown.stock for shown in shopee.shown(offer)] == [0]


def test_nobody_else_sees_a_shops_goods(shopee: ShopeeFloor) -> None:
    offer = make_offer()
    shopee.connect().publish(offer)
    told = shopee.sandbox.control("POST", "tokens", floor="shopee", account="2000002")
    assert told["account"] == "2000002"
    answer = requests.get(f"{shopee.url}/api/v2/product/search_item", timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (403, "error_param")
