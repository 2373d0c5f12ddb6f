"""What every floor that takes the buyers' money must tell us of what it pays out."""

import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core import clock
from core.config import config
from gateways import marketplaces
from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayThrottled, GatewayUnavailable
from gateways.marketplaces import Stores, settlement_desk
from gateways.marketplaces.settling import NotWhole, whole
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementDesk, SettlementKind
from tests.contract.conftest import FLOORS, PAYING
from tests.contract.faulty_wire import faulty_wire
from tests.contract.floors import make_offer
from tests.contract.floors_sandbox import SandboxFloor
from tests.contract.lazada_floor import LazadaFloor
from tests.contract.processes import free_port
from tests.contract.shopee_floor import ShopeeFloor
from tests.contract.stores import LockedTokens, Shelf
from tests.contract.tiktok_floor import TiktokFloor

pytestmark = [pytest.mark.xdist_group("floors"), pytest.mark.timeout(300)]

JSON = {"Content-Type": "application/json"}
TELL_A_SUM = ("shopee", "tiktok")
"""They say what was paid out; at Lazada the lines are the sum."""


def drain(desk: SettlementDesk, cursor: str | None = None) -> tuple[list[FloorSettlement], str]:
    """All that there is to tell from `cursor` on, and the cursor after it."""
    told: list[FloorSettlement] = []
    for _ in range(100):
        page = desk.list_settlements(cursor)
        told += page.settlements
        cursor = page.cursor
        if not page.more:
            return told, cursor
    raise AssertionError("there is no end to it")


def sold(floor: SandboxFloor, price: int = 100_000) -> str:
    """An order that its buyer has."""
    offer = make_offer(price=price)
    floor.connect().publish(offer)
    number = floor.order((offer, 1))
    floor.move_order(number, "delivered")
    return number


def told_of(floor: SandboxFloor, number: str) -> list[FloorSettlement]:
    """What is told of one order, each settlement once."""
    told, _ = drain(floor.settlements())
    return list({one.external_id: one for one in told if one.order_id == number}.values())


def test_an_order_is_settled_with_fees_and_taxes_apart(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor, 200_000)
    assert told_of(paying_floor, number) == []
    paying_floor.settle(number)
    (told,) = told_of(paying_floor, number)
    assert (told.kind, told.currency) == (SettlementKind.ORDER, "VND")
    assert told.amounts == SettledAmounts(200_000, 10_000, 3_000, 187_000, vat=2_000, pit=1_000)
    assert told.amounts.add_up
    assert told.settled_at.utcoffset() == timedelta(0)
    assert abs(clock.now() - told.settled_at) < timedelta(days=1)


def test_a_refund_after_that_is_an_adjustment_of_its_own(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor)
    paying_floor.settle(number)
    paying_floor.settle(number, refund=40_000)
    told = told_of(paying_floor, number)
    amounts = [one.amounts for one in told]
    assert all(one and one.add_up for one in amounts)
    assert sum(one.net for one in amounts if one) == 93_500 - 39_400
    assert {one.kind for one in told} == set(SettlementKind)


def test_a_delivered_order_is_settled_after_a_while(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor)
    assert told_of(paying_floor, number) == []
    assert paying_floor.sandbox.control("POST", "settlements")["settled"] >= 1
    assert len(told_of(paying_floor, number)) == 1
    assert paying_floor.sandbox.control("POST", "settlements")["settled"] == 0


def test_the_cursor_goes_on_from_there(paying_floor: SandboxFloor) -> None:
    first = sold(paying_floor)
    paying_floor.settle(first)
    told, cursor = drain(paying_floor.settlements())
    assert first in {one.order_id for one in told}
    second = sold(paying_floor)
    paying_floor.settle(second)
    later, after = drain(paying_floor.settlements(), cursor)
    assert second in {one.order_id for one in later}
    again, _ = drain(paying_floor.settlements(), after)
    known = {one.external_id: one for one in [*told, *later]}
    assert all(known[one.external_id] == one for one in again), "the same words again, or none"


def test_more_than_a_page_is_told_to_the_end(paying_floor: SandboxFloor) -> None:
    offer = make_offer(price=50_000, stock=200)
    paying_floor.connect().publish(offer)
    _, cursor = drain(paying_floor.settlements())
    numbers = {paying_floor.order((offer, 1)) for _ in range(60)}
    for number in numbers:
        paying_floor.settle(number)
    told, _ = drain(paying_floor.settlements(), cursor)
    assert numbers <= {one.order_id for one in told}


def test_a_settlement_of_goods_that_are_not_ours_is_told_too(paying_floor: SandboxFloor) -> None:
    """Whose it is only the orders know."""
    number = sold(paying_floor)
    paying_floor.settle(number, gross=77_000)
    (told,) = told_of(paying_floor, number)
    assert told.amounts
    assert told.amounts.gross == 77_000


def test_foreign_money_says_so(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor)
    settled = paying_floor.settle(number, currency="USD")
    (told,) = told_of(paying_floor, number)
    assert told.currency not in ("VND", "")
    assert "USD" in told.currency
    paying_floor.sandbox.control("POST", f"settlements/{settled}", currency="VND")


@pytest.mark.parametrize("name", TELL_A_SUM)
def test_sums_that_do_not_add_up_are_told_as_they_are(request: pytest.FixtureRequest, name: str) -> None:
    floor: SandboxFloor = request.getfixturevalue(name)
    number = sold(floor)
    floor.settle(number, net=93_000)
    (told,) = told_of(floor, number)
    assert told.amounts
    assert (told.amounts.net, told.amounts.add_up) == (93_000, False)


def test_amounts_that_are_no_whole_dong_are_no_amounts(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor)
    settled = paying_floor.settle(number)
    body = {"net": 93_500.5, "gross": "100000.5"}
    paying_floor.sandbox.control("POST", f"settlements/{settled}", **body)
    (told,) = told_of(paying_floor, number)
    assert told.amounts is None


@pytest.mark.parametrize("name", ["lazada", "tiktok"])
def test_what_is_not_paid_yet_is_told_once_it_is(request: pytest.FixtureRequest, name: str) -> None:
    """However much was told meanwhile."""
    floor: SandboxFloor = request.getfixturevalue(name)
    late, soon = sold(floor), sold(floor)
    waiting = floor.settle(late, paid=False)
    floor.settle(soon)
    told, cursor = drain(floor.settlements())
    numbers = {one.order_id for one in told}
    assert (late in numbers, soon in numbers) == (False, True)
    floor.sandbox.control("POST", f"settlements/{waiting}", paid=True)
    told, _ = drain(floor.settlements(), cursor)
    assert late in {one.order_id for one in told}


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>", GatewayUnavailable),
        (502, {"Content-Type": "text/html"}, b"<html>Bad gateway</html>", GatewayUnavailable),
        (429, {"Retry-After": "7"}, b"slow down", GatewayThrottled),
        (200, JSON, b"[]", GatewayUnavailable),
        (200, JSON, b"{}", GatewayUnavailable),
        (
            200,
            JSON,
            b'{"error": "error_auth", "message": "no", "code": 101000, "data": null}',
            GatewayError,
        ),
        (
            200,
            JSON,
            b'{"error": "", "response": [1], "code": 0, "data": {"statements": 7}}',
            GatewayUnavailable,
        ),
    ],
)
def test_an_answer_that_is_none_changes_nothing(
    paying_floor: SandboxFloor, status: int, headers: dict[str, str], body: bytes, expected: type[Exception]
) -> None:
    with faulty_wire(paying_floor.url) as wire:
        wire.answer(status, headers, body)
        with pytest.raises(expected):
            paying_floor.settlements(wire.url).list_settlements(None)


def test_an_error_with_http_200_is_an_error(paying_floor: SandboxFloor) -> None:
    code = {"shopee": "error_server", "lazada": "ServiceTimeout", "tiktok": "36009003"}[paying_floor.name]
    paying_floor.fault("error", code=code)
    with pytest.raises(GatewayUnavailable):
        paying_floor.settlements().list_settlements(None)


def test_a_desk_that_is_down_or_refuses_us_says_so(paying_floor: SandboxFloor) -> None:
    with pytest.raises(GatewayUnavailable):
        paying_floor.settlements(f"http://127.0.0.1:{free_port()}").list_settlements(None)
    with pytest.raises(GatewayShut):
        paying_floor.settlements(password="not-the-password").list_settlements(None)
    with pytest.raises(GatewayRejected, match="cursor"):
        paying_floor.settlements().list_settlements("not a cursor")


def test_an_expired_token_is_renewed(paying_floor: SandboxFloor) -> None:
    paying_floor.fault("expire_tokens")
    drain(paying_floor.settlements())


def test_nothing_of_the_money_is_logged(paying_floor: SandboxFloor) -> None:
    number = sold(paying_floor, 123_000)
    paying_floor.settle(number)
    with capture_logs() as lines:
        drain(paying_floor.settlements())
    written = json.dumps(lines, default=str)
    assert [said for said in ("123000", paying_floor.held.access) if said in written] == []
    assert lines


# What is each one's own


def test_a_term_of_shopees_that_we_do_not_know_fails_the_sum(shopee: ShopeeFloor) -> None:
    """Rather than booking what is not understood."""
    number = sold(shopee)
    shopee.settle(number, net=93_500 - 700)
    (told,) = told_of(shopee, number)
    assert told.amounts
    assert not told.amounts.add_up


def test_lazadas_goods_that_came_back_are_an_adjustment(lazada: LazadaFloor) -> None:
    number = sold(lazada)
    lazada.settle(number, refund=40_000)
    (told,) = told_of(lazada, number)
    assert told.kind is SettlementKind.ADJUSTMENT
    assert told.amounts == SettledAmounts(-40_000, 0, -600, -39_400, vat=-400, pit=-200)


def test_a_statement_of_tiktok_is_read_page_by_page(
    tiktok: TiktokFloor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateways.marketplaces.tiktok.settlements.PAGE", 1)
    number = sold(tiktok)
    tiktok.settle(number)
    assert len(told_of(tiktok, number)) == 1


@pytest.mark.parametrize("told", ["0.5", "abc", "1e-3", "NaN", "Infinity"])
def test_only_whole_numbers_are_amounts(told: str) -> None:
    with pytest.raises(NotWhole):
        whole(told)
    assert [whole(one) for one in (None, "", 5, "5.00", 5.0, "-7")] == [0, 0, 5, 5, 5, -7]


def test_every_floor_says_whether_it_settles() -> None:
    assert set(marketplaces._FLOORS) == set(FLOORS)
    silent = {name for name, floor in marketplaces._FLOORS.items() if floor.settlement_desk is None}
    assert silent == set(FLOORS) - set(PAYING)
    for name in (*silent, "shop", "postmart"):
        with pytest.raises(GatewayRejected):
            settlement_desk(name, config(), Stores(LockedTokens(), Shelf()))
