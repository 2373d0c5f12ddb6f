"""Photos on every floor: those of the offer, in its order, each once."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from gateways.errors import GatewayUnavailable
from gateways.ports import Offer, Picture
from tests.contract.faulty_wire import FaultyWire
from tests.contract.floors import Floor, known, make_offer
from tests.contract.pictures import PictureHost

pytestmark = pytest.mark.timeout(600)

Change = Callable[[tuple[Picture, ...], PictureHost], tuple[Picture, ...]]


def assert_shows_pictures(floor: Floor, offer: Offer) -> None:
    assert floor.pictures(offer) == [picture.read() for picture in offer.pictures]
    standing = floor.connect().read(offer)
    assert standing
    assert standing.pictures == len(offer.pictures)


def test_customers_see_the_pictures_in_order(floor: Floor, photos: PictureHost) -> None:
    offer = make_offer(pictures=photos.make_pictures(3))
    floor.connect().publish(offer)
    assert_shows_pictures(floor, offer)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda old, _: old[::-1], id="turned-round"),
        pytest.param(lambda old, _: old[1:], id="first-left-out"),
        pytest.param(lambda old, photos: (*old, photos.make_picture()), id="one-more"),
        pytest.param(lambda old, photos: (old[0], photos.make_picture(), old[2]), id="one-exchanged"),
        pytest.param(lambda old, _: (), id="none-left"),
    ],
)
def test_changed_pictures_reach_the_customers(floor: Floor, photos: PictureHost, change: Change) -> None:
    client = floor.connect()
    offer = make_offer(pictures=photos.make_pictures(3))
    changed = replace(offer, pictures=change(offer.pictures, photos))
    if floor.needs_pictures and not changed.pictures:
        pytest.skip("this floor shows nothing without a picture")
    first = client.publish(offer)
    assert client.publish(changed) == first
    assert_shows_pictures(floor, changed)
    client.publish(offer)
    assert_shows_pictures(floor, offer)


def test_pictures_come_to_an_offer_that_had_none(floor: Floor, photos: PictureHost) -> None:
    if floor.needs_pictures:
        pytest.skip("this floor shows nothing without a picture")
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    assert floor.pictures(offer) == []
    with_pictures = known(offer, first, title="Mận có ảnh", price=48_000, pictures=photos.make_pictures(2))
    client.publish(with_pictures)
    assert_shows_pictures(floor, with_pictures)
    assert [shown.title for shown in floor.shown(offer)] == [with_pictures.title]


def test_a_new_price_sends_no_picture_again(floor: Floor, wire: FaultyWire, photos: PictureHost) -> None:
    offer = make_offer(pictures=photos.make_pictures(2))
    client = floor.connect(wire.url)
    client.publish(offer)
    fetched = len(photos.fetched)
    wire.requests.clear()
    client.publish(replace(offer, price=47_000))
    assert len(photos.fetched) == fetched
    assert max(len(body) for _, body in wire.requests) < min(len(p.read()) for p in offer.pictures)
    assert_shows_pictures(floor, offer)


def test_a_lost_answer_at_any_step_shows_no_picture_twice(
    floor: Floor, wire: FaultyWire, photos: PictureHost
) -> None:
    for step in count(1):
        offer = make_offer(pictures=photos.make_pictures(2))
        wire.lose_answer(step)
        try:
            floor.connect(wire.url).publish(offer)
        except GatewayUnavailable:
            floor.connect(wire.url).publish(offer)
            assert_shows_pictures(floor, offer)
            assert floor.pages(offer) == 1
        else:
            break
    assert step > 3


def test_the_same_picture_stands_on_two_offers(floor: Floor, photos: PictureHost) -> None:
    pictures = photos.make_pictures(2)
    one, other = make_offer(pictures=pictures), make_offer(pictures=pictures[::-1])
    client = floor.connect()
    client.publish(one)
    client.publish(other)
    client.publish(replace(one, pictures=pictures[1:]))
    assert_shows_pictures(floor, other)
