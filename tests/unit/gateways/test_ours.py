"""What is ours on a floor, what of it must be told, and what a refusal leaves standing."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from core.text import same_words
from gateways.errors import GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem
from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.ours import Gone, SkuHeld, ours_among, refuse_others, sold_as, unsigned
from gateways.marketplaces.sessions import TokenOver
from gateways.marketplaces.steps import PartlyRefused, Steps, selling
from gateways.ports import FloorListing, Ours
from tests.contract.floors import make_offer


@dataclass(frozen=True)
class Held:
    number: str
    title: str = "Mận"


def mine(ours: Ours, *held: Held, elsewhere: Held | None = None) -> list[str]:
    def fetch(number: str) -> Held:
        if elsewhere is None or elsewhere.number != number:
            raise Gone(number)
        return elsewhere

    return [found.number for found in ours_among(ours, held, fetch, signed=unsigned)]


@pytest.mark.parametrize(
    ("number", "held", "elsewhere", "expected"),
    [
        (None, [], None, []),
        (None, [Held("1")], None, ["1"]),
        (None, [Held("1", "Chổi")], None, []),
        (None, [Held("1", "Chổi"), Held("2"), Held("3")], None, ["2", "3"]),
        ("2", [Held("1"), Held("2", "Tên cũ")], None, ["2", "1"]),
        ("2", [Held("1", "Tên cũ"), Held("2", "Tên cũ")], None, ["2", "1"]),
        ("9", [Held("1", "Chổi")], Held("9"), ["9"]),
        ("9", [Held("1")], Held("9"), ["9", "1"]),
        ("9", [Held("1")], None, ["1"]),
        ("9", [Held("1", "Chổi")], None, []),
    ],
)
def test_the_known_one_comes_first_and_then_what_is_called_like_ours(
    number: str | None, held: list[Held], elsewhere: Held | None, expected: list[str]
) -> None:
    assert mine(Ours(sku="SP-1", title="Mận", external_id=number), *held, elsewhere=elsewhere) == expected


def test_only_what_is_nobodys_or_ours_may_be_changed() -> None:
    ours, others = Ours(sku="SP-1", title="Mận"), [Held("1", "Chổi")]
    refuse_others(ours, [], [])
    refuse_others(ours, others, [Held("2")])
    with pytest.raises(SkuHeld) as caught:
        refuse_others(ours, others, [])
    assert caught.value.external_id == "1"


def test_of_several_kinds_without_our_sku_none_is_taken_for_ours() -> None:
    assert sold_as("SP-1", ["A", "SP-1"], str) == "SP-1"
    assert sold_as("SP-1", ["A"], str) == "A"
    assert sold_as("SP-1", [], str) is None
    with pytest.raises(GatewayRejected):
        sold_as("SP-1", ["A", "B"], str)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Giòn & ngọt", "Giòn &amp; ngọt", True),
        ("Mận  tam hoa\n", "Mận tam hoa", True),
        ("Mận", "Mận", True),
        ("Mận", "Man", False),
        ("Mận", "MẬN", False),
    ],
)
def test_words_that_people_read_alike_are_the_same(one: str, other: str, same: bool) -> None:
    assert same_words(one, other) is same


@pytest.mark.parametrize("words", ["", "Hái trong ngày.\nGiòn & ngọt, < 2 ngày", "<b>x</b>\n\n&amp;"])
def test_a_description_is_read_back_from_its_html(words: str) -> None:
    assert text_of(html_of(words)) == words
    assert text_of(f"<p>{html_of(words)}</p>") == words


@pytest.mark.parametrize(
    ("told", "ours", "there", "expected"),
    [
        (12, 12, 12, None),
        (12, 12, 10, None),
        (12, 11, 10, None),
        (12, 15, 10, 15),
        (12, 9, 10, 9),
        (12, 12, 20, 12),
        (12, 0, 10, 0),
        (None, 12, 10, 12),
        (12, 12, None, 12),
    ],
)
def test_stock_is_raised_only_where_ours_has_grown(
    told: int | None, ours: int, there: int | None, expected: int | None
) -> None:
    changes = selling(make_offer(stock=ours, told_stock=told), same_price=True, stock=there)
    assert changes == ({} if expected is None else {"stock": expected})


class Floor:
    """It refuses what `refuses`."""

    def __init__(self, refuses: str = "") -> None:
        self.told: list[dict[str, int]] = []
        self.refuses = refuses

    def sell(self, told: Mapping[str, int]) -> None:
        if self.refuses in told:
            raise GatewayRejected("no", (Problem(self.refuses, "no", "Không"),))
        self.told.append(dict(told))

    def show(self) -> None:
        if self.refuses == "title":
            raise GatewayRejected("no", (Problem("title", "no", "Không"),))
        self.told.append({"shown": 1})


def carried_out(floor: Floor, *faults: str) -> list[str | None]:
    """What is refused in the end."""
    offer = make_offer(external_id="7")
    steps = Steps(offer, [Problem(field, "fault", "Sai") for field in faults])
    steps.sell({"stock": 3, "price": 5_000}, floor.sell)
    steps.show(floor.show)
    try:
        steps.end(FloorListing("7", None))
    except PartlyRefused as refusal:
        return [problem.field for problem in refusal.problems]
    return []


@pytest.mark.parametrize(
    ("refuses", "faults", "told", "refused"),
    [
        ("", [], [{"stock": 3, "price": 5_000}, {"shown": 1}], []),
        ("price", [], [{"stock": 3}, {"shown": 1}], ["price"]),
        ("title", [], [{"stock": 3, "price": 5_000}], ["title"]),
        ("", ["title"], [{"stock": 3, "price": 5_000}], ["title"]),
        ("", ["price"], [{"stock": 3}, {"shown": 1}], ["price"]),
        ("stock", ["price", "pictures"], [], ["price", "pictures", "stock"]),
    ],
)
def test_a_refusal_keeps_no_other_step_from_the_floor(
    refuses: str, faults: list[str], told: list[dict[str, int]], refused: list[str]
) -> None:
    floor = Floor(refuses)
    assert carried_out(floor, *faults) == refused
    assert floor.told == told


@pytest.mark.parametrize(("field", "told"), [("stock", False), ("price", True), ("title", True)])
def test_what_stands_there_all_the_same_is_said(field: str, told: bool) -> None:
    steps = Steps(make_offer(external_id="7"), [Problem(field, "fault", "Sai")])
    with pytest.raises(PartlyRefused) as caught:
        steps.end(FloorListing("7", None))
    assert (caught.value.stands.external_id, caught.value.stock_told) == ("7", told)


def test_a_refused_stock_is_not_told_whatever_field_the_refusal_names() -> None:
    def sell(told: object) -> None:
        raise GatewayRejected("no", (Problem(None, "locked", "Đang khoá"),))

    steps = Steps(make_offer(external_id="7"), [])
    steps.sell({"stock": 3}, sell)
    with pytest.raises(PartlyRefused) as caught:
        steps.end(FloorListing("7", None))
    assert not caught.value.stock_told


@pytest.mark.parametrize(
    "error", [GatewayUnavailable("no answer"), GatewayThrottled("HTTP 429"), KeyError("id")]
)
@pytest.mark.parametrize(("refuses", "told"), [("", True), ("stock", False)])
def test_what_is_lost_once_the_stock_is_told_says_so(error: Exception, refuses: str, told: bool) -> None:
    def show() -> None:
        raise error

    steps = Steps(make_offer(external_id="7"), [])
    steps.sell({"stock": 3, "price": 5_000}, Floor(refuses).sell)
    with pytest.raises(GatewayError) as caught:
        steps.show(show)
    assert caught.value.stock_told is told


def test_what_stands_nowhere_is_shown_whole_or_not_at_all() -> None:
    with pytest.raises(GatewayRejected):
        Steps(make_offer(), [Problem("title", "too_long", "Dài")])
    steps = Steps(make_offer(external_id="7"), [Problem("title", "too_long", "Dài")])
    with pytest.raises(GatewayRejected):
        steps.need_all()


def test_an_account_that_is_shut_out_is_no_part_of_an_offer() -> None:
    def shut_out(_: Mapping[str, int]) -> None:
        raise TokenOver("over")

    with pytest.raises(TokenOver):
        Steps(make_offer(external_id="7"), []).sell({"stock": 3}, shut_out)
