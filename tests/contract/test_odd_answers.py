"""What a floor answers that makes no sense: nothing is made twice of it, nothing taken for done, and it is the floor's
fault, not a defect of ours."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from gateways.errors import AlreadyDone, GatewayError
from gateways.marketplaces.base import understood
from gateways.ports import FloorOrder, Offer
from tests.contract.faulty_wire import FaultyWire, Spoil, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.test_marketplaces import assert_shows_once

pytestmark = pytest.mark.timeout(900)

ENVELOPE = {"error": "", "code": None, "message": None, "request_id": None}
"""By these a floor says that all went well."""


def of_values(change: Callable[[Any], Any]) -> Spoil:
    """The floor says that all went well; of what it tells else everything is changed."""

    def spoil(body: bytes) -> bytes:
        answer = json.loads(body)
        if isinstance(answer, list):
            return json.dumps([change(value) for value in answer]).encode()
        kept = {name: value for name, value in answer.items() if name in ENVELOPE}
        told = {name: change(value) for name, value in answer.items() if name not in ENVELOPE}
        return json.dumps(
            kept | {name: value for name, value in told.items() if value is not MISSING}
        ).encode()

    return spoil


MISSING = object()


def deep(leaf: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Every value that holds no others is changed."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: new for name, inner in value.items() if (new := change(inner)) is not MISSING}
        if isinstance(value, list):
            return [new for inner in value if (new := change(inner)) is not MISSING]
        return leaf(value)

    return change


def turned(value: Any) -> Any:
    """A list in the place of an object and the other way round."""
    if isinstance(value, dict):
        return [turned(inner) for inner in value.values()]
    return {str(at): turned(inner) for at, inner in enumerate(value)} if isinstance(value, list) else value


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "").isdecimal())


SPOILS: dict[str, Spoil] = {
    "empty": lambda body: b"",
    "html": lambda body: b"<html><body>We are back soon</body></html>",
    "null": lambda body: b"null",
    "list": lambda body: b"[]",
    "object": lambda body: b"{}",
    "cut": lambda body: body[: len(body) // 2],
    "no values": of_values(lambda value: MISSING),
    "null values": of_values(lambda value: None),
    "empty values": of_values(lambda value: type(value)()),
    "turned": of_values(turned),
    "null inside": of_values(deep(lambda value: None)),
    "nothing inside": of_values(deep(lambda value: MISSING)),
    "words for numbers": of_values(deep(lambda value: "x" if is_number(value) else value)),
}
NOT_OURS = {("lazada", "null inside")}
LIES = {"lazada": {"empty values"}, "woocommerce": {"list"}}
"""What the floor might say in earnest: that it has nothing of this SKU. It refuses a second one itself."""


@pytest.fixture
def wire(large_floor: SandboxFloor) -> Iterator[FaultyWire]:
    with faulty_wire(large_floor.url) as between:
        yield between


@pytest.mark.parametrize("kind", SPOILS)
def test_an_odd_answer_at_any_step_never_makes_two(large_floor: Any, wire: FaultyWire, kind: str) -> None:
    """While something is put up, and while it is changed."""
    for step in count(1):
        wanted = make_offer()
        for _ in range(2):
            wire.spoil_answer(step, SPOILS[kind])
            number = publish(large_floor, wire, wanted)
            assert_shows_once(large_floor, wanted)
            wanted = change_of(wanted, number)
        if not wire.lost:
            break
    assert step > large_floor.change_calls


def publish(floor: SandboxFloor, wire: FaultyWire, offer: Offer) -> str:
    """As the job does: what is unclear is tried again, by a client that knows nothing of the first time. The floor's
    number of it."""
    try:
        with understood():
            return floor.connect(wire.url).publish(offer).external_id
    except GatewayError:
        return floor.connect(floor.url).publish(offer).external_id


def change_of(offer: Offer, number: str) -> Offer:
    new = {"price": 46_000, "stock": 5, "title": "Mận hậu Bắc Hà, hái buổi chiều"}
    return replace(offer, external_id=number, **new)


@pytest.mark.parametrize("kind", SPOILS)
def test_an_odd_answer_is_no_word_that_it_was_taken_down(
    large_floor: SandboxFloor, wire: FaultyWire, kind: str
) -> None:
    for step in count(1):
        offer = make_offer()
        large_floor.connect().publish(offer)
        wire.spoil_answer(step, SPOILS[kind])
        try:
            with understood():
                large_floor.connect(wire.url).withdraw(offer)
        except AlreadyDone:
            assert kind in LIES.get(large_floor.name, ())
            break
        except GatewayError:
            withdraw_again(large_floor, offer)
        assert large_floor.shown(offer) == []
        if not wire.lost:
            break


def withdraw_again(floor: SandboxFloor, offer: Offer) -> None:
    with suppress(AlreadyDone):
        floor.connect().withdraw(offer)


@pytest.mark.parametrize("kind", SPOILS)
def test_odd_answers_about_orders_are_no_defects_and_lose_none(
    large_floor: SandboxFloor, wire: FaultyWire, kind: str
) -> None:
    if (large_floor.name, kind) in NOT_OURS:
        pytest.skip("an order of goods without a SKU is not ours")
    offer = make_offer()
    large_floor.connect().publish(offer)
    number = large_floor.order((offer, 1))
    for step in count(1):
        cursor: str | None = None
        told: tuple[FloorOrder, ...] = ()
        wire.spoil_answer(step, SPOILS[kind])
        try:
            with understood():
                page = large_floor.desk(wire.url).list_orders(None)
            if not page.unread:  # else the job has it read once more
                cursor, told = page.cursor, page.orders
        except GatewayError:
            pass
        assert number in {order.external_id for order in [*told, *read_all(large_floor, cursor)]}
        if not wire.lost:
            break


def test_an_order_that_makes_no_sense_keeps_no_other_out(large_floor: SandboxFloor, wire: FaultyWire) -> None:
    """Wherever it is told, the other is read; what it holds is not, and that is said."""
    offers = make_offer(), make_offer()
    for offer in offers:
        large_floor.connect().publish(offer)
    cursor = end_of(large_floor)
    odd, sound = (large_floor.order((offer, 1)) for offer in offers)
    found = set()
    for step in count(1):
        wire.spoil_answer(step, of_goods(offers[0].sku))
        with understood():
            page = large_floor.desk(wire.url).list_orders(cursor)
        assert {odd, sound} == {*page.unread, *(order.external_id for order in page.orders)}
        found |= set(page.unread)
        if not wire.lost:
            break
    assert found == {odd}


def of_goods(sku: str) -> Spoil:
    """What is told of these goods is words where numbers belong."""

    def spoilt(value: Any) -> Any:
        if isinstance(value, list):
            return [spoilt(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        if sku in value.values():
            return {name: "x" if is_number(inner) else inner for name, inner in value.items()}
        return {name: spoilt(inner) for name, inner in value.items()}

    return lambda body: json.dumps(spoilt(json.loads(body))).encode()


def end_of(floor: SandboxFloor) -> str:
    """The cursor after all that is there."""
    page = floor.desk().list_orders(None)
    while not page.is_empty:
        page = floor.desk().list_orders(page.cursor)
    return page.cursor


def read_all(floor: SandboxFloor, cursor: str | None) -> Iterator[FloorOrder]:
    desk, before = floor.desk(), None
    while cursor is None or cursor != before:
        before = cursor
        page = desk.list_orders(cursor)
        cursor = page.cursor
        yield from page.orders


@pytest.mark.parametrize("kind", SPOILS)
def test_odd_answers_to_what_sellers_did_are_no_defects(
    large_floor: SandboxFloor, wire: FaultyWire, kind: str
) -> None:
    offer = replace(make_offer(), stock=1_000)
    large_floor.connect().publish(offer)
    desk = large_floor.desk(wire.url)
    deeds: tuple[Callable[[str], None], ...] = (
        desk.confirm_order,
        lambda number: desk.ship_order(number, "VTP123"),
        lambda number: desk.cancel_order(number, "Hết hàng"),
    )
    for deed in deeds:
        for step in count(1):
            wire.spoil_answer(step, SPOILS[kind])
            with suppress(GatewayError), understood():
                deed(large_floor.order((offer, 1)))
            if not wire.lost:
                break


@pytest.mark.parametrize("kind", SPOILS)
def test_odd_answers_about_settlements_are_no_defects(paying_floor: SandboxFloor, kind: str) -> None:
    offer = make_offer()
    paying_floor.connect().publish(offer)
    number = paying_floor.order((offer, 1))
    paying_floor.move_order(number, "delivered")
    paying_floor.settle(number)
    with faulty_wire(paying_floor.url) as wire:
        for step in count(1):
            wire.spoil_answer(step, SPOILS[kind])
            with suppress(GatewayError), understood():
                paying_floor.settlements(wire.url).list_settlements(None)
            if not wire.lost:
                break
