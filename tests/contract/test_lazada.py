"""What is Lazada's own. The port's tests are the first half."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from structlog.testing import capture_logs

from core import clock
from gateways.errors import AlreadyDone, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.lazada.orders import order_status
from gateways.marketplaces.lazada.refusals import SkuTaken, refusal
from gateways.marketplaces.lazada.signature import sign
from gateways.marketplaces.sessions import KeyRefused, TokenOver
from gateways.ports import OrderStatus, Package
from tests.contract.faulty_wire import faulty_wire
from tests.contract.floors import at_once, known, make_offer, problems
from tests.contract.lazada_floor import APP_SECRET, LazadaFloor
from tests.contract.pictures import make_picture
from tests.contract.stores import LockedTokens
from tests.contract.test_floor_orders import drain

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]


# Signature and clock


def test_the_signed_text_is_that_of_the_guide() -> None:
    """The parameters are the example of Lazada's guide «Signature algorithm»; the digest is OpenSSL's, its key is
    `helloworld`, its text `/test/apibar2foo1foo_bar3foobar4`."""
    params = {"foo": "1", "bar": "2", "foo_bar": "3", "foobar": "4"}
    expected = "BD011266EC150C787B2201495AA2D6F326BB6910DE77E84EA28F5215DCD7FA5E"
    assert sign("helloworld", "/test/api", params) == expected


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_off_waits_for_an_operator(
    lazada: LazadaFloor, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(hours=hours))
    with pytest.raises(GatewayUnavailable, match="clock"):
        lazada.connect().publish(make_offer())


def test_a_clock_within_two_hours_is_good_enough(
    lazada: LazadaFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) - timedelta(minutes=110))
    lazada.connect().publish(make_offer())


# Tokens


def test_an_expired_token_is_renewed_and_kept(lazada: LazadaFloor) -> None:
    before = lazada.held
    lazada.fault("expire_tokens")
    lazada.connect().publish(make_offer())
    after = lazada.held
    assert (after.access != before.access, after.refresh != before.refresh) == (True, True)
    assert timedelta(days=6) < after.expires_at - datetime.now(UTC) < timedelta(days=7)


def test_many_at_once_use_a_refresh_token_once(lazada: LazadaFloor) -> None:
    lazada.fault("expire_tokens")
    assert at_once(lambda: lazada.connect().read(make_offer())) == []


def test_leave_that_was_revoked_is_for_a_person(lazada: LazadaFloor) -> None:
    lazada.fault("revoke_tokens")
    with pytest.raises(GatewayRejected) as caught:
        lazada.connect().publish(make_offer())
    assert problems(caught) == [(None, "leave_revoked")]


def test_a_seller_who_was_never_connected_is_rejected(lazada: LazadaFloor) -> None:
    lazada.tokens = LockedTokens(None)
    with pytest.raises(GatewayRejected) as caught:
        lazada.connect().publish(make_offer())
    assert problems(caught) == [(None, "not_connected")]


# Refusals


def said(code: str, message: str, *details: tuple[str, str], kind: str = "ISP") -> dict[str, Any]:
    detail = [{"field": field, "message": why} for field, why in details]
    return {"code": code, "message": message, "type": kind, "detail": detail}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            said("ApiCallLimit", "This api access frequency exceeds the limit.", kind="SYSTEM"),
            GatewayThrottled,
        ),
        (said("901", "E901: The request is too frequent, or …"), GatewayThrottled),
        (said("ServiceTimeout", "service timeout", kind="ISP"), GatewayUnavailable),
        (said("6", "E006: Unexpected internal error"), GatewayUnavailable),
        (said("InvalidTimestamp", "The specified timestamp is invalid", kind="ISV"), GatewayUnavailable),
        (said("IllegalAccessToken", "The specified access token is invalid or expired"), TokenOver),
        (
            said("500", "E500: Create product failed", ("SellerSku", "BIZ_CHECK_SELLER_SKU_DUPLICATE")),
            SkuTaken,
        ),
        (said("4201", "Product Status not online"), AlreadyDone),
        (said("IncompleteSignature", "The request signature does not conform", kind="ISV"), KeyRefused),
        (said("InvalidAppKey", "The specified App Key is invalid", kind="ISV"), KeyRefused),
        (said("201", "E201: 5 Invalid CategoryId"), ["category"]),
        (
            said("500", "E500: Create product failed", ("images", "BIZ_CHECK_MAIN_IMAGE_REQUIRE")),
            ["pictures"],
        ),
        (said("500", "E500: Create product failed", ("price", "BIZ_CHECK_PRICE_IS_ZERO")), ["price"]),
        (
            said(
                "500",
                "E500: Create product failed",
                ("package_weight", "BIZ_CHECK_MAX_PACKAGE_WEIGHT"),
                ("origin", "BIZ_CHECK_CAT_PROP_MANDATORY"),
            ),
            ["weight", "attributes.origin"],
        ),
        (said("500", "E500: Create product failed", ("package_height", "CHK_BASIC_REQUIRED")), ["package"]),
        (said("500", "E500: Create product failed", ("name", "BIZ_CHECK_PROP_SPECIAL_CHAR")), ["title"]),
    ],
)
def test_codes_and_details_name_the_next_move(answer: dict[str, Any], expected: Any) -> None:
    """As Lazada's documents list them."""
    error = refusal(answer)
    if isinstance(expected, list):
        assert isinstance(error, GatewayRejected)
        assert [problem.field for problem in error.problems] == expected
    else:
        assert type(error) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"package": None, "weight_grams": None}, [("weight", "required"), ("package", "required")]),
        ({"pictures": tuple(make_picture() for _ in range(9))}, [("pictures", "too_many")]),
        ({"pictures": (make_picture(320, 320),)}, [("pictures", "300")]),
        ({"title": "x" * 256}, [("title", "too_long")]),
        ({"category": "5"}, [("category", "201")]),
        ({"category": "100631"}, [("attributes.origin", "BIZ_CHECK_CAT_PROP_MANDATORY")]),
        ({"weight_grams": 40_001}, [("weight", "BIZ_CHECK_MAX_PACKAGE_WEIGHT")]),
        ({"package": Package(150, 100, 51)}, [("package", "BIZ_CHECK_MAX_PACKAGE_DIMENISIONS")]),
    ],
)
def test_what_lazada_cannot_show_is_said_by_field(
    lazada: LazadaFloor, changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    offer = make_offer(**changes)
    with pytest.raises(GatewayRejected) as caught:
        lazada.connect().publish(offer)
    assert problems(caught) == expected
    assert lazada.pages(offer) == 0


@pytest.mark.parametrize(
    ("fault", "field"), [("refuse_pictures", "pictures"), ("close_category", "category")]
)
def test_a_refused_field_is_named(lazada: LazadaFloor, fault: str, field: str) -> None:
    lazada.fault(fault)
    with pytest.raises(GatewayRejected) as caught:
        lazada.connect().publish(make_offer())
    assert [problem.field for problem in caught.value.problems] == [field]


@pytest.mark.parametrize("kind", ["http_500", "html"])
def test_a_passing_fault_is_unavailable(lazada: LazadaFloor, kind: str) -> None:
    lazada.fault(kind)
    with pytest.raises(GatewayUnavailable):
        lazada.connect().publish(make_offer())


def test_more_calls_than_the_seller_may_make_are_throttled(lazada: LazadaFloor) -> None:
    """Lazada says it with HTTP 200."""
    lazada.sandbox.control("POST", "pace", latency=0, qps=2)
    client = lazada.connect()
    for _ in range(2):
        client.read(make_offer())
    with pytest.raises(GatewayThrottled):
        client.read(make_offer())


# One product


def test_a_create_whose_answer_is_lost_is_looked_up_at_once(lazada: LazadaFloor) -> None:
    lazada.fault("drop", call="create_product")
    offer = make_offer()
    listing = lazada.connect().publish(offer)
    assert [shown.external_id for shown in lazada.shown(offer)] == [listing.external_id]


def test_a_sku_that_came_meanwhile_is_changed_to_the_offer(lazada: LazadaFloor) -> None:
    """Lazada keeps SKUs apart: the create is refused, and what stands there is found."""
    offer = make_offer()
    first = lazada.connect().publish(replace(offer, price=9_000))
    with faulty_wire(lazada.url) as wire:
        nothing = {"code": "0", "data": {"total_products": 0, "products": []}, "request_id": "x"}
        client = lazada.connect(wire.url)
        wire.answer(200, {"Content-Type": "application/json"}, json.dumps(nothing).encode())
        wire.before = lambda body: setattr(wire, "instead", None) if b"payload" in body else None
        assert client.publish(offer).external_id == first.external_id
    assert [shown.price for shown in lazada.shown(offer)] == [offer.price]


def test_of_two_products_the_older_is_shown(lazada: LazadaFloor) -> None:
    """A seller gave the other one our SKU by hand; nobody is to sell the same goods twice."""
    client, offer = lazada.connect(), make_offer()
    first = client.publish(offer)
    other = client.publish(replace(make_offer(), title=offer.title))
    lazada.rename(other.external_id, offer.sku)
    assert client.publish(offer) == first
    assert [shown.external_id for shown in lazada.shown(offer)] == [first.external_id]
    client.withdraw(offer)
    assert lazada.shown(offer) == []


def test_price_and_stock_have_calls_of_their_own(lazada: LazadaFloor) -> None:
    with faulty_wire(lazada.url) as wire:
        client, offer = lazada.connect(wire.url), make_offer()
        client.publish(offer)
        wire.requests.clear()
        client.publish(replace(offer, price=47_000, stock=2))
        payloads = [parse_qs(body.decode()).get("payload") for _, body in wire.requests]
    sent = [json.loads(one[0])["Request"]["Product"]["Skus"]["Sku"][0] for one in payloads if one]
    assert [(sku.get("Price"), sku.get("SellableQuantity")) for sku in sent] == [(None, "2"), ("47000", None)]


def test_what_is_ordered_is_not_taken_off_twice(lazada: LazadaFloor) -> None:
    """Lazada's total counts what is ordered and not yet on its way; what buyers can buy does not."""
    client, offer = lazada.connect(), make_offer(stock=10)
    listing = client.publish(offer)
    lazada.order((offer, 3))
    client.publish(known(offer, listing, told_stock=7, stock=6))
    assert [shown.stock for shown in lazada.shown(offer)] == [6]
    client.publish(known(offer, listing, told_stock=6, stock=0))
    assert [shown.stock for shown in lazada.shown(offer)] == [0]


def test_a_weight_is_told_in_two_decimals_and_stays_as_it_is(lazada: LazadaFloor) -> None:
    client, offer = lazada.connect(), make_offer(weight_grams=125)
    client.publish(offer)
    with faulty_wire(lazada.url) as wire:
        lazada.connect(wire.url).publish(offer)
        assert len(wire.requests) == 1, "nothing differs"


def test_a_product_in_review_is_told(lazada: LazadaFloor) -> None:
    lazada.fault("hold_for_review")
    client, offer = lazada.connect(), make_offer()
    assert [problem.code for problem in client.publish(offer).warnings] == ["in_review"]
    standing = client.read(offer)
    assert standing is not None
    assert (standing.shown, standing.in_review) == (False, True)


def test_a_suspended_product_says_why(lazada: LazadaFloor) -> None:
    client, offer = lazada.connect(), make_offer()
    listing = client.publish(offer)
    why = {"rejectReason": [{"violationDetail": "Wrong Image, No White Background"}]}
    lazada.sandbox.control("POST", f"products/{listing.external_id}", state="Suspended", body=why)
    with pytest.raises(GatewayRejected) as caught:
        client.publish(offer)
    assert "White Background" in caught.value.problems[0].said


def test_a_picture_that_is_not_lazadas_is_given_again(lazada: LazadaFloor) -> None:
    offer = make_offer()
    lazada.shelf.keep(offer.pictures[0].key, "https://elsewhere.example.org/1.jpg")
    with pytest.raises(GatewayUnavailable):
        lazada.connect().publish(offer)
    lazada.connect().publish(offer)
    assert lazada.pictures(offer) == [offer.pictures[0].read()]


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["pending", "packed"], OrderStatus.NEW),
        (["canceled", "shipped"], OrderStatus.SHIPPED),
        (["canceled", "canceled"], OrderStatus.CANCELLED),
        (["delivered", "shipped"], OrderStatus.SHIPPED),
        (["returned", "shipped_back_success"], OrderStatus.CANCELLED),
        (["returned", "delivered"], OrderStatus.DELIVERED),
        (["shipped_back", "delivered"], OrderStatus.SHIPPED),
        (["a word of tomorrow"], OrderStatus.NEW),
    ],
)
def test_an_order_is_as_far_as_its_slowest_piece(statuses: list[str], expected: OrderStatus) -> None:
    assert order_status([{"status": status} for status in statuses]) is expected


def test_an_order_that_its_buyer_sent_back_is_called_off(lazada: LazadaFloor) -> None:
    offer = make_offer()
    lazada.connect().publish(offer)
    number = lazada.order((offer, 2))
    lazada.move_order(number, "delivered")
    _, cursor = drain(lazada.desk())
    lazada.move_order(number, "returned")
    (told,) = drain(lazada.desk(), cursor)[0]
    assert (told.external_id, told.status, told.lines[0].quantity) == (number, OrderStatus.CANCELLED, 2)
    with pytest.raises(AlreadyDone):
        lazada.desk().cancel_order(number, "hết hàng")


def test_no_secret_and_no_buyer_is_logged(lazada: LazadaFloor) -> None:
    offer = make_offer()
    with capture_logs() as lines:
        lazada.connect().publish(offer)
        lazada.fault("expire_tokens")
        lazada.place_order([(offer.sku, 1)])
        lazada.desk().list_orders(None)
        with pytest.raises(GatewayRejected):
            lazada.connect(password="khong-phai-the").publish(offer)
    told = json.dumps(lines, default=str)
    secrets = (APP_SECRET, "khong-phai-the", lazada.held.access, lazada.held.refresh, "Khách Thử")
    assert [secret for secret in secrets if secret in told] == []
    assert len(lines) > 6
