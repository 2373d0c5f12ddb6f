"""The floors sandbox itself: what is ordered of it happens, its books outlive it, and it knows its limits."""

import time
from pathlib import Path

import pytest
import requests

from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from tests.contract.floors import asking, make_offer
from tests.contract.floors_sandbox import FloorsSandbox
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.tiktok_floor import TiktokFloor
from tests.contract.woocommerce_floor import WooFloor

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
        shopee.connect().read(make_offer())
    assert caught.value.retry_after == expected


def test_a_fault_hits_its_floor_and_call_only_and_so_often(shopee: ShopeeFloor, tiktok: TiktokFloor) -> None:
    shopee.fault("error", code="error_server", call="search_item", count=2)
    tiktok.connect().read(make_offer())
    for _ in range(2):
        with pytest.raises(GatewayUnavailable):
            shopee.connect().read(make_offer())
    shopee.connect().read(make_offer())


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
    client.read(make_offer())
    assert time.monotonic() - began >= 0.05
    client.read(make_offer())
    with pytest.raises(GatewayThrottled):
        client.read(make_offer())
    other = TiktokFloor(sandbox)
    other.connect().read(make_offer())
    time.sleep(1)
    client.read(make_offer())


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


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("get_escrow_list", {"release_time_from": 1}),
        ("get_escrow_list", {"release_time_from": 2, "release_time_to": 1}),
        ("get_escrow_list", {"release_time_from": 1, "release_time_to": 2, "page_size": 101}),
        ("get_wallet_transaction_list", {"create_time_from": 1, "create_time_to": 2}),
        (
            "get_wallet_transaction_list",
            {"page_no": 0, "page_size": 40, "create_time_from": 0, "create_time_to": 16 * 86_400},
        ),
    ],
)
def test_shopees_payments_ask_for_their_fields(shopee: ShopeeFloor, path: str, given: dict[str, int]) -> None:
    with pytest.raises(GatewayRejected):
        shopee.api().get(f"/api/v2/payment/{path}", "", **given)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("transaction/details/get", {"start_time": "2026-11-01"}),
        ("transaction/details/get", {"start_time": "2026-01-01", "end_time": "2026-11-01"}),
        ("transaction/details/get", {"start_time": "2026-11-01", "end_time": "2026-11-02", "limit": "501"}),
        ("payout/status/get", {}),
    ],
)
def test_lazadas_finance_asks_for_its_fields(lazada: LazadaFloor, path: str, given: dict[str, str]) -> None:
    with pytest.raises(GatewayRejected):
        lazada.api().get(f"/finance/{path}", "", **given)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("202309/statements", {}),
        ("202309/statements", {"sort_field": "statement_time", "page_size": "101"}),
        ("202501/statements/7/statement_transactions", {"sort_field": "order_create_time"}),
        ("202309/statements/7/statement_transactions", {"sort_field": "order_create_time"}),
    ],
)
def test_tiktoks_finance_asks_for_its_fields(tiktok: TiktokFloor, path: str, given: dict[str, str]) -> None:
    with pytest.raises((GatewayRejected, GatewayUnavailable)):
        tiktok.api().get(f"/finance/{path}", "", **given)


def test_nobody_pays_out_what_a_shop_was_paid_itself(
    calm_sandbox: FloorsSandbox, woocommerce: WooFloor
) -> None:
    offer = make_offer()
    woocommerce.connect().publish(offer)
    number = woocommerce.order((offer, 1))
    for order in (number, "no such order"):
        answer = requests.post(f"{calm_sandbox.url}/sandbox/settlements", json={"order": order}, timeout=30)
        assert (answer.status_code, answer.json()) == (400, {"error": "no such order"})
