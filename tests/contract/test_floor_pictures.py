"""What every floor that shows pictures must do with them."""

from dataclasses import replace

import pytest

from gateways.errors import GatewayUnavailable
from tests.contract.faulty_wire import FaultyWire, faulty_wire
from tests.contract.floors import PictureFloor, make_offer
from tests.contract.photos import make_picture
from tests.contract.test_marketplaces import LARGE

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=LARGE)
def floor(request: pytest.FixtureRequest) -> PictureFloor:
    server: PictureFloor = request.getfixturevalue(request.param)
    return server


def keys(*pictures: object) -> list[str]:
    return [picture.key for picture in pictures]  # type: ignore[attr-defined]


def test_pictures_are_shown_in_their_order(floor: PictureFloor) -> None:
    one, two, three = make_picture(), make_picture(), make_picture()
    offer = make_offer(pictures=(two, one, three))
    floor.connect().publish(offer)
    assert floor.pictures(offer) == keys(two, one, three)


def test_a_new_order_of_pictures_uploads_nothing(floor: PictureFloor) -> None:
    one, two, three = make_picture(), make_picture(), make_picture()
    offer = make_offer(pictures=(one, two, three))
    floor.connect().publish(offer)
    changed = replace(offer, pictures=(three, one))
    floor.connect().publish(changed)
    assert floor.pictures(changed) == keys(three, one)
    assert [floor.taken(picture.key) for picture in offer.pictures] == [1, 1, 1]


def test_only_the_new_picture_is_uploaded(floor: PictureFloor) -> None:
    old, new = make_picture(), make_picture()
    offer = make_offer(pictures=(old,))
    floor.connect().publish(offer)
    changed = replace(offer, pictures=(new, old))
    floor.connect().publish(changed)
    assert floor.pictures(changed) == keys(new, old)
    assert (floor.taken(old.key), floor.taken(new.key)) == (1, 1)


def test_a_publisher_that_died_leaves_no_picture_twice_on_the_page(floor: PictureFloor) -> None:
    pictures = (make_picture(), make_picture())
    with faulty_wire(floor.url) as wire:
        for step in range(1, floor.calls + 2):
            offer = make_offer(pictures=pictures)
            wire.lose_answer(step)
            publish_anyhow(floor, wire, offer)
            assert floor.pictures(offer) == keys(*pictures)


def publish_anyhow(floor: PictureFloor, wire: FaultyWire, offer: object) -> None:
    try:
        floor.connect(wire.url).publish(offer)  # type: ignore[arg-type]
    except GatewayUnavailable:
        floor.connect(wire.url).publish(offer)  # type: ignore[arg-type]
