"""What the sandboxed floors refuse: the field of ours, the very picture, and words that nobody knows."""

import pytest

from gateways.errors import GatewayRejected, Problem
from gateways.marketplaces.meanings import UNKNOWN
from gateways.ports import Offer
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.pictures import make_picture

pytestmark = pytest.mark.timeout(300)
CREATE = {
    "shopee": "add_item",
    "lazada": "create_product",
    "tiktok": "create_product",
    "woocommerce": "create_product",
}
CODE = {"tiktok": "12052999"}


def refused(floor: SandboxFloor, offer: Offer) -> tuple[Problem, ...]:
    with pytest.raises(GatewayRejected) as caught:
        floor.connect().publish(offer)
    return caught.value.problems


def an_offer(floor: SandboxFloor, **changes: object) -> Offer:
    return make_offer(**{name: make() for name, make in floor.asks.items()} | changes)


def test_the_refused_picture_is_named(large_floor: SandboxFloor) -> None:
    """One of two: which of them is up to the floor; WooCommerce names it by its address."""
    pictures = (make_picture(), make_picture())
    large_floor.sandbox.control("POST", "faults", kind="refuse_pictures", floor=large_floor.name)
    (problem,) = refused(large_floor, an_offer(large_floor, pictures=pictures))
    assert (problem.field, problem.picture) == ("pictures", pictures[0].key)
    assert "hãy thay bằng ảnh khác" in problem.text


def test_all_refused_pictures_are_told_together(large_floor: SandboxFloor) -> None:
    if large_floor.name == "woocommerce":
        pytest.skip("fetches them itself, and stops at the first")
    pictures = (make_picture(), make_picture(), make_picture())
    large_floor.sandbox.control("POST", "faults", kind="refuse_pictures", floor=large_floor.name, count=2)
    problems = refused(large_floor, an_offer(large_floor, pictures=pictures))
    assert [problem.picture for problem in problems] == [picture.key for picture in pictures[:2]]
    assert large_floor.taken(pictures[2].key) == 1, "the good one is there for the next try"


def test_an_unknown_refusal_is_quoted(large_floor: SandboxFloor) -> None:
    fault = {"kind": "error", "floor": large_floor.name, "call": CREATE[large_floor.name]}
    code = CODE.get(large_floor.name, "strange_code")
    large_floor.sandbox.control("POST", "faults", **fault, code=code, message="本店暂停营业")
    (problem,) = refused(large_floor, an_offer(large_floor))
    assert (problem.field, problem.code, problem.text) == (None, code, UNKNOWN)
    assert problem.said == "本店暂停营业"
