"""Orders on floors whose carriers say that a parcel is on its way: shipping arranges it, no more."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable
from gateways.ports import FloorOrder, Offer, OrderDesk, OrderLine, OrderStatus
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer, problems
from tests.contract.floors_sandbox import SandboxFloor

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def offer(large_floor: SandboxFloor) -> Offer:
    offer = make_offer(stock=50)
    large_floor.connect().publish(offer)
    return offer


def everything(desk: OrderDesk, cursor: str | None = None) -> tuple[list[FloorOrder], str]:
    """All orders from `cursor` on, and the cursor after them."""
    orders: list[FloorOrder] = []
    while (page := desk.list_orders(cursor)).orders:
        orders += page.orders
        cursor = page.cursor
    return orders, page.cursor


def status_of(large_floor: SandboxFloor, number: str) -> OrderStatus:
    orders, _ = everything(large_floor.desk())
    return next(order.status for order in reversed(orders) if order.external_id == number)


def test_an_order_is_told_with_what_must_be_sent_to_whom(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 3)])
    order = next(order for order in everything(large_floor.desk())[0] if order.external_id == number)
    assert (order.status, order.paid) == (OrderStatus.NEW, True)
    assert order.lines == (OrderLine(offer.sku, 3, offer.price),)
    assert order.total >= 3 * offer.price
    assert abs(order.placed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert all((order.number, order.buyer.name, order.buyer.phone, order.buyer.address))
    assert order.buyer.name not in repr(order)


def test_nothing_is_told_twice_and_nothing_is_left_out(large_floor: SandboxFloor, offer: Offer) -> None:
    _, cursor = everything(large_floor.desk())
    first = [large_floor.place_order([(offer.sku, 1)]) for _ in range(3)]
    told, cursor = everything(large_floor.desk(), cursor)
    assert sorted(order.external_id for order in told) == sorted(first)
    assert everything(large_floor.desk(), cursor)[0] == []
    later = large_floor.place_order([(offer.sku, 1)])
    told, cursor = everything(large_floor.desk(), cursor)
    assert [order.external_id for order in told] == [later]


def test_more_orders_than_one_page_holds_are_all_told(large_floor: SandboxFloor, offer: Offer) -> None:
    _, cursor = everything(large_floor.desk())
    many = make_offer(stock=200)
    large_floor.connect().publish(many)
    placed = [large_floor.place_order([(many.sku, 1)]) for _ in range(120)]
    told, _ = everything(large_floor.desk(), cursor)
    assert sorted(order.external_id for order in told) == sorted(placed)


def test_a_change_of_an_order_is_told_again(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 1)])
    _, cursor = everything(large_floor.desk())
    large_floor.move_order(number, "cancelled")
    told, _ = everything(large_floor.desk(), cursor)
    assert [(order.external_id, order.status) for order in told] == [(number, OrderStatus.CANCELLED)]


def test_an_order_goes_its_way(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 1)])
    desk = large_floor.desk()
    desk.confirm_order(number)
    desk.ship_order(number, "VN123456789")
    assert status_of(large_floor, number) in (OrderStatus.CONFIRMED, OrderStatus.SHIPPED)
    large_floor.move_order(number, "shipped")
    assert status_of(large_floor, number) is OrderStatus.SHIPPED
    large_floor.move_order(number, "delivered")
    delivered = OrderStatus.DELIVERED if large_floor.tells_delivery else OrderStatus.SHIPPED
    assert status_of(large_floor, number) is delivered


def test_what_was_said_once_is_already_done(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 1)])
    desk = large_floor.desk()
    desk.ship_order(number, "VN123456789")
    for again in (lambda: desk.ship_order(number, "VN123456789"), lambda: desk.confirm_order(number)):
        with pytest.raises(AlreadyDone):
            again()


def test_an_order_is_called_off_once(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 1)])
    desk = large_floor.desk()
    desk.cancel_order(number, "Hết hàng")
    assert status_of(large_floor, number) is OrderStatus.CANCELLED
    with pytest.raises(AlreadyDone):
        desk.cancel_order(number, "Hết hàng")
    with pytest.raises(GatewayRejected):
        desk.ship_order(number, "VN123456789")


def order_of_someone_who_asks_to_cancel(floor: SandboxFloor) -> str:
    offer = make_offer()
    floor.connect().publish(offer)
    number = floor.place_order([(offer.sku, 1)])
    floor.move_order(number, "cancel_asked")
    return number


def test_what_its_buyer_asks_to_cancel_is_told_and_not_sent(asked_floor: SandboxFloor) -> None:
    number = order_of_someone_who_asks_to_cancel(asked_floor)
    desk = asked_floor.desk()
    told, cursor = everything(desk)
    order = next(order for order in reversed(told) if order.external_id == number)
    assert (order.status, order.cancel_asked) == (OrderStatus.NEW, True)
    for act in (desk.confirm_order, lambda number: desk.ship_order(number, "VN123456789")):
        with pytest.raises(GatewayRejected) as caught:
            act(number)
        assert problems(caught) == [(None, "cancel_asked")]
    asked_floor.move_order(number, "new")
    ((order,), _) = everything(desk, cursor)
    assert (order.status, order.cancel_asked) == (OrderStatus.NEW, False)
    desk.ship_order(number, "VN123456789")


def test_cancelling_what_its_buyer_asks_to_cancel_says_yes(asked_floor: SandboxFloor) -> None:
    number = order_of_someone_who_asks_to_cancel(asked_floor)
    desk = asked_floor.desk()
    desk.cancel_order(number, "Khách đổi ý")
    assert status_of(asked_floor, number) is OrderStatus.CANCELLED
    with pytest.raises(AlreadyDone):
        desk.cancel_order(number, "Khách đổi ý")


def test_what_is_on_its_way_cannot_be_called_off(large_floor: SandboxFloor, offer: Offer) -> None:
    number = large_floor.place_order([(offer.sku, 1)])
    desk = large_floor.desk()
    desk.ship_order(number, "VN123456789")
    large_floor.move_order(number, "shipped")
    with pytest.raises(GatewayRejected):
        desk.cancel_order(number, "Hết hàng")


def test_a_lost_answer_to_a_shipment_is_not_told_twice(large_floor: SandboxFloor, offer: Offer) -> None:
    """At whichever call it is lost, a second try ends well."""
    with faulty_wire(large_floor.url) as wire:
        for step in lost_steps(wire):
            number = large_floor.place_order([(offer.sku, 1)])
            wire.lose_answer(step)
            for _ in range(2):
                with suppress(AlreadyDone, GatewayUnavailable):
                    large_floor.desk(wire.url).ship_order(number, "VN123456789")
            assert status_of(large_floor, number) is not OrderStatus.NEW


def lost_steps(wire: FaultyWire) -> Iterator[int]:
    """Until no call of the last try was lost."""
    step = 0
    while step == 0 or wire.lost:
        step += 1
        yield step
