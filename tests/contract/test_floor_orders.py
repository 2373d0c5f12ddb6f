"""What every floor through which buyers order must tell us, and be told, tried on the real server."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from structlog.testing import capture_logs

from core import clock
from gateways.errors import AlreadyDone, GatewayRejected, GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.ports import FloorOrder, Offer, OrderDesk, OrderLine, OrderStatus
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import CUSTOMER, Floor, make_offer
from tests.contract.processes import free_port

pytestmark = pytest.mark.timeout(600)


def drain(desk: OrderDesk, cursor: str | None = None) -> tuple[list[FloorOrder], str]:
    """All that there is to tell from `cursor` on, and the cursor after it."""
    told = []
    for _ in range(100):
        page = desk.list_orders(cursor)
        cursor = page.cursor
        if not page.orders:
            return told, cursor
        told += page.orders
    raise AssertionError("there is no end to it")


def publish(floor: Floor, **changes: object) -> Offer:
    offer = make_offer(**changes)
    floor.connect().publish(offer)
    return offer


_cursors: dict[str, str] = {}
"""By floor, after the last order that `news` told: no test need hear of those of all others."""


def news(floor: Floor) -> list[FloorOrder]:
    told, _cursors[floor.url] = drain(floor.desk(), _cursors.get(floor.url))
    return told


def buy(floor: Floor, *wanted: tuple[Offer, int]) -> FloorOrder:
    """An order that a customer places, as it is told."""
    number = floor.order(*wanted)
    (found,) = [order for order in news(floor) if order.number == number]
    return found


def again(floor: Floor, order: FloorOrder) -> FloorOrder:
    """The order as it is told after it has changed."""
    return [told for told in news(floor) if told.external_id == order.external_id][-1]


# Told


def test_an_order_is_told_with_what_must_be_packed_and_for_whom(floor: Floor) -> None:
    plums, pears = publish(floor, price=45_000), publish(floor, price=31_000)
    order = buy(floor, (plums, 2), (pears, 1))
    assert sorted(order.lines, key=lambda line: line.quantity) == [
        OrderLine(pears.sku, 1, 31_000),
        OrderLine(plums.sku, 2, 45_000),
    ]
    assert order.total == 121_000
    assert order.status is OrderStatus.NEW
    assert abs(order.placed_at - clock.now()) < timedelta(minutes=2)
    assert order.placed_at.utcoffset() == timedelta(0)
    assert order.buyer.name == f"{CUSTOMER.last_name} {CUSTOMER.first_name}"
    assert order.buyer.phone.replace("+84", "0") == CUSTOMER.phone.replace("+84", "0")
    assert CUSTOMER.street in order.buyer.address
    assert CUSTOMER.town in order.buyer.address
    assert order.withheld == order.total * floor.withholds // 1000


def test_an_order_names_its_goods_as_the_publication_does(floor: Floor) -> None:
    offer = make_offer()
    listing = floor.connect().publish(offer)
    (line,) = buy(floor, (offer, 1)).lines
    assert line.external_id == listing.external_id


def test_a_cursor_leads_from_one_order_to_the_next_and_repeats_none(floor: Floor) -> None:
    offer, desk = publish(floor), floor.desk()
    _, cursor = drain(desk)
    numbers = [floor.order((offer, 1)) for _ in range(3)]
    told, cursor = drain(desk, cursor)
    assert [order.number for order in told] == numbers
    assert drain(floor.desk(), cursor)[0] == []
    later = floor.order((offer, 1))
    told, cursor = drain(floor.desk(), cursor)
    assert [order.number for order in told] == [later]
    everything, _ = drain(floor.desk())
    assert {order.number for order in everything} >= {*numbers, later}
    assert len({order.external_id for order in everything}) == len(everything)


def test_an_order_that_the_floor_changes_is_told_again(floor: Floor) -> None:
    offer, desk = publish(floor), floor.desk()
    order = buy(floor, (offer, 1))
    _, cursor = drain(desk)
    floor.cancel(order.number)
    (told,), _ = drain(desk, cursor)
    assert (told.external_id, told.status) == (order.external_id, OrderStatus.CANCELLED)


def test_what_was_bought_is_not_sold_once_more(floor: Floor) -> None:
    """Our stock is what is left to sell, whatever the floor still keeps for those who have ordered."""
    offer = publish(floor, stock=12)
    floor.order((offer, 5))
    assert [shown.stock for shown in floor.shown(offer)] == [7]
    left = replace(offer, stock=7)
    client = floor.connect()
    client.publish(left)
    assert [shown.stock for shown in floor.shown(offer)] == [7]
    standing = client.read(offer)
    assert standing
    assert standing.stock == 7


def test_an_order_outlives_its_offer(floor: Floor) -> None:
    offer = publish(floor)
    number = floor.order((offer, 2))
    floor.connect().withdraw(offer)
    (order,) = [told for told in news(floor) if told.number == number]
    assert order.lines == (OrderLine(offer.sku, 2, offer.price),)


def test_nothing_of_the_buyer_is_logged(floor: Floor) -> None:
    offer = publish(floor)
    floor.order((offer, 1))
    with capture_logs() as lines:
        drain(floor.desk())
    assert lines
    written = repr(lines)
    for secret in (CUSTOMER.first_name, CUSTOMER.phone.removeprefix("+84"), CUSTOMER.street, CUSTOMER.email):
        assert secret not in written


def test_a_desk_that_is_down_is_unavailable(floor: Floor, wire: FaultyWire) -> None:
    with pytest.raises(GatewayUnavailable):
        floor.desk(f"http://127.0.0.1:{free_port()}").list_orders(None)
    wire.answer(502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
    with pytest.raises(GatewayUnavailable):
        floor.desk(wire.url).list_orders(None)
    wire.answer(429, {"Retry-After": "7"}, b"slow down")
    with pytest.raises(GatewayThrottled) as caught:
        floor.desk(wire.url).list_orders(None)
    assert caught.value.retry_after == 7


def test_a_desk_with_a_wrong_password_is_shut(floor: Floor) -> None:
    with pytest.raises(GatewayShut):
        floor.desk(password="not-the-password").list_orders(None)


def test_a_listing_that_was_cut_off_is_told_from_where_it_was(floor: Floor, wire: FaultyWire) -> None:
    offer = publish(floor)
    _, cursor = drain(floor.desk())
    number = floor.order((offer, 1))
    wire.lose_answer(1)
    with pytest.raises(GatewayUnavailable):
        floor.desk(wire.url).list_orders(cursor)
    assert [order.number for order in drain(floor.desk(wire.url), cursor)[0]] == [number]


# Done with them


@pytest.fixture
def order(told_floor: Floor) -> FloorOrder:
    return buy(told_floor, (publish(told_floor), 2))


@pytest.fixture
def told_wire(told_floor: Floor) -> Iterator[FaultyWire]:
    with faulty_wire(told_floor.url) as between:
        yield between


@pytest.fixture
def desk(told_floor: Floor) -> OrderDesk:
    return told_floor.desk()


def test_an_order_goes_its_way(told_floor: Floor, desk: OrderDesk, order: FloorOrder) -> None:
    desk.confirm_order(order.external_id)
    assert again(told_floor, order).status is OrderStatus.CONFIRMED
    with pytest.raises(AlreadyDone):
        told_floor.desk().confirm_order(order.external_id)
    desk.ship_order(order.external_id, "VN123456789")
    assert again(told_floor, order).status is OrderStatus.SHIPPED
    for done in (desk.confirm_order, lambda number: desk.ship_order(number, "VN123456789")):
        with pytest.raises(AlreadyDone):
            done(order.external_id)
    with pytest.raises(GatewayRejected):
        desk.cancel_order(order.external_id, "hết hàng")


def test_an_order_may_be_shipped_without_being_confirmed(
    told_floor: Floor, desk: OrderDesk, order: FloorOrder
) -> None:
    desk.ship_order(order.external_id, None)
    assert again(told_floor, order).status is OrderStatus.SHIPPED


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_cancelled_order_stays_cancelled(
    told_floor: Floor, desk: OrderDesk, order: FloorOrder, confirmed: bool
) -> None:
    if confirmed:
        desk.confirm_order(order.external_id)
    desk.cancel_order(order.external_id, "hết hàng")
    assert again(told_floor, order).status is OrderStatus.CANCELLED
    with pytest.raises(AlreadyDone):
        told_floor.desk().cancel_order(order.external_id, "hết hàng")
    with pytest.raises(GatewayRejected):
        desk.ship_order(order.external_id, None)
    with pytest.raises(GatewayRejected):
        desk.confirm_order(order.external_id)


def test_what_was_cancelled_can_be_bought_again(told_floor: Floor, desk: OrderDesk) -> None:
    offer = publish(told_floor, stock=12)
    desk.cancel_order(buy(told_floor, (offer, 5)).external_id, "khách đổi ý")
    assert [shown.stock for shown in told_floor.shown(offer)] == [12]


def test_a_change_of_an_order_is_told(told_floor: Floor, desk: OrderDesk, order: FloorOrder) -> None:
    _, cursor = drain(desk)
    desk.ship_order(order.external_id, None)
    told, _ = drain(desk, cursor)
    assert [(o.external_id, o.status) for o in told] == [(order.external_id, OrderStatus.SHIPPED)]


def test_a_lost_answer_at_any_step_never_ships_twice(told_floor: Floor, told_wire: FaultyWire) -> None:
    offer = publish(told_floor, stock=500)
    for step in count(1):
        order = buy(told_floor, (offer, 1))
        told_wire.lose_answer(step)
        try:
            told_floor.desk(told_wire.url).ship_order(order.external_id, "VN1")
        except GatewayUnavailable:
            with suppress(AlreadyDone):
                told_floor.desk(told_wire.url).ship_order(order.external_id, "VN1")
            assert again(told_floor, order).status is OrderStatus.SHIPPED
        else:
            break
    assert step > 2


def test_a_lost_answer_at_any_step_leaves_no_order_half_cancelled(
    told_floor: Floor, told_wire: FaultyWire
) -> None:
    """It was packed already, so that there is more to take back than the order."""
    offer = publish(told_floor, stock=500)
    for step in count(1):
        order = buy(told_floor, (offer, 1))
        told_floor.desk().confirm_order(order.external_id)
        told_wire.lose_answer(step)
        try:
            told_floor.desk(told_wire.url).cancel_order(order.external_id, "hết hàng")
        except GatewayUnavailable:
            with suppress(AlreadyDone):
                told_floor.desk(told_wire.url).cancel_order(order.external_id, "hết hàng")
            assert again(told_floor, order).status is OrderStatus.CANCELLED
        else:
            break
    assert step > 3
    assert [shown.stock for shown in told_floor.shown(offer)] == [500]


def test_an_order_that_is_not_there_is_rejected(desk: OrderDesk) -> None:
    for act in (
        desk.confirm_order,
        lambda number: desk.ship_order(number, None),
        lambda number: desk.cancel_order(number, "hết hàng"),
    ):
        with pytest.raises(GatewayRejected):
            act("987654321")
