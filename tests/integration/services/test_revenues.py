"""What is kept of a year's revenue is what the book of that year comes to, whatever happened."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from core.clock import business_day
from gateways.settlements import SettlementKind
from models import AccountKind, Order, OrderStatus, Stall, YearRevenue
from services import cash_notes, journal, journal_seals, revenues
from services.access import actor_of
from services.order_steps import step, step_back
from services.queries import revenue_books
from services.queries.revenue_books import open_revenue_book
from services.queries.thresholds import years_watched
from tests import builders
from tests.builders import anybody
from tests.revenues import keep_revenues

JANUARY = datetime(2027, 1, 20, 3, tzinfo=UTC)
DECEMBER = JANUARY - timedelta(days=40)


@pytest.fixture(autouse=True)
def _today(set_clock: Callable[[datetime], None]) -> None:
    """While last year is looked at, too."""
    set_clock(JANUARY)


def kept(session: Session) -> dict[tuple[Any, int], int]:
    """What is not nothing, by seller and year."""
    rows = session.scalars(select(YearRevenue))
    return {(row.seller_id, row.year): row.revenue for row in rows if row.revenue}


def in_books(session: Session, *stalls: Stall) -> dict[tuple[Any, int], int]:
    totals = {
        (stall.seller_id, year): open_revenue_book(
            session, anybody(session), stall.seller_id, year
        ).book.total
        for stall in stalls
        for year in years_watched()
    }
    return {key: total.revenue for key, total in totals.items() if total.revenue}


def sell(session: Session, stall: Stall, amount: int, moment: datetime = JANUARY) -> Any:
    return builders.make_payment(
        session, builders.make_payment_request(session, stall, amount=amount), amount, moment
    )


def test_nothing_is_kept_before_it_is_sealed(session: Session) -> None:
    sell(session, builders.make_stall(session), 50_000)
    assert revenues.count_entries(session) == 0
    keep_revenues(session)
    assert list(kept(session).values()) == [50_000]
    assert revenues.count_entries(session) == 0
    assert list(kept(session).values()) == [50_000]


@pytest.mark.parametrize("most", [2, 1_000])
def test_whatever_happens_it_is_what_the_books_say(session: Session, most: int) -> None:
    """Payments, cash and its undoing, money that goes back by two ways, orders and all that becomes of them, in two
    years and two sellers' stalls."""
    dice = random.Random(20261130 + most)
    life = Life(session, dice, [builders.make_stall(session), builders.make_stall(session)])
    for _ in range(12):
        for _ in range(dice.randint(1, 4)):
            dice.choice(life.deeds)()
        session.commit()
        keep_revenues(session, most)
        assert kept(session) == in_books(session, *life.stalls)
    assert len(kept(session)) > len(life.stalls), "the dice tried too little"


class Life:
    """Of some stalls: `deeds` are what can happen next."""

    def __init__(self, session: Session, dice: random.Random, stalls: list[Stall]) -> None:
        self.session, self.dice, self.stalls = session, dice, stalls
        self.listings = [
            builders.make_approved_listing(
                session, builders.make_product(session, stall.seller), stock=500, price=50_000
            )
            for stall in stalls
        ]
        self.payments: list[Any] = []
        self.notes: list[Any] = []
        self.orders: list[Order] = []
        self.deeds = [self.pay, self.note, self.void, self.put_aside, self.reverse]
        self.deeds += [self.order, self.order, self.settle, self.adjust, self.back, self.restore]

    def when(self) -> datetime:
        return self.dice.choice([DECEMBER, JANUARY])

    def pay(self) -> None:
        self.payments.append(
            sell(self.session, self.dice.choice(self.stalls), self.dice.randrange(90_000) + 1, self.when())
        )

    def note(self) -> None:
        stall, amount = self.dice.choice(self.stalls), self.dice.randrange(90_000) + 1
        noted, _ = cash_notes.note_cash(
            self.session, self.holder(stall), stall.id, amount, occurred_at=self.when()
        )
        self.notes.append((stall, noted))

    def holder(self, stall: Stall) -> Any:
        return actor_of(builders.make_stallholder(self.session, stall))

    def void(self) -> None:
        if self.notes:
            stall, noted = self.notes.pop(self.dice.randrange(len(self.notes)))
            cash_notes.void_cash_note(self.session, self.holder(stall), noted.id)

    def put_aside(self) -> None:
        """It is still the seller's."""
        self.move("aside", AccountKind.SELLER, AccountKind.REFUNDS)

    def reverse(self) -> None:
        self.move("reversal", self.dice.choice(revenue_books.OWN), AccountKind.CHANNEL)

    def move(self, why: str, debit: AccountKind, credit: AccountKind) -> None:
        if not self.payments:
            return
        payment = self.dice.choice(self.payments)
        stall = next(one for one in self.stalls if one.id == payment.stall_id)
        owners = {AccountKind.CHANNEL: stall.channel_id}
        to, out_of = (
            journal.Account(stall.market_id, kind, owners.get(kind, stall.seller_id))
            for kind in (debit, credit)
        )
        key, amount = f"{why}:{payment.id}", self.dice.randrange(payment.amount) + 1
        day = business_day(self.when())
        journal.book(self.session, [journal.Booking(key, to, out_of, amount, day, payment.id)])

    def order(self) -> None:
        listing = self.dice.choice(self.listings)
        self.orders.append(
            builders.make_order(
                self.session,
                listing,
                self.dice.randint(1, 3),
                marketplace="shopee",
                paid=True,
                placed_at=self.when(),
            )
        )

    def settle(self) -> None:
        if self.orders:
            order = self.dice.choice(self.orders)
            gross = self.dice.choice([order.total, order.total - 7_000])
            builders.settle(self.session, builders.settlement(order, gross=gross, settled_at=self.when()))

    def adjust(self) -> None:
        if self.orders:
            order, gross = self.dice.choice(self.orders), self.dice.randrange(-60_000, 20_000)
            told = builders.settlement(
                order, gross=gross, kind=SettlementKind.ADJUSTMENT, settled_at=self.when()
            )
            builders.settle(self.session, told)

    def back(self) -> None:
        new = [order for order in self.orders if order.status is OrderStatus.NEW]
        if new:
            step(self.session, self.dice.choice(new), OrderStatus.CANCELLED, None)

    def restore(self) -> None:
        """The floor would not have it cancelled."""
        for order in self.orders:
            if order.status is OrderStatus.CANCELLED:
                step_back(self.session, order, OrderStatus.NEW)


def test_what_two_workers_add_up_at_once_is_added_once(session: Session, engine: Engine) -> None:
    stall, together = builders.make_stall(session), Barrier(2)
    for amount in (50_000, 20_000):
        sell(session, stall, amount)
    journal_seals.seal_journal(session, journal_seals.settled_end(session) or 0)
    session.commit()

    def count(_: int) -> int:
        with Session(engine) as own, own.begin():
            together.wait()
            return revenues.count_entries(own)

    with ThreadPoolExecutor(2) as workers:
        counted = sorted(workers.map(count, range(2)))
    assert counted[0] == 0
    assert kept(session) == {(stall.seller_id, JANUARY.year): 70_000}


def test_last_years_orders_are_left_alone_once_nothing_more_is_told_of_them(
    session: Session, set_clock: Callable[[datetime], None]
) -> None:
    assert years_watched() == [2027, 2026]
    set_clock(JANUARY + timedelta(days=12))
    assert years_watched() == [2027]
