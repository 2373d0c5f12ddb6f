"""What is django-oscar's own: its pictures, its lists, its orders, its words. The port's tests are the first half."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from gateways.errors import AlreadyDone, GatewayRejected, GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.oscar.refusals import refusal
from gateways.marketplaces.oscar.told import LATE, Entry, Told
from gateways.ports import OrderStatus, Picture
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.oscar_server import OscarServer, oscar_server
from tests.contract.pictures import PictureHost
from tests.contract.test_floor_orders import drain

pytestmark = [pytest.mark.xdist_group("oscar"), pytest.mark.timeout(600)]


@pytest.fixture
def wire(oscar: OscarServer) -> Iterator[FaultyWire]:
    with faulty_wire(oscar.url) as between:
        yield between


def bodies(wire: FaultyWire) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in wire.requests if body]


def problems(caught: pytest.ExceptionInfo[GatewayRejected]) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.code) for problem in caught.value.problems]


# Only what differs is sent


def test_publishing_again_only_asks(oscar: OscarServer, wire: FaultyWire, photos: PictureHost) -> None:
    client, offer = oscar.connect(wire.url), make_offer(pictures=photos.make_pictures(2), category="Rau > Củ")
    client.publish(offer)
    wire.requests.clear()
    client.publish(offer)
    assert bodies(wire) == [{"upc": offer.sku}]


def test_a_new_price_is_all_that_is_sent(oscar: OscarServer, wire: FaultyWire) -> None:
    client, offer = oscar.connect(wire.url), make_offer()
    client.publish(offer)
    wire.requests.clear()
    client.publish(replace(offer, price=47_000))
    assert bodies(wire) == [{"upc": offer.sku}, {"price": "47000"}]


# Pictures


def test_a_picture_is_fetched_once_and_what_is_left_out_is_gone(
    oscar: OscarServer, photos: PictureHost
) -> None:
    client, offer = oscar.connect(), make_offer(pictures=photos.make_pictures(3))
    before = files(oscar)
    client.publish(offer)
    client.publish(replace(offer, pictures=offer.pictures[::-1]))
    assert sorted(photos.fetched[-3:]) == sorted(picture.key for picture in offer.pictures)
    client.publish(replace(offer, pictures=offer.pictures[:1]))
    assert len(files(oscar) - before) == 1


def files(oscar: OscarServer) -> set[Path]:
    return {path for path in (oscar.files / "images").rglob("*.jpg") if path.is_file()}


def test_a_picture_that_the_shop_cannot_fetch_is_refused_at_its_field(
    oscar: OscarServer, photos: PictureHost
) -> None:
    lost = Picture("0" * 64, f"{photos.url}/media/gone.jpg", lambda: b"not there")
    offer = make_offer(pictures=(lost,))
    with pytest.raises(GatewayRejected) as caught:
        oscar.connect().publish(offer)
    assert problems(caught) == [("pictures", "picture_not_fetched")]
    assert oscar.pages(offer) == 0


def test_pictures_that_nobody_serves_make_the_offer_wait(oscar: OscarServer) -> None:
    lost = Picture("0" * 64, "http://127.0.0.1:9/gone.jpg", lambda: b"not there")
    with pytest.raises(GatewayUnavailable):
        oscar.connect().publish(make_offer(pictures=(lost,)))


# What the shop sells


def test_a_category_is_a_place_in_the_shop(oscar: OscarServer) -> None:
    client, offer = oscar.connect(), make_offer(category="Trái cây > Mận")
    listing = client.publish(offer)
    client.publish(replace(offer, category="Trái cây > Lê"))
    assert oscar.shop(f"products/{listing.external_id}/")["categories"] == ["Trái cây > Lê"]


def test_withdrawn_goods_cannot_be_bought_past_the_hidden_page(oscar: OscarServer) -> None:
    client, offer = oscar.connect(), make_offer()
    listing = client.publish(offer)
    client.withdraw(offer)
    assert oscar.shop(f"products/{listing.external_id}/availability/")["is_available_to_buy"] is False


def test_anyone_can_open_the_listing(oscar: OscarServer) -> None:
    offer = make_offer(description="<img src=x onerror=alert(1)>\nHai dòng & hết")
    listing = oscar.connect().publish(offer)
    page = oscar.page(listing.external_url)
    assert offer.title in page
    assert "&lt;img src=x onerror=alert(1)&gt;<br>" in page


def test_another_that_made_the_page_at_that_moment_is_found_by_the_next_try(
    oscar: OscarServer, wire: FaultyWire
) -> None:
    offer = make_offer()
    others = [lambda: oscar.connect().publish(offer)]
    wire.before = lambda body: others.pop()() if b"stockrecords" in body and others else None
    with pytest.raises(GatewayUnavailable):
        oscar.connect(wire.url).publish(offer)
    oscar.connect(wire.url).publish(offer)
    assert [shown.price for shown in oscar.shown(offer)] == [offer.price]


# Orders


def test_where_people_enter_it_by_hand_we_say_so(oscar: OscarServer) -> None:
    offer, desk = make_offer(), oscar.desk()
    oscar.connect().publish(offer)
    number = oscar.order((offer, 1))
    (order,) = [told for told in drain(desk)[0] if told.number == number]
    for act, status in (
        (desk.confirm_order, "Being processed"),
        (lambda external_id: desk.ship_order(external_id, "VN1"), "Complete"),
    ):
        with pytest.raises(GatewayRejected) as caught:
            act(order.external_id)
        assert problems(caught) == [(None, "by_hand")]
        assert number in str(caught.value.problems[0].text)
        oscar.enter_status(number, status)
        with pytest.raises(AlreadyDone):
            act(order.external_id)


def test_each_status_that_people_enter_is_told(oscar: OscarServer) -> None:
    offer, desk = make_offer(), oscar.desk()
    oscar.connect().publish(offer)
    _, cursor = drain(desk)
    number = oscar.order((offer, 1))
    seen = []
    for status in (None, "Being processed", "Complete"):
        if status:
            oscar.enter_status(number, status)
        told, cursor = drain(oscar.desk(), cursor)
        seen += [(order.number, order.status) for order in told]
    assert seen == [(number, OrderStatus(status)) for status in ("new", "confirmed", "delivered")]


NOW = clock.now()


def entry(number: int, status: str = "Pending", final: bool = False, days: int = 0) -> Entry:
    return Entry(number, status, NOW - timedelta(days=days), final)


def test_a_number_that_comes_to_be_seen_late_is_told() -> None:
    listed = [entry(number) for number in (1, 2, 4)]
    told = Told.read(Told.read(None).with_told(listed, listed, NOW).written())
    assert [told.is_news(e) for e in (entry(2), entry(3), entry(4), entry(5))] == [False, True, False, True]


def test_a_cursor_forgets_what_changes_no_more() -> None:
    open_ones = [entry(1), entry(2)]
    done = [entry(number, "Complete", final=True) for number in range(3, 500)]
    old = [entry(500, days=91)]
    last = [entry(500 + LATE + 1)]
    listed = [*open_ones, *done, *old, *last]
    told = Told.read(None).with_told(listed, listed, NOW)
    assert set(told.statuses) == {1, 2, last[0].id}
    assert not any(told.is_news(e) for e in listed)
    assert told.is_news(entry(1, "Cancelled", final=True))
    assert set(told.with_told([], listed[1:], NOW).statuses) == {2, last[0].id}


# Words


def test_real_throttling_says_how_long(tmp_path: Path) -> None:
    with oscar_server(tmp_path, RATE="2/min") as slow:
        client = slow.connect()
        for _ in range(2):
            client.read(make_offer())
        with pytest.raises(GatewayThrottled) as caught:
            client.read(make_offer())
    assert caught.value.retry_after
    assert 0 < caught.value.retry_after <= 60


def test_a_list_in_pages_is_read_to_its_end(oscar: OscarServer, tmp_path: Path) -> None:
    with oscar_server(tmp_path, PAGE_SIZE="2") as paged:
        offer = make_offer()
        paged.connect().publish(offer)
        numbers = {paged.order((offer, 1)) for _ in range(5)}
        assert {order.number for order in drain(paged.desk())[0]} == numbers


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (400, {"stockrecords": {"0": {"price": ["Ensure that there are no more than 12 digits"]}}}, "price"),
        (
            400,
            {"stockrecords": [{}, {"num_in_stock": ["Đảm bảo rằng giá trị lớn hơn hoặc bằng 0."]}]},
            "stock",
        ),
        (400, {"upc": ["Sản phẩm có UPC đã tồn tại."]}, "sku"),
        (400, {"images": {"0": {"original": ["Upload a valid image."]}}}, "pictures"),
        (400, {"non_field_errors": ["child without parent"]}, None),
        (401, {"detail": "Invalid token."}, GatewayShut),
        (403, {"detail": "Bạn không có quyền."}, None),
        (403, {"detail": "Invalid token."}, GatewayShut),
        (405, {"detail": "Method not allowed."}, None),
        (301, {}, GatewayUnavailable),
    ],
)
def test_oscars_refusals_name_the_next_move(status: int, answer: Any, expected: Any) -> None:
    """As the server worded them when it was tried."""
    error = refusal(status, answer)
    if type(error) is GatewayRejected:
        assert [problem.field for problem in error.problems] == [expected]
    else:
        assert type(error) is expected
