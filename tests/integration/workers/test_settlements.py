"""Floors are asked what they paid out by the same rules as for orders: page by page, later and later while they are
down, and each subject with a cursor of its own."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from gateways.errors import GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.settlements import FloorSettlement as Told
from gateways.settlements import SettlementPage
from models import DeliveryStatus, FloorAccount, FloorCursor, FloorSettlement, PollSubject, SettlementShare
from services.events import SettlementPollDue
from tests import builders
from tests.builders import settlement
from tests.integration.workers.harness import carry, deliveries, pass_time, put
from workers import floors, providers
from workers.jobs import maintenance


@dataclass
class Desk:
    """A floor's desk: its settlements two a page, and what it answers next."""

    settlements: list[Told] = field(default_factory=list)
    answers: list[GatewayError | None] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)

    def list_settlements(self, cursor: str | None) -> SettlementPage:
        self.asked.append(cursor)
        if self.answers and (error := self.answers.pop(0)):
            raise error
        start = int(cursor or 0)
        page = self.settlements[start : start + 2]
        after = start + len(page)
        return SettlementPage(tuple(page), str(after), after < len(self.settlements))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The only floor that pays out."""
    made = Desk()
    monkeypatch.setattr(floors, "settlement_desk", lambda _: made)
    monkeypatch.setattr(maintenance, "floors_with_settlements", lambda: ["shopee"])
    return made


def poll(session: Session) -> FloorCursor:
    maintenance.ask_floors_for_settlements()
    carry()
    session.rollback()
    session.expire_all()
    return session.get_one(FloorCursor, ("shopee", PollSubject.SETTLEMENTS))


def stored(session: Session) -> int:
    return session.scalar(select(func.count(FloorSettlement.id))) or 0


def test_all_pages_are_read_and_the_next_poll_goes_on_from_there(session: Session, desk: Desk) -> None:
    listing = builders.make_approved_listing(session, stock=10)
    carry()
    order = builders.make_order(session, listing, marketplace="shopee")
    desk.settlements = [settlement(order), *(settlement() for _ in range(4))]
    assert poll(session).cursor == "5"
    assert (stored(session), desk.asked) == (5, [None, "2", "4"])
    assert session.scalar(select(func.count(SettlementShare.id))) == 1
    poll(session)
    assert len(desk.asked) == 3, "it is not time yet"
    desk.settlements.append(settlement())
    pass_time(session, 601)
    assert poll(session).cursor == "6"
    assert stored(session) == 6


def test_floor_that_is_down_is_asked_later_and_loses_nothing(session: Session, desk: Desk) -> None:
    desk.settlements = [settlement() for _ in range(3)]
    desk.answers = [None, GatewayUnavailable("HTTP 502"), GatewayThrottled("HTTP 429", 9_000.0)]
    down = poll(session)
    assert (down.cursor, down.failures, stored(session)) == ("2", 1, 2)
    pass_time(session, 601)
    slowed = poll(session)
    assert (slowed.failures, slowed.problem) == (2, "GatewayThrottled: HTTP 429")
    pass_time(session, 8_000)
    poll(session)
    assert len(desk.asked) == 3
    pass_time(session, 1_001)
    session.execute(update(FloorAccount).values(paused_until=None))
    session.commit()
    up = poll(session)
    assert (up.cursor, up.failures, up.problem, stored(session)) == ("3", 0, None, 3)
    assert {row.status for row in deliveries(session, "poll_floor_settlements")} == {DeliveryStatus.DONE}


def test_a_floor_that_is_left_alone_is_not_asked(session: Session, desk: Desk) -> None:
    for _ in range(6):
        desk.answers = [GatewayUnavailable("HTTP 502")]
        poll(session)
        pass_time(session, 20_000)
    asked = len(desk.asked)
    assert session.get_one(FloorAccount, "shopee").paused_until
    poll(session)
    assert len(desk.asked) == asked, "orders and listings wait for the same floor"


def test_two_polls_at_once_store_everything_once(session: Session, desk: Desk) -> None:
    desk.settlements = [settlement() for _ in range(3)]
    put(session, SettlementPollDue("shopee"), SettlementPollDue("shopee"))
    carry()
    session.expire_all()
    assert stored(session) == 3


def test_only_floors_that_pay_out_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def desk_of(name: str, *_: object) -> Desk:
        if name != "shopee":
            raise GatewayRejected(f"{name} pays nothing out")
        return Desk()

    monkeypatch.setattr(providers, "settlements_of", desk_of)
    assert providers.floors_with_settlements() == ["shopee"]
