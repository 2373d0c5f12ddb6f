"""Vendure's own pictures and orders: what is uploaded, what a parcel is, who may look."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from gateways.errors import GatewayRejected, GatewayUnavailable
from gateways.marketplaces.changes import OVERLAP, PAGE, Changes, Version, first_news
from gateways.marketplaces.vendure.client import VendureMarketplace
from gateways.marketplaces.vendure.orders import VendureOrderDesk
from gateways.marketplaces.vendure.refusals import error_result
from gateways.ports import FloorOrder, Offer, OrderStatus
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.pictures import PictureHost
from tests.contract.test_floor_orders import drain
from tests.contract.test_vendure import CATALOGUE
from tests.contract.vendure_server import PASSWORD, VendureServer

pytestmark = [pytest.mark.xdist_group("vendure"), pytest.mark.timeout(600)]


@pytest.fixture
def wire(vendure: VendureServer) -> Iterator[FaultyWire]:
    with faulty_wire(vendure.url) as between:
        yield between


# Pictures


def test_a_picture_is_uploaded_once_for_all_offers_that_show_it(
    vendure: VendureServer, photos: PictureHost
) -> None:
    client = vendure.connect()
    pictures = photos.make_pictures(2)
    for shown in (pictures, pictures[::-1], pictures[:1]):
        client.publish(make_offer(pictures=shown))
    assert [vendure.files(f"{picture.key}.jpg") for picture in pictures] == [1, 1]


def test_a_picture_that_a_try_left_behind_is_found(
    vendure: VendureServer, wire: FaultyWire, photos: PictureHost
) -> None:
    """At whichever step the answer is lost, no later try uploads again."""
    for step in count(1):
        offer = make_offer(pictures=photos.make_pictures(2))
        wire.lose_answer(step)
        try:
            vendure.connect(wire.url).publish(offer)
        except GatewayUnavailable:
            vendure.connect(wire.url).publish(offer)
        else:
            break
        assert [vendure.files(f"{picture.key}.jpg") for picture in offer.pictures] == [1, 1]
    assert step > 8


def test_a_server_that_takes_no_jpegs_refuses_at_their_field() -> None:
    error = error_result(
        {"errorCode": "MIME_TYPE_ERROR", "message": "The MIME type 'image/jpeg' is not permitted."}
    )
    assert isinstance(error, GatewayRejected)
    assert [problem.field for problem in error.problems] == ["pictures"]


def test_catalogue_rights_are_enough_for_pictures(vendure: VendureServer, photos: PictureHost) -> None:
    address = vendure.add_administrator(CATALOGUE)
    offer = make_offer(pictures=photos.make_pictures(2))
    VendureMarketplace(vendure.url, address, PASSWORD, 30).publish(offer)
    assert vendure.pictures(offer) == [picture.read() for picture in offer.pictures]


# Orders


@pytest.fixture
def offer(vendure: VendureServer) -> Offer:
    made = make_offer()
    vendure.connect().publish(made)
    return made


def placed(vendure: VendureServer, offer: Offer, payment: str = "at-once") -> FloorOrder:
    number = vendure.order((offer, 3), payment=payment)
    return next(order for order in drain(vendure.desk())[0] if order.number == number)


def parcels(vendure: VendureServer, order: FloorOrder) -> list[tuple[str, str]]:
    query = "query($id: ID!) { order(id: $id) { fulfillments { state trackingCode } } }"
    found = vendure.admin(query, id=order.external_id)["order"]["fulfillments"]
    return sorted((parcel["state"], parcel["trackingCode"]) for parcel in found)


def test_a_parcel_gets_its_tracking_number_even_where_it_was_packed_before(
    vendure: VendureServer, offer: Offer
) -> None:
    desk, order = vendure.desk(), placed(vendure, offer)
    desk.confirm_order(order.external_id)
    assert parcels(vendure, order) == [("Pending", "")]
    desk.ship_order(order.external_id, "VN123456789")
    assert parcels(vendure, order) == [("Cancelled", ""), ("Shipped", "VN123456789")]
    assert [shown.stock for shown in vendure.shown(offer)] == [offer.stock - 3]


def test_an_order_that_is_paid_when_it_comes_can_be_shipped(vendure: VendureServer, offer: Offer) -> None:
    desk, order = vendure.desk(), placed(vendure, offer, payment="on-delivery")
    assert (order.paid, order.status) == (False, OrderStatus.NEW)
    desk.confirm_order(order.external_id)
    desk.ship_order(order.external_id, None)
    (told,) = [told for told in drain(desk)[0] if told.external_id == order.external_id]
    assert (told.paid, told.status) == (False, OrderStatus.SHIPPED)


def test_an_order_paid_at_once_is_told_as_paid(vendure: VendureServer, offer: Offer) -> None:
    assert placed(vendure, offer).paid


def test_a_cancelled_order_still_says_what_was_ordered(vendure: VendureServer, offer: Offer) -> None:
    order = placed(vendure, offer)
    vendure.cancel(order.number)
    (told,) = [told for told in drain(vendure.desk())[0] if told.external_id == order.external_id]
    assert [(line.sku, line.quantity) for line in told.lines] == [(offer.sku, 3)]


def test_goods_that_are_sold_out_with_us_can_still_be_packed(vendure: VendureServer, offer: Offer) -> None:
    order = placed(vendure, offer)
    vendure.connect().publish(replace(offer, stock=0))
    assert [shown.stock for shown in vendure.shown(offer)] == [0]
    vendure.desk().ship_order(order.external_id, None)
    assert [shown.stock for shown in vendure.shown(offer)] == [0]


def test_a_basket_is_no_order(vendure: VendureServer, offer: Offer) -> None:
    _, cursor = drain(vendure.desk())
    vendure.fill_basket((offer, 1))
    assert drain(vendure.desk(), cursor)[0] == []


def test_who_may_not_look_at_orders_is_told(vendure: VendureServer) -> None:
    address = vendure.add_administrator(CATALOGUE)
    with pytest.raises(GatewayRejected) as caught:
        VendureOrderDesk(vendure.url, address, PASSWORD, 30).list_orders(None)
    assert [problem.code for problem in caught.value.problems] == ["forbidden"]


def test_rights_on_orders_are_enough(vendure: VendureServer, offer: Offer) -> None:
    address = vendure.add_administrator(["ReadOrder", "UpdateOrder"])
    desk = VendureOrderDesk(vendure.url, address, PASSWORD, 30)
    order = placed(vendure, offer)
    assert order.external_id in {told.external_id for told in drain(desk)[0]}
    desk.confirm_order(order.external_id)
    desk.cancel_order(order.external_id, "hết hàng")
    assert order.external_id in {
        told.external_id for told in drain(desk)[0] if told.status is OrderStatus.CANCELLED
    }


# The cursor

START = datetime(2026, 6, 1, tzinfo=UTC)


def version(number: str, seconds: float, state: str = "new") -> Version:
    return Version(number, START + timedelta(seconds=seconds), state)


def test_a_change_that_comes_to_be_seen_late_is_told() -> None:
    told = Changes.read(Changes.read(None).with_told([version("1", 0), version("2", 60)]).written())
    assert told.ask_from == START + timedelta(seconds=60) - OVERLAP
    assert not told.is_news(version("2", 60))
    assert told.is_news(version("3", 30))


def test_two_changes_within_the_floors_smallest_time_are_two() -> None:
    told = Changes.read(None).with_told([version("1", 0)])
    assert told.is_news(version("1", 0, "shipped"))


def test_a_cursor_holds_the_last_minutes_only() -> None:
    told = Changes.read(None).with_told([version(str(n), n * 60) for n in range(100)])
    assert set(told.told) == {"97", "98", "99"}
    assert Changes.read(told.written()) == told
    assert told.with_told([]) == told
    assert Changes.read(Changes.read(None).written()) == Changes.read(None)


@dataclass(frozen=True)
class Given:
    """An order as a floor gives it."""

    version: Version


@pytest.mark.parametrize("told", [0, 30, 120, 1000])
def test_news_are_found_behind_all_that_was_told_in_the_last_minutes(told: int) -> None:
    """A shop may touch a thousand orders in one second."""
    orders = [Given(version(str(n), 0)) for n in range(told + 70)]
    changes = Changes.read(None).with_told(order.version for order in orders[:told])
    found = []
    while news := first_news(changes, lambda skip: orders[skip : skip + PAGE]):
        found += news
        changes = changes.with_told(order.version for order in news)
    assert found == orders[told:]
