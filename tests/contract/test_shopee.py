"""What is Shopee's own. The port's tests are the first half."""

import json
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from core import clock
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.sessions import KeyRefused
from gateways.marketplaces.shopee.refusals import refusal
from gateways.marketplaces.shopee.signature import sign
from tests.contract.floors import at_once, known, make_offer, problems
from tests.contract.pictures import make_picture
from tests.contract.processes import free_port
from tests.contract.shopee_floor import PARTNER_KEY, ShopeeFloor
from tests.contract.stores import LockedTokens

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


# Signature and clock


def test_the_signed_text_is_that_of_the_guide() -> None:
    """The parts are the example of Shopee's guide «API calls»; the digest is OpenSSL's (`dgst -sha256 -hmac`) of
    `2001887/api/v2/shop/get_shop_info165571443159777174636562737266615546704c6d14701711`."""
    made = sign(
        "test-partner-key", 2001887, "/api/v2/shop/get_shop_info", 1655714431,
        "59777174636562737266615546704c6d", 14701711,
    )  # fmt: skip
    assert made == "faf4a60d51e5807794fd37d18f605d4e8d1370ba96d66245e23d22c77cb6f090"


def test_a_public_call_is_signed_without_the_shop() -> None:
    """OpenSSL's digest of `2001887/api/v2/public/get_shops_by_partner1655714431`."""
    made = sign("test-partner-key", 2001887, "/api/v2/public/get_shops_by_partner", 1655714431)
    assert made == "eb64c45d9acbec13d6055f604ec1e5b055977f894f80b78659ca0ac06de0d376"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_clock_that_is_off_waits_for_an_operator(
    shopee: ShopeeFloor, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    off = timedelta(minutes=minutes)
    shopee.tokens = LockedTokens(replace(shopee.held, expires_at=datetime.max.replace(tzinfo=UTC)))
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + off)
    with pytest.raises(GatewayUnavailable, match="clock"):
        shopee.connect().publish(make_offer())


def test_a_clock_within_five_minutes_is_good_enough(
    shopee: ShopeeFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(minutes=4))
    shopee.connect().publish(make_offer())


# Tokens


def test_an_expired_token_is_renewed_and_kept(shopee: ShopeeFloor) -> None:
    before = shopee.held
    shopee.fault("expire_tokens")
    shopee.connect().publish(make_offer())
    after = shopee.held
    assert (after.access != before.access, after.refresh != before.refresh) == (True, True)
    assert timedelta(hours=3, minutes=50) < after.expires_at - datetime.now(UTC) < timedelta(hours=4)


def test_a_token_near_its_end_is_renewed_before_it_is_refused(shopee: ShopeeFloor) -> None:
    shopee.tokens = LockedTokens(replace(shopee.held, expires_at=datetime.now(UTC)))
    with capture_logs() as lines:
        shopee.connect().read(make_offer())
    assert [line["operation"] for line in lines] == ["get", "search_item"]


def test_many_at_once_use_a_refresh_token_once(shopee: ShopeeFloor) -> None:
    """A refresh token that is used twice locks the shop out."""
    shopee.fault("expire_tokens")
    assert at_once(lambda: shopee.connect().read(make_offer())) == []


def test_leave_that_was_revoked_is_for_a_person(shopee: ShopeeFloor) -> None:
    shopee.fault("revoke_tokens")
    with pytest.raises(GatewayRejected) as caught:
        shopee.connect().publish(make_offer())
    assert problems(caught) == [(None, "leave_revoked")]


def test_a_shop_that_was_never_connected_is_rejected(shopee: ShopeeFloor) -> None:
    shopee.tokens = LockedTokens(None)
    with pytest.raises(GatewayRejected) as caught:
        shopee.connect().publish(make_offer())
    assert problems(caught) == [(None, "not_connected")]


# Refusals


@pytest.mark.parametrize(
    ("fault", "field"),
    [("refuse_pictures", "pictures"), ("close_category", "category")],
)
def test_a_refused_field_is_named(shopee: ShopeeFloor, fault: str, field: str) -> None:
    shopee.fault(fault)
    offer = make_offer()
    with pytest.raises(GatewayRejected) as caught:
        shopee.connect().publish(offer)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert shopee.pages(offer) == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"weight_grams": None}, [("weight", "required")]),
        ({"pictures": (), "category": None}, [("category", "required"), ("pictures", "required")]),
        ({"category": "rau"}, [("category", "unknown")]),
        ({"category": "99"}, [("category", "error_invalid_category")]),
        ({"category": "100631"}, [("attributes", "error_invalid_attribute")]),
        ({"title": "Mận"}, [("title", "too_short")]),
        ({"price": 999}, [("price", "too_low")]),
        ({"weight_grams": 31_000}, [("weight", "no_carrier")]),
        ({"pictures": tuple(make_picture() for _ in range(10))}, [("pictures", "too_many")]),
    ],
)
def test_what_this_shop_cannot_show_is_said_by_field(
    shopee: ShopeeFloor, changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(GatewayRejected) as caught:
        shopee.connect().publish(make_offer(**changes))
    assert problems(caught) == expected


def test_attributes_go_with_their_category(shopee: ShopeeFloor) -> None:
    offer = make_offer(category="100631", attributes={"100002": "Bắc Hà", "100003": "id:32142"})
    client = shopee.connect()
    client.publish(offer)
    assert client.publish(offer).external_id
    assert len(shopee.shown(offer)) == 1


@pytest.mark.parametrize("kind", ["http_500", "html"])
def test_a_passing_fault_is_unavailable(shopee: ShopeeFloor, kind: str) -> None:
    shopee.fault(kind)
    with pytest.raises(GatewayUnavailable):
        shopee.connect().publish(make_offer())


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        (
            "error_system_busy",
            "Our system is taking some time to respond, please try later.",
            GatewayUnavailable,
        ),
        ("error_server", "Something wrong. Please try later.", GatewayUnavailable),
        ("error_inner", "System error, please try again later", GatewayUnavailable),
        ("product.error_busi", "The GTIN code is mandatory, please check and upload again.", None),
        ("error_param", "Invalid timestamp", GatewayUnavailable),
        ("error_too_many_request", "Too many requests", GatewayThrottled),
        ("error_desc_length_min_limit", "Description length is less than the min limit.", "description"),
        ("error_title_exceeds_max_length", "The length of item_name is bigger than max limit.", "title"),
        ("error_price_exceed_min_limitt", "Original_price is less than min price limit.", "price"),
        ("error_param", "Can not update item with stock less than reserve stock", "stock"),
        ("error_invalid_category_attribute", "Category and attribute not match.", "attributes"),
        ("error_forbidden_category", "The category is forbidden.", "category"),
        ("error_param", "Invalid Weight.", "weight"),
        ("error_param", "dimension is required", "package"),
        ("error_sign", "Wrong sign.", KeyRefused),
        ("error_param", "Invalid partner_id.", KeyRefused),
        ("error_shop", "shopid is invalid", KeyRefused),
    ],
)
def test_shopees_refusals_name_the_next_move(code: str, message: str, expected: object) -> None:
    """As its documents word them."""
    error = refusal(code, message)
    if type(error) is GatewayRejected:
        assert [problem.field for problem in error.problems] == [expected]
    else:
        assert type(error) is expected


def test_more_calls_than_the_account_may_make_are_throttled(shopee: ShopeeFloor) -> None:
    shopee.sandbox.control("POST", "pace", latency=0, qps=3)
    client = shopee.connect()
    for _ in range(3):
        client.read(make_offer())
    with pytest.raises(GatewayThrottled):
        client.read(make_offer())


# One item


def test_a_create_whose_answer_is_lost_is_looked_up_at_once(shopee: ShopeeFloor) -> None:
    shopee.fault("drop", call="add_item")
    offer = make_offer()
    listing = shopee.connect().publish(offer)
    assert [shown.external_id for shown in shopee.shown(offer)] == [listing.external_id]


def test_of_two_items_the_older_is_shown(shopee: ShopeeFloor) -> None:
    offer = make_offer()
    client = shopee.connect()
    listing = client.publish(offer)
    row = shopee.products(offer.sku)[0]
    body = {"image": {"image_id_list": [shopee.shelf.known[offer.pictures[0].key]]}}
    item = {
        "item_name": row["title"], "description": "x" * 20, "weight": 1, "category_id": 100630, "item_sku": offer.sku,
        "original_price": 5000, "logistic_info": [{"logistic_id": 50021, "enabled": True}],
    }  # fmt: skip
    shopee.api().post("/api/v2/product/add_item", offer.sku, **item, **body)
    assert client.publish(offer) == listing
    assert [shown.external_id for shown in shopee.shown(offer)] == [listing.external_id]


def test_a_picture_that_shopee_lost_is_given_again(shopee: ShopeeFloor) -> None:
    offer = make_offer()
    shopee.shelf.keep(offer.pictures[0].key, "vn-gone")
    with pytest.raises(GatewayUnavailable):
        shopee.connect().publish(offer)
    shopee.connect().publish(offer)
    assert shopee.pictures(offer) == [offer.pictures[0].read()]


def test_stock_is_told_where_it_is_held(shopee: ShopeeFloor) -> None:
    """Shopee takes no stock without its warehouses from a shop that has some."""
    client, offer = shopee.connect(), make_offer()
    listing = client.publish(offer)
    held = [{"location_id": "VNZ", "stock": 4}, {"location_id": "VN2", "stock": 6}]
    shopee.sandbox.control(
        "POST", f"products/{listing.external_id}", state="NORMAL", body={"seller_stock": held}
    )
    client.publish(known(offer, listing, stock=5, told_stock=10))
    path = "/api/v2/product/get_item_base_info"
    (item,) = shopee.api().get(path, offer.sku, item_id_list=listing.external_id)["item_list"]
    told = [(place["location_id"], place["stock"]) for place in item["stock_info_v2"]["seller_stock"]]
    assert told == [("VNZ", 5), ("VN2", 0)]


def test_tax_that_shopee_keeps_back_is_told(shopee: ShopeeFloor) -> None:
    offer = make_offer(price=200_000)
    shopee.connect().publish(offer)
    number = shopee.place_order([(offer.sku, 2)])
    orders = []
    cursor = None
    while (page := shopee.desk().list_orders(cursor)).orders:
        orders += page.orders
        cursor = page.cursor
    assert next(order.withheld for order in orders if order.external_id == number) == 6_000


def test_a_call_that_nobody_answers_tells_no_token(shopee: ShopeeFloor) -> None:
    """Shopee has it in its addresses, and what went wrong is written down with its causes."""
    with pytest.raises(GatewayUnavailable) as caught:
        shopee.connect(f"http://127.0.0.1:{free_port()}").read(make_offer())
    assert shopee.held.access not in "".join(traceback.format_exception(caught.value))


def test_no_secret_and_no_buyer_is_logged(shopee: ShopeeFloor) -> None:
    offer = make_offer()
    with capture_logs() as lines:
        shopee.connect().publish(offer)
        shopee.place_order([(offer.sku, 1)])
        shopee.desk().list_orders(None)
        with pytest.raises(GatewayRejected):
            shopee.connect(password="khong-phai-the").publish(offer)
    said = json.dumps(lines, default=str)
    secrets = (PARTNER_KEY, "khong-phai-the", shopee.held.access, "Khách Thử", "0900000099")
    assert [secret for secret in secrets if secret in said] == []
    assert len(lines) > 5
