"""Floors are read and told by workers: a page and its cursor are stored together, a floor that is down costs time
only, a refusal stands on the order."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.ports import FloorOrder, OrderPage
from models import DeliveryStatus, FloorAccount, FloorCursor, Listing, Order, OrderStatus, PollSubject
from services import orders
from services.events import FloorPollDue
from services.marketplaces import MARKETPLACES
from tests import builders
from tests.builders import anybody, floor_order
from tests.integration.workers.harness import carry, deliveries, pass_time, put
from workers import floors, providers
from workers.jobs import maintenance
from workers.queues import QueueName, queue
from workers.relay import relay_once


@dataclass
class Desk:
    """A floor's desk: its orders two a page, what it was told, and what it answers next."""

    orders: list[FloorOrder] = field(default_factory=list)
    told: list[tuple[str, ...]] = field(default_factory=list)
    answers: list[GatewayError | None] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def list_orders(self, cursor: str | None) -> OrderPage:
        self.asked.append(cursor)
        self._answer()
        start = int(cursor or 0)
        page = self.orders[start : start + 2]
        read = tuple(order for order in page if order.external_id not in self.unread)
        odd = tuple(order.external_id for order in page if order not in read)
        return OrderPage(read, str(start + len(page)), odd)

    def confirm_order(self, external_id: str) -> None:
        self._hear("confirm", external_id)

    def ship_order(self, external_id: str, tracking_number: str | None) -> None:
        self._hear("ship", external_id, tracking_number or "")

    def cancel_order(self, external_id: str, reason: str) -> None:
        self._hear("cancel", external_id, reason)

    def _hear(self, *words: str) -> None:
        self.told.append(words)
        self._answer()

    def _answer(self) -> None:
        if self.answers and (error := self.answers.pop(0)):
            raise error


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The only floor that is connected."""
    made = Desk()
    monkeypatch.setattr(floors, "order_desk", lambda _: made)
    monkeypatch.setattr(maintenance, "floors_with_orders", lambda: ["vendure"])
    return made


@pytest.fixture
def listing(session: Session) -> Listing:
    """Nobody publishes it meanwhile."""
    listing = builders.make_approved_listing(session, stock=10)
    carry()
    return listing


def poll(session: Session) -> FloorCursor:
    """The clock strikes, and the workers work."""
    maintenance.ask_floors_for_orders()
    carry()
    session.rollback()
    session.expire_all()
    return session.get_one(FloorCursor, ("vendure", PollSubject.ORDERS))


def all_orders(session: Session) -> list[Order]:
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Order).order_by(Order.placed_at)))


def test_all_pages_are_read_and_the_next_poll_goes_on_from_there(
    session: Session, desk: Desk, listing: Listing
) -> None:
    desk.orders = [floor_order((listing, 1)) for _ in range(5)]
    assert poll(session).cursor == "5"
    assert len(all_orders(session)) == 5
    assert desk.asked == [None, "2", "4", "5"]
    poll(session)
    assert len(desk.asked) == 4, "it is not time yet"
    desk.orders.append(floor_order((listing, 1)))
    pass_time(session, 31)
    assert poll(session).cursor == "6"
    assert len(all_orders(session)) == 6
    assert session.get_one(Listing, listing.id).stock == 4


def test_floor_that_is_down_is_asked_later_and_later(session: Session, desk: Desk, listing: Listing) -> None:
    desk.orders = [floor_order((listing, 1)) for _ in range(3)]
    desk.answers = [None, GatewayUnavailable("HTTP 502"), GatewayThrottled("HTTP 429", 900.0)]
    down = poll(session)
    assert (down.cursor, down.failures, len(all_orders(session))) == ("2", 1, 2)
    pass_time(session, 31)
    slowed = poll(session)
    assert (slowed.failures, slowed.problem) == (2, "GatewayThrottled: HTTP 429")
    pass_time(session, 600)
    poll(session)
    assert len(desk.asked) == 3
    pass_time(session, 301)
    session.execute(update(FloorAccount).values(paused_until=None))
    session.commit()
    up = poll(session)
    assert (up.cursor, up.failures, up.problem, len(all_orders(session))) == ("3", 0, None, 3)
    assert {row.status for row in deliveries(session, "poll_floor_orders")} == {DeliveryStatus.DONE}


def test_poll_whose_worker_died_is_made_good_by_the_next(
    session: Session, desk: Desk, listing: Listing
) -> None:
    desk.orders = [floor_order((listing, 1))]
    maintenance.ask_floors_for_orders()
    relay_once()
    queue(QueueName.PUBLISHING).empty()
    pass_time(session, 91)
    poll(session)
    assert len(all_orders(session)) == 1


def test_two_polls_at_once_store_everything_once(session: Session, desk: Desk, listing: Listing) -> None:
    desk.orders = [floor_order((listing, 1)) for _ in range(3)]
    put(session, FloorPollDue("vendure"), FloorPollDue("vendure"))
    carry()
    assert len(all_orders(session)) == 3


def taken(session: Session, desk: Desk, listing: Listing) -> Order:
    desk.orders = [floor_order((listing, 4))]
    poll(session)
    (order,) = all_orders(session)
    return order


def test_floor_is_told_each_deed_once(session: Session, desk: Desk, listing: Listing) -> None:
    order = taken(session, desk, listing)
    for deed in (orders.confirm_order, orders.pack_order):
        deed(session, anybody(session), order.id)
        session.commit()
        carry()
    orders.ship_order(session, anybody(session), order.id, "VTP123")
    session.commit()
    carry()
    assert desk.told == [("confirm", order.external_id), ("ship", order.external_id, "VTP123")]
    assert all_orders(session)[0].floor_status is OrderStatus.SHIPPED


def test_what_the_floor_knew_already_is_a_success(session: Session, desk: Desk, listing: Listing) -> None:
    order = taken(session, desk, listing)
    orders.ship_order(session, anybody(session), order.id)
    session.commit()
    desk.answers = [AlreadyDone("confirmed before")]
    carry()
    assert [words[0] for words in desk.told] == ["confirm", "ship"]
    (told,) = all_orders(session)
    assert (told.floor_status, told.problems) == (OrderStatus.SHIPPED, [])


def test_floor_that_does_not_answer_is_told_again_and_the_order_says_so(
    session: Session, desk: Desk, listing: Listing
) -> None:
    order = taken(session, desk, listing)
    orders.confirm_order(session, anybody(session), order.id)
    session.commit()
    desk.answers = [GatewayUnavailable("no answer")]
    carry()
    (waiting,) = all_orders(session)
    assert waiting.next_attempt_at
    assert waiting.problems[0]["code"] == "unavailable"
    pass_time(session, 600)
    carry()
    (told,) = all_orders(session)
    assert (told.floor_status, told.problems, told.next_attempt_at) == (OrderStatus.CONFIRMED, [], None)


def test_refused_cancellation_stands_on_the_order_and_takes_its_goods_again(
    session: Session, desk: Desk, listing: Listing
) -> None:
    order = taken(session, desk, listing)
    orders.cancel_order(session, anybody(session), order.id, "Hết hàng")
    session.commit()
    desk.answers = [GatewayRejected("too late", (Problem(None, "too_late", "Đơn đã giao cho bưu tá"),))]
    carry()
    (open_again,) = all_orders(session)
    assert (open_again.status, open_again.problems[0]["text"]) == (OrderStatus.NEW, "Đơn đã giao cho bưu tá")
    assert session.get_one(Listing, listing.id).stock == 6
    assert desk.told == [("cancel", order.external_id, "Hết hàng")]


def test_floor_that_refused_is_told_again_when_the_seller_says_it_again(
    session: Session, desk: Desk, listing: Listing
) -> None:
    order = taken(session, desk, listing)
    orders.ship_order(session, anybody(session), order.id, "WRONG")
    session.commit()
    desk.answers = [None, GatewayRejected("unknown number", (Problem("tracking_number", "x", "Sai mã"),))]
    carry()
    (refused,) = all_orders(session)
    assert (refused.status, refused.floor_refused) == (OrderStatus.SHIPPED, True)
    assert refused.tracking_number == "WRONG"
    orders.ship_order(session, anybody(session), order.id, "VTP123")
    session.commit()
    desk.answers = [AlreadyDone("confirmed before")]
    carry()
    (told,) = all_orders(session)
    assert (told.floor_status, told.problems) == (OrderStatus.SHIPPED, [])
    assert desk.told[-1] == ("ship", order.external_id, "VTP123")
    orders.ship_order(session, anybody(session), order.id, "LATE")
    session.commit()
    carry()
    assert len(desk.told) == 4, "what the floor knows is not told again"


def test_shop_has_nobody_to_tell(session: Session, desk: Desk) -> None:
    listing = builders.make_approved_listing(session, marketplaces=["shop"])
    order = builders.make_shop_order(session, listing)
    orders.cancel_order(session, anybody(session), order.id, "Hết hàng")
    session.commit()
    carry()
    assert desk.told == []
    assert {row.status for row in deliveries(session, "tell_floor_order")} == {DeliveryStatus.DONE}


def test_only_floors_that_tell_of_orders_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def desk_of(name: str, *_: object) -> Desk:
        if name != "vendure":
            raise GatewayRejected(f"{name} shows listings and knows no orders")
        return Desk()

    monkeypatch.setattr(providers, "desk_of", desk_of)
    monkeypatch.setattr(providers, "MARKETPLACES", (*MARKETPLACES, "silent"))
    assert providers.floors_with_orders() == ["vendure"]
    with pytest.raises(GatewayRejected):
        providers.order_desk("silent")
