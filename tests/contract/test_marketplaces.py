"""What every floor's client must do, tried on the real server."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from gateways.errors import AlreadyDone, GatewayRejected, GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces.ours import SkuHeld
from gateways.marketplaces.steps import PartlyRefused
from gateways.ports import Offer, Ours, Standing
from tests.contract.faulty_wire import FaultyWire
from tests.contract.floors import Floor, Shown, known, make_offer, problems
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.pictures import PictureHost
from tests.contract.processes import free_port

pytestmark = pytest.mark.timeout(600)


def assert_shows_once(floor: Floor, offer: Offer) -> None:
    """Customers see `offer` as it is, and the floor holds nothing else of it."""
    seen = [(s.title, s.description, s.price, s.stock) for s in floor.shown(offer)]
    assert seen == [(offer.title, offer.description, offer.price, offer.stock)]
    assert floor.pages(offer) == 1


def test_publish_makes_customers_see_the_offer_once(floor: Floor) -> None:
    offer = make_offer()
    listing = floor.connect().publish(offer)
    assert_shows_once(floor, offer)
    assert floor.shown(offer) == [
        Shown(listing.external_id, offer.title, offer.description, offer.price, offer.stock)
    ]


def test_what_stands_on_the_floor_is_read_back(floor: Floor) -> None:
    offer = make_offer()
    client = floor.connect()
    assert client.read(offer) is None
    listing = client.publish(offer)
    standing = client.read(offer)
    assert standing == Standing(
        listing.external_id,
        offer.title,
        offer.price,
        offer.stock,
        shown=True,
        pictures=len(offer.pictures),
        first_picture=standing.first_picture if standing and offer.pictures else "",
        description=offer.description,
    )
    client.withdraw(offer)
    assert (taken_down := client.read(offer)) is None or not taken_down.shown


def test_publishing_again_leaves_the_same_one(floor: Floor) -> None:
    offer = make_offer()
    first = floor.connect().publish(offer)
    assert floor.connect().publish(offer) == first
    assert_shows_once(floor, offer)


@pytest.mark.parametrize(
    "change",
    [
        {"price": 52_500},
        {"stock": 3},
        {"title": "Mận hậu Bắc Hà, hái buổi chiều"},
        {"description": "Hái chiều qua."},
        {
            "title": "Lê Tai Nung vườn nhà Bản Phố",
            "description": "Quả to, < 1 kg.",
            "price": 2_000,
            "stock": 7,
        },
    ],
    ids=lambda change: "+".join(change),
)
def test_a_change_reaches_the_customers(floor: Floor, change: dict[str, Any]) -> None:
    client = floor.connect()
    offer = make_offer()
    first = client.publish(offer)
    changed = known(offer, first, **change)
    assert client.publish(changed) == first
    assert_shows_once(floor, changed)


def test_what_is_sold_out_cannot_be_bought(floor: Floor) -> None:
    """It stands there with nothing left, or not at all where the floor shows no such thing; its page is kept."""
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    empty = replace(offer, stock=0)
    assert client.publish(empty).external_id == first.external_id
    if floor.shows_sold_out:
        assert_shows_once(floor, empty)
    else:
        assert floor.shown(empty) == []
    assert client.publish(offer) == first
    assert_shows_once(floor, offer)


@pytest.mark.parametrize("end", ["smallest", "largest"])
def test_the_least_and_the_most_that_a_floor_takes_is_shown(floor: Floor, end: str) -> None:
    """At first, and by a change."""
    client, usual = floor.connect(), make_offer()
    extreme = replace(usual, **getattr(floor.bounds, end))
    first = client.publish(extreme)
    assert_shows_once(floor, extreme)
    for offer in (known(usual, first, told_stock=None), known(extreme, first, told_stock=None)):
        client.publish(offer)
        assert_shows_once(floor, offer)


def test_a_new_price_or_stock_costs_one_change(floor: Floor, wire: FaultyWire) -> None:
    client, offer = floor.connect(wire.url), make_offer()
    client.publish(offer)
    for changed in (replace(offer, price=46_000), replace(offer, price=46_000, stock=5)):
        wire.requests.clear()
        client.publish(changed)
        assert len(wire.requests) <= floor.change_calls
        assert_shows_once(floor, changed)
    wire.requests.clear()
    client.publish(changed)
    assert len(wire.requests) < floor.change_calls


def test_a_new_price_gives_back_nothing_that_the_floor_has_sold(floor: Floor) -> None:
    """It may be that we have not heard of the order yet."""
    client, offer = floor.connect(), make_offer(stock=12)
    first = client.publish(offer)
    floor.order((offer, 2))
    dearer = known(offer, first, price=46_000)
    client.publish(dearer)
    assert_shows_once(floor, replace(dearer, stock=10))
    client.publish(replace(dearer, stock=11))
    assert_shows_once(floor, replace(dearer, stock=10))


def test_the_stock_is_told_where_ours_has_grown_or_the_floor_has_more(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer(stock=12)
    first = client.publish(offer)
    floor.order((offer, 2))
    for stock, told in ((15, 12), (9, 9), (4, 9)):
        client.publish(known(offer, first, stock=stock, told_stock=told))
        assert_shows_once(floor, replace(offer, stock=stock))


def test_price_and_stock_reach_a_floor_that_refuses_the_rest(floor: Floor, photos: PictureHost) -> None:
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    changed = known(offer, first, price=52_500, stock=3)
    with pytest.raises(PartlyRefused) as caught:
        client.publish(replace(changed, **floor.unwanted(photos)))
    assert {problem.field for problem in caught.value.problems} <= {"pictures", "category", "title"}
    assert (caught.value.stands.external_id, caught.value.stock_told) == (first.external_id, True)
    assert_shows_once(floor, changed)


@pytest.mark.parametrize(
    "fault", [{"title": "x" * 10_000}, {"description": "x" * 1_000_000}, {"title": " "}], ids=str
)
def test_content_that_no_floor_can_show_holds_up_no_price_and_no_stock(
    floor: Floor, fault: dict[str, Any]
) -> None:
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    changed = known(offer, first, price=52_500, stock=3)
    with pytest.raises(PartlyRefused) as caught:
        client.publish(replace(changed, **fault))
    assert [problem.field for problem in caught.value.problems] == list(fault)
    assert_shows_once(floor, changed)


def test_what_is_sold_out_is_told_whatever_else_is_wrong(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    with pytest.raises(PartlyRefused):
        client.publish(known(offer, first, price=10**13, title="x" * 10_000, stock=0))
    assert [shown.stock for shown in floor.shown(offer)] == ([0] if floor.shows_sold_out else [])


def test_what_has_another_sku_by_hand_is_found_where_it_stands(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    floor.rename(first.external_id, f"{offer.sku}-CU")
    changed = known(offer, first, price=46_000)
    standing = client.read(changed)
    assert standing
    assert standing.external_id == first.external_id
    assert client.publish(changed).external_id == first.external_id
    assert_shows_once(floor, changed)
    floor.rename(first.external_id, f"{offer.sku}-CU")
    client.withdraw(changed)
    standing = client.read(changed)
    assert standing
    assert not standing.shown


def test_what_was_deleted_by_hand_is_made_anew(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer()
    first = client.publish(offer)
    floor.remove(first.external_id)
    gone = known(offer, first)
    assert client.read(gone) is None
    assert client.publish(gone).external_id != first.external_id
    assert [shown.title for shown in floor.shown(offer)] == [offer.title]


def test_what_others_sell_under_our_sku_is_not_touched(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer()
    title = "Chổi đót cán dài, hàng của người khác"
    number = floor.add_theirs(offer.sku, title)
    theirs = Ours(sku=offer.sku, title=title, external_id=number)
    before = client.read(theirs)
    assert before
    assert before.shown
    with pytest.raises(SkuHeld) as caught:
        client.publish(offer)
    assert (problems(caught), caught.value.external_id) == ([("sku", "taken")], number)
    assert title in str(caught.value.problems[0].text)
    with pytest.raises(AlreadyDone):
        client.withdraw(offer)
    assert client.read(offer) is None
    assert client.read(theirs) == before


def test_what_a_person_says_is_ours_becomes_the_offer(floor: Floor) -> None:
    client, offer = floor.connect(), make_offer()
    number = floor.add_theirs(offer.sku, "Chổi đót cán dài, hàng của người khác")
    ours = replace(offer, external_id=number)
    assert client.publish(ours).external_id == number
    standing = client.read(ours)
    assert standing
    assert (standing.title, standing.price, standing.stock, standing.shown) == (
        offer.title,
        offer.price,
        offer.stock,
        True,
    )


def test_a_page_left_half_made_is_completed(floor: Floor) -> None:
    offer = make_offer()
    floor.abandon(offer)
    assert floor.shown(offer) == []
    floor.connect().publish(offer)
    assert_shows_once(floor, offer)


def test_a_lost_answer_at_any_step_never_makes_two(floor: Floor, wire: FaultyWire) -> None:
    """The server does what it is asked and the answer never comes; the job tries again."""
    for step in count(1):
        offer = make_offer()
        wire.lose_answer(step)
        try:
            floor.connect(wire.url).publish(offer)
        except GatewayUnavailable:
            floor.connect(wire.url).publish(offer)
        assert_shows_once(floor, offer)
        if not wire.lost:
            break
    assert step > floor.calls, "the wire was not cut in each call"


def test_a_server_that_hangs_is_unavailable_and_published_on_later(floor: Floor) -> None:
    offer = make_offer()
    client = floor.connect(timeout=0.5)
    with floor.paused(), pytest.raises(GatewayUnavailable):
        client.publish(offer)
    floor.connect().publish(offer)
    assert_shows_once(floor, offer)


def test_withdrawn_offers_are_not_seen_until_published_again(floor: Floor) -> None:
    client = floor.connect()
    offer = make_offer()
    first = client.publish(offer)
    client.withdraw(offer)
    assert floor.shown(offer) == []
    assert client.publish(offer) == first
    assert_shows_once(floor, offer)


def test_withdrawing_twice_is_already_done(floor: Floor) -> None:
    client = floor.connect()
    offer = make_offer()
    client.publish(offer)
    client.withdraw(offer)
    with pytest.raises(AlreadyDone):
        client.withdraw(offer)


def test_withdrawing_what_was_never_published_is_already_done(floor: Floor) -> None:
    with pytest.raises(AlreadyDone):
        floor.connect().withdraw(make_offer())


def test_a_floor_that_is_down_is_unavailable(floor: Floor) -> None:
    client = floor.connect(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(GatewayUnavailable):
        client.publish(make_offer())
    with pytest.raises(GatewayUnavailable):
        client.withdraw(make_offer())


@pytest.mark.parametrize("status", [502, 503, 404])
def test_a_page_that_is_not_the_floors_means_unavailable(floor: Floor, wire: FaultyWire, status: int) -> None:
    wire.answer(status, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>")
    with pytest.raises(GatewayUnavailable):
        floor.connect(wire.url).publish(make_offer())


@pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "7"}, 7.0), ({}, None)])
def test_too_many_calls_say_how_long_to_wait(
    floor: Floor, wire: FaultyWire, header: dict[str, str], seconds: float | None
) -> None:
    wire.answer(429, header, b"slow down")
    with pytest.raises(GatewayThrottled) as caught:
        floor.connect(wire.url).publish(make_offer())
    assert caught.value.retry_after == seconds


def test_what_is_in_review_is_not_called_taken_down(paying_floor: SandboxFloor) -> None:
    """It cannot be, and is shown once it has passed."""
    client, offer = paying_floor.connect(), make_offer()
    listing = client.publish(offer)
    paying_floor.look_at(listing.external_id, state=paying_floor.reviewing)
    with pytest.raises(GatewayRejected) as caught:
        client.withdraw(offer)
    assert problems(caught) == [(None, "in_review")]
    paying_floor.look_at(listing.external_id)
    client.withdraw(offer)
    assert paying_floor.shown(offer) == []


def test_a_wrong_password_shuts_us_out(floor: Floor) -> None:
    """It is no fault of the listing: whatever is asked next is refused as well."""
    with pytest.raises(GatewayShut) as caught:
        floor.connect(password="not-the-password").publish(make_offer())
    assert [problem.field for problem in caught.value.problems] == [None]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", 0),
        ("price", -1),
        ("price", 10**13),
        ("stock", -1),
        ("stock", 2**31),
        ("title", " "),
        ("title", "x" * 10_000),
        ("description", "x" * 1_000_000),
        ("sku", ""),
    ],
)
def test_what_no_floor_can_show_is_rejected_by_field(floor: Floor, field: str, value: object) -> None:
    offer = make_offer(**{field: value})
    with pytest.raises(GatewayRejected) as caught:
        floor.connect().publish(offer)
    assert [problem.field for problem in caught.value.problems] == [field]
    assert floor.pages(offer) == 0
