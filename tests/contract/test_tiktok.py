"""What is TikTok Shop's own. The port's tests are the first half."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from core import clock
from gateways.errors import AlreadyDone, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.sessions import KeyRefused, TokenOver
from gateways.marketplaces.steps import PartlyRefused
from gateways.marketplaces.tiktok import wire as words
from gateways.marketplaces.tiktok.refusals import refusal
from gateways.marketplaces.tiktok.signature import sign
from gateways.ports import OrderLine
from tests.contract.faulty_wire import faulty_wire
from tests.contract.floors import at_once, known, make_offer, problems
from tests.contract.pictures import make_picture
from tests.contract.stores import LockedTokens
from tests.contract.tiktok_floor import APP_SECRET, TiktokFloor

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


# Signature and clock


def test_parameters_are_signed_in_order_and_the_body_with_them() -> None:
    """OpenSSL's digest, key `secret`, of
    `secret/product/202309/productsapp_key123shop_cipherROW_1timestamp1623812664{"a":1}secret`."""
    params = {"timestamp": "1623812664", "app_key": "123", "shop_cipher": "ROW_1"}
    assert (
        sign("secret", "/product/202309/products", params, b'{"a":1}')
        == "780eae5608ca41ac08c14c7dbc0fd7ad51901612ae1a870ccaec0d17e9ecb221"
    )


def test_neither_the_signature_nor_the_token_is_signed_and_files_are_not() -> None:
    """OpenSSL's digest, key `secret`, of `secret/product/202309/images/uploadapp_key123timestamp1623812664secret`."""
    params = {"timestamp": "1623812664", "app_key": "123", "sign": "x", "access_token": "y"}
    assert (
        sign("secret", "/product/202309/images/upload", params)
        == "011c31a31dc92c6e0ea1b289d64e8f4268baa129096950a043e7301d0199c317"
    )


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(seconds=60)])
def test_a_clock_that_is_off_waits_for_an_operator(
    tiktok: TiktokFloor, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    """It may be late by five minutes, but early by half a minute only."""
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + off)
    with pytest.raises(GatewayUnavailable, match="clock"):
        tiktok.connect().publish(make_offer())


# Tokens


def test_105002_is_answered_with_a_new_token(tiktok: TiktokFloor) -> None:
    before = tiktok.held
    tiktok.fault("expire_tokens")
    with faulty_wire(tiktok.url) as wire:
        tiktok.connect(wire.url).read(make_offer())
        assert len(wire.requests) == 3
    after = tiktok.held
    assert (after.access != before.access, after.refresh != before.refresh) == (True, True)
    assert timedelta(days=6) < after.expires_at - datetime.now(UTC) < timedelta(days=7)


def test_many_at_once_use_a_refresh_token_once(tiktok: TiktokFloor) -> None:
    tiktok.fault("expire_tokens")
    assert at_once(lambda: tiktok.connect().read(make_offer())) == []


def test_leave_that_was_revoked_is_for_a_person(tiktok: TiktokFloor) -> None:
    tiktok.fault("revoke_tokens")
    with pytest.raises(GatewayRejected) as caught:
        tiktok.connect().publish(make_offer())
    assert problems(caught) == [(None, "leave_revoked")]


def test_a_shop_that_was_never_connected_is_rejected(tiktok: TiktokFloor) -> None:
    tiktok.tokens = LockedTokens(None)
    with pytest.raises(GatewayRejected) as caught:
        tiktok.connect().publish(make_offer())
    assert problems(caught) == [(None, "not_connected")]


# Refusals


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (36009002, "Too many requests.", GatewayThrottled),
        (36009003, "Internal error. Please try again.", GatewayUnavailable),
        (36009007, "Request timeout.", GatewayUnavailable),
        (12001000, "product api internal error", GatewayUnavailable),
        (11001031, "System process error, please try again later.", GatewayUnavailable),
        (36009004, "Invalid timestamp. The value of the `timestamp` query parameter …", GatewayUnavailable),
        (105002, "Expired credentials.", TokenOver),
        (36009004, "Invalid credentials. The `x-tts-access-token` header is invalid.", TokenOver),
        (11006021, "Package has been shipped.", AlreadyDone),
        (106001, "Invalid credentials. The `sign` query parameter is invalid.", KeyRefused),
        (36009004, "Invalid credentials. Invalid `app_key` query parameter.", KeyRefused),
        (36009004, "Missing credentials. The request does not include a required signature.", KeyRefused),
        (36009004, "Invalid identifier. The `shop_cipher` query parameter is invalid.", KeyRefused),
        (36009004, "Invalid page_size.", None),
        (105005, "Access denied.", None),
        (12052023, "Category does not exist", "category"),
        (12052104, "property is required", "attributes"),
        (12038004, "Failed to process the image.", "pictures"),
        (12052051, "The product name exceed max limit characters", "title"),
        (12052073, "The product price is invalid", "price"),
        (12052055, "The SKU inventory quantity …", "stock"),
        (12019011, "product package weight is invalid", "weight"),
        (99999999, "the description contains a phone number", "description"),
    ],
)
def test_codes_name_the_next_move(code: int, message: str, expected: object) -> None:
    """As TikTok Shop's documents list them."""
    error = refusal(code, message)
    if type(error) is GatewayRejected:
        assert [problem.field for problem in error.problems] == [expected]
    else:
        assert type(error) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"title": "Mận tam hoa"}, [("title", "too_short")]),
        ({"title": "x" * 256}, [("title", "too_long")]),
        ({"price": 180_000_001}, [("price", "too_high")]),
        ({"stock": 100_000}, [("stock", "too_high")]),
        ({"stock": 0}, [("stock", "too_low")]),
        ({"weight_grams": None, "description": ""}, [("description", "required"), ("weight", "required")]),
        ({"category": "100631"}, [("attributes", "12052104")]),
        ({"category": "5"}, [("category", "12052023")]),
        ({"pictures": tuple(make_picture() for _ in range(10))}, [("pictures", "too_many")]),
        ({"pictures": (make_picture(200, 200),)}, [("pictures", "12038014")]),
    ],
)
def test_what_tiktok_cannot_show_is_said_by_field(
    tiktok: TiktokFloor, changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    offer = make_offer(**changes)
    with pytest.raises(GatewayRejected) as caught:
        tiktok.connect().publish(offer)
    assert problems(caught) == expected
    assert tiktok.pages(offer) == 0


@pytest.mark.parametrize(
    ("fault", "field"), [("refuse_pictures", "pictures"), ("close_category", "category")]
)
def test_a_refused_field_is_named(tiktok: TiktokFloor, fault: str, field: str) -> None:
    tiktok.fault(fault)
    with pytest.raises(GatewayRejected) as caught:
        tiktok.connect().publish(make_offer())
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("kind", ["http_500", "html"])
def test_a_passing_fault_is_unavailable(tiktok: TiktokFloor, kind: str) -> None:
    tiktok.fault(kind)
    with pytest.raises(GatewayUnavailable):
        tiktok.connect().publish(make_offer())


def test_more_calls_than_the_account_may_make_are_throttled(tiktok: TiktokFloor) -> None:
    tiktok.sandbox.control("POST", "pace", latency=0, qps=2)
    client = tiktok.connect()
    for _ in range(2):
        client.read(make_offer())
    with pytest.raises(GatewayThrottled):
        client.read(make_offer())


# One product


def test_the_same_create_twice_makes_one_product(tiktok: TiktokFloor) -> None:
    """Even where the look-up in between found nothing, as a slow index may."""
    offer = make_offer()
    uri = tiktok.api().upload("/product/202309/images/upload", "x", offer.pictures[0].read())["uri"]
    fields = words.product_fields(offer, (uri,))
    body = words.new_product(fields, offer, "7000000000000000001", date(2026, 11, 25))
    made = [tiktok.api().send("POST", "/product/202309/products", offer.sku, body) for _ in range(2)]
    assert made[0] == made[1]
    assert tiktok.pages(offer) == 1
    tomorrow = words.new_product(fields, offer, "7000000000000000001", date(2026, 11, 26))
    assert tomorrow["idempotency_key"] != body["idempotency_key"]
    assert len(body["idempotency_key"]) <= 128


def test_a_create_whose_answer_is_lost_is_looked_up_at_once(tiktok: TiktokFloor) -> None:
    tiktok.fault("drop", call="create_product")
    offer = make_offer()
    listing = tiktok.connect().publish(offer)
    assert [shown.external_id for shown in tiktok.shown(offer)] == [listing.external_id]


def test_of_two_products_the_older_is_shown(tiktok: TiktokFloor) -> None:
    offer = make_offer()
    client = tiktok.connect()
    listing = client.publish(offer)
    uri = tiktok.shelf.known[offer.pictures[0].key]
    body = {**words.product_fields(offer, (uri,)), "skus": [words.sku_of(offer, "7000000000000000001")]}
    tiktok.api().send("POST", "/product/202309/products", offer.sku, body)
    assert client.publish(offer) == listing
    assert [shown.external_id for shown in tiktok.shown(offer)] == [listing.external_id]


def test_a_sold_out_product_is_hidden_and_comes_back_with_its_stock(tiktok: TiktokFloor) -> None:
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    hidden = client.publish(replace(offer, stock=0, price=50_000))
    assert ([problem.code for problem in hidden.warnings], tiktok.shown(offer)) == (["hidden_sold_out"], [])
    assert client.publish(replace(offer, stock=4)) == first
    assert [(shown.stock, shown.price) for shown in tiktok.shown(offer)] == [(4, offer.price)]


def test_what_is_hidden_takes_its_price_by_an_edit(tiktok: TiktokFloor) -> None:
    """TikTok Shop's calls for a price and for a stock are for what is live."""
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    client.withdraw(offer)
    client.publish(known(offer, first, price=50_000, stock=20))
    assert [(shown.stock, shown.price) for shown in tiktok.shown(offer)] == [(20, 50_000)]


def test_a_stock_that_is_refused_as_a_success_is_told(tiktok: TiktokFloor) -> None:
    offer = make_offer()
    first = tiktok.connect().publish(offer)
    why = {
        "code": 12052393,
        "message": "Product locked for Promotion and stock can't be updated below current stock",
    }
    told = {"code": 0, "message": "Success", "data": {"errors": [why]}}
    with faulty_wire(tiktok.url) as wire:
        refusal = (200, {"Content-Type": "application/json"}, json.dumps(told).encode())
        wire.before = lambda body: wire.answer(*refusal) if b'"quantity"' in body else None
        with pytest.raises(PartlyRefused) as caught:
            tiktok.connect(wire.url).publish(known(offer, first, stock=3))
    assert problems(caught) == [("stock", "12052393")]


def test_what_is_frozen_is_told_and_left_alone(tiktok: TiktokFloor) -> None:
    """TikTok Shop tells nothing more of it than that it is."""
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    tiktok.sandbox.control("POST", f"products/{first.external_id}", state="FREEZE")
    assert client.read(known(offer, first)) is None
    with pytest.raises(GatewayRejected) as caught:
        client.publish(known(offer, first))
    assert problems(caught) == [(None, "blocked")]


def test_what_comes_back_after_it_was_sold_out_is_shown_whatever_else_is_refused(tiktok: TiktokFloor) -> None:
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    client.publish(known(offer, first, stock=0))
    with pytest.raises(PartlyRefused):
        client.publish(known(offer, first, told_stock=0, stock=4, title="Mận"))
    assert [(shown.stock, shown.title) for shown in tiktok.shown(offer)] == [(4, offer.title)]


def test_a_product_in_review_is_told_and_its_refusal_is_read_back(tiktok: TiktokFloor) -> None:
    tiktok.fault("hold_for_review")
    client, offer = tiktok.connect(), make_offer()
    listing = client.publish(offer)
    standing = client.read(offer)
    assert standing is not None
    assert (standing.shown, standing.in_review) == (False, True)
    assert [problem.code for problem in client.publish(offer).warnings] == ["in_review"]
    failure = {"audit_failed_reasons": [{"position": "Image", "reasons": ["The main image is blurred"]}]}
    tiktok.sandbox.control("POST", f"products/{listing.external_id}", state="FAILED", body=failure)
    with pytest.raises(GatewayRejected) as caught:
        client.publish(offer)
    assert "blurred" in caught.value.problems[0].said
    client.publish(known(offer, listing, title="Mận tam hoa Bắc Hà vườn nhà mới"))


def test_a_failed_review_without_reasons_is_a_refusal_until_it_is_sent_again(tiktok: TiktokFloor) -> None:
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    tiktok.sandbox.control("POST", f"products/{first.external_id}", state="FAILED")
    dearer = known(offer, first, price=offer.price + 1_000)
    with pytest.raises(GatewayRejected) as caught:
        client.publish(dearer)
    (problem,) = caught.value.problems
    assert (problem.code, problem.said) == ("failed_review", "")
    assert "không ghi lý do" in problem.text
    tiktok.fault("hold_for_review")
    renamed = replace(dearer, title="Mận tam hoa Bắc Hà vườn nhà mới")
    assert [warning.code for warning in client.publish(renamed).warnings] == ["in_review"]


def test_another_category_goes_with_the_whole_product(tiktok: TiktokFloor) -> None:
    client, offer = tiktok.connect(), make_offer()
    first = client.publish(offer)
    moved = replace(offer, category="100631", attributes={"100107": "id:1000"})
    assert client.publish(moved) == first
    with faulty_wire(tiktok.url) as wire:
        tiktok.connect(wire.url).publish(moved)
        assert len(wire.requests) == 2


def test_a_picture_that_was_lost_is_given_again(tiktok: TiktokFloor) -> None:
    offer = make_offer()
    tiktok.shelf.keep(offer.pictures[0].key, "tos-gone")
    with pytest.raises(GatewayUnavailable):
        tiktok.connect().publish(offer)
    tiktok.connect().publish(offer)
    assert tiktok.pictures(offer) == [offer.pictures[0].read()]


def test_pieces_of_one_sku_are_one_line(tiktok: TiktokFloor) -> None:
    one, other = make_offer(), make_offer(price=9_000)
    for offer in (one, other):
        tiktok.connect().publish(offer)
    number = tiktok.place_order([(one.sku, 3), (other.sku, 1)])
    cursor, orders = None, []
    while (page := tiktok.desk().list_orders(cursor)).orders:
        orders += page.orders
        cursor = page.cursor
    lines = next(order.lines for order in orders if order.external_id == number)
    assert sorted(lines, key=lambda line: line.quantity) == [
        OrderLine(other.sku, 1, 9_000),
        OrderLine(one.sku, 3, one.price),
    ]


def bought(tiktok: TiktokFloor, **how: object) -> str:
    offer = make_offer()
    tiktok.connect().publish(offer)
    return tiktok.place_order([(offer.sku, 1)], **how)


def kept(tiktok: TiktokFloor, number: str) -> dict[str, Any]:
    (order,) = tiktok.sandbox.control("GET", f"orders?floor=tiktok&id={number}")["orders"]
    return {"status": order["status"], **order["body"]}


@pytest.mark.parametrize("post", ["VN-Post", "Viet Nam Post", "Bưu Điện Việt Nam (EMS)", "Vietnam Post"])
def test_what_the_seller_sends_goes_by_post(tiktok: TiktokFloor, post: str) -> None:
    number = bought(tiktok, carriers=["J&T Express", "Viettel Post", post])
    tiktok.desk().ship_order(number, "EB123456789VN")
    order = kept(tiktok, number)
    assert (order["carrier"], order["tracking"]) == (post, "EB123456789VN")


def test_no_carrier_is_named_that_does_not_carry_it(tiktok: TiktokFloor) -> None:
    number = bought(tiktok, carriers=["J&T Express", "Viettel Post"])
    with pytest.raises(GatewayRejected) as caught:
        tiktok.desk().ship_order(number, "EB123456789VN")
    assert problems(caught) == [(None, "no_carrier")]
    assert kept(tiktok, number)["status"] == "AWAITING_SHIPMENT"


def test_an_order_without_a_parcel_yet_is_not_taken_for_sent(tiktok: TiktokFloor) -> None:
    number = bought(tiktok)
    with faulty_wire(tiktok.url) as wire:
        wire.spoil_answer(1, lambda answer: re.sub(rb'"packages": \[.*?\]', b'"packages": []', answer))
        with pytest.raises(GatewayUnavailable) as caught:
            tiktok.desk(wire.url).ship_order(number, None)
        assert caught.value.problem
        assert kept(tiktok, number)["status"] == "AWAITING_SHIPMENT"
        tiktok.desk(wire.url).ship_order(number, None)
    assert kept(tiktok, number)["status"] == "AWAITING_COLLECTION"


def test_no_secret_and_no_buyer_is_logged(tiktok: TiktokFloor) -> None:
    offer = make_offer()
    with capture_logs() as lines:
        tiktok.connect().publish(offer)
        tiktok.fault("expire_tokens")
        tiktok.place_order([(offer.sku, 1)])
        tiktok.desk().list_orders(None)
        with pytest.raises(GatewayRejected):
            tiktok.connect(password="khong-phai-the").publish(offer)
    said = json.dumps(lines, default=str)
    secrets = (APP_SECRET, "khong-phai-the", tiktok.held.access, tiktok.held.refresh, "Khách Thử")
    assert [secret for secret in secrets if secret in said] == []
    assert len(lines) > 6
