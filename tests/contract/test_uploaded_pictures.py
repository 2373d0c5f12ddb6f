"""Pictures on the floors of the sandbox, which count what they are given."""

from dataclasses import replace

import pytest

from gateways.errors import GatewayUnavailable
from gateways.ports import Offer
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.pictures import make_picture

pytestmark = pytest.mark.timeout(300)


def test_a_new_order_of_pictures_uploads_nothing(large_floor: SandboxFloor) -> None:
    one, two, three = make_picture(), make_picture(), make_picture()
    offer = make_offer(pictures=(one, two, three))
    large_floor.connect().publish(offer)
    changed = replace(offer, pictures=(three, one))
    large_floor.connect().publish(changed)
    assert large_floor.pictures(changed) == [picture.read() for picture in (three, one)]
    assert [large_floor.taken(picture.key) for picture in offer.pictures] == [1, 1, 1]


def test_only_the_new_picture_is_uploaded(large_floor: SandboxFloor) -> None:
    old, new = make_picture(), make_picture()
    offer = make_offer(pictures=(old,))
    large_floor.connect().publish(offer)
    changed = replace(offer, pictures=(new, old))
    large_floor.connect().publish(changed)
    assert large_floor.pictures(changed) == [picture.read() for picture in (new, old)]
    assert (large_floor.taken(old.key), large_floor.taken(new.key)) == (1, 1)


def test_a_publisher_that_died_leaves_no_picture_twice_on_the_page(large_floor: SandboxFloor) -> None:
    pictures = (make_picture(), make_picture())
    with faulty_wire(large_floor.url) as wire:
        for step in range(1, large_floor.calls + 2):
            offer = make_offer(pictures=pictures)
            wire.lose_answer(step)
            publish_anyhow(large_floor, wire, offer)
            assert large_floor.pictures(offer) == [picture.read() for picture in pictures]


def publish_anyhow(large_floor: SandboxFloor, wire: FaultyWire, offer: Offer) -> None:
    try:
        large_floor.connect(wire.url).publish(offer)
    except GatewayUnavailable:
        large_floor.connect(wire.url).publish(offer)
