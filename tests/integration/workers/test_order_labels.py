"""Labels of parcels: fetched once their floor prints them, seen by the seller alone, forgotten with the buyer."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.clock import now
from gateways.errors import GatewayError, GatewayRejected, Problem
from gateways.labels import ParcelLabel, StillPrinting
from models import FloorAccount, Listing, Order, OrderLabel, OrderStatus
from services import buyers, floor_telling, order_labels, orders
from tests import builders
from tests.builders import anybody
from tests.integration.workers.harness import carry, pass_time
from workers import floors

PDF = b"%PDF-1.7 a slip"


@dataclass
class Printer:
    """A floor's label desk: what it answers, one after the other; then the label."""

    answers: list[GatewayError | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    prints: bool = True

    def fetch_labels(self, external_id: str) -> list[ParcelLabel] | None:
        self.asked.append(external_id)
        if self.answers and (error := self.answers.pop(0)):
            raise error
        return [ParcelLabel("SPXVN01", PDF)] if self.prints else None


@pytest.fixture
def printer(monkeypatch: pytest.MonkeyPatch) -> Printer:
    made = Printer()
    monkeypatch.setattr(floors, "label_desk", lambda _: made)
    return made


@pytest.fixture
def listing(session: Session) -> Listing:
    stall = builders.make_stall(session)
    return builders.make_approved_listing(session, builders.make_product(session, stall.seller), stock=9)


def shipped(session: Session, listing: Listing, floor: str = "shopee") -> Order:
    """An order whose floor has been told that it is on its way."""
    order = builders.make_order(session, listing, marketplace=floor, external_id="B1")
    orders.confirm_order(session, anybody(session), order.id)
    tell(session, order)
    orders.ship_order(session, anybody(session), order.id)
    tell(session, order)
    session.commit()
    return order


def tell(session: Session, order: Order) -> None:
    word = floor_telling.prepare_word(session, order.id)
    assert word is not None
    floor_telling.record_told(session, word)


def stored(session: Session) -> list[OrderLabel]:
    session.expire_all()
    return list(session.scalars(select(OrderLabel)))


def test_the_label_comes_once_its_floor_knows_of_the_parcel(
    session: Session, listing: Listing, printer: Printer
) -> None:
    shipped(session, listing)
    carry()
    (label,) = stored(session)
    assert (label.parcel, label.tracking_number, label.content) == (1, "SPXVN01", PDF)
    assert printer.asked == ["B1"]


@pytest.mark.parametrize(("floor", "asked"), [("lazada", 2), ("shopee", 1), ("vendure", 0)])
def test_each_floor_is_asked_when_it_can_print(
    session: Session, listing: Listing, printer: Printer, floor: str, asked: int
) -> None:
    """Lazada prints what is packed; a floor without carriers nothing."""
    shipped(session, listing, floor)
    assert (
        session.scalar(text("SELECT count(*) FROM outbox_events WHERE type = 'order_labels.wanted.v1'"))
        == asked
    )


def test_what_is_still_being_printed_is_asked_for_again_and_is_no_fault_of_the_floor(
    session: Session, listing: Listing, printer: Printer
) -> None:
    order = shipped(session, listing)
    printer.answers = [StillPrinting("too early")] * 7
    for _ in range(8):
        carry()
        pass_time(session, 1_000)
    assert len(printer.asked) == 8
    assert len(stored(session)) == 1
    assert order.label_problems == []
    of_its_floor = select(FloorAccount.failures).where(FloorAccount.marketplace == "shopee")
    assert not session.scalar(of_its_floor)


def test_what_the_floor_will_not_print_is_said_and_can_be_asked_for_again(
    session: Session, listing: Listing, printer: Printer
) -> None:
    order = shipped(session, listing)
    why = Problem(None, "package_can_not_print", "Hãy xem trang của sàn", said="Not now")
    printer.answers = [GatewayRejected("not now", (why,))]
    carry()
    session.refresh(order)
    assert [problem["said"] for problem in order.label_problems] == ["Not now"]
    order_labels.fetch_again(session, anybody(session), order.id)
    session.commit()
    carry()
    session.refresh(order)
    assert (len(order.labels), order.label_problems) == (1, [])


def test_what_the_seller_sends_himself_waits_for_no_label(
    session: Session, listing: Listing, printer: Printer
) -> None:
    order = shipped(session, listing)
    printer.prints = False
    carry()
    session.expire_all()
    assert (order.labels, order.labels_asked_at) == ([], None)


def test_a_cancelled_order_needs_no_label(session: Session, listing: Listing, printer: Printer) -> None:
    order = shipped(session, listing)
    session.execute(update(Order).values(status=OrderStatus.CANCELLED, closed_at=now()))
    session.commit()
    carry()
    assert printer.asked == []
    assert order.labels == []


def test_labels_are_stored_unreadable_and_forgotten_with_the_buyer(
    session: Session, listing: Listing, printer: Printer
) -> None:
    order = shipped(session, listing)
    carry()
    sealed = session.scalar(text("SELECT content FROM order_labels"))
    assert sealed is not None
    assert PDF not in bytes(sealed)
    over = now() - buyers.KEEP_BUYERS - timedelta(days=1)
    session.execute(
        update(Order)
        .where(Order.id == order.id)
        .values(
            status=OrderStatus.DELIVERED,
            closed_at=over,
            buyer_name=None,
            buyer_phone=None,
            buyer_address=None,
        )
    )
    buyers.forget_old_buyers(session)
    assert stored(session) == []


def test_a_worker_that_dies_with_the_label_in_its_hands_fetches_it_once_more(
    session: Session, listing: Listing, printer: Printer
) -> None:
    shipped(session, listing)
    carry()
    session.execute(text("UPDATE event_deliveries SET status = 'queued', due_at = now()"))
    session.commit()
    carry()
    assert len(stored(session)) == 1
