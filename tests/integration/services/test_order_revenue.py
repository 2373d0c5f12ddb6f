"""What floors give back to buyers lowers the revenue book on the floor's day: once, and never by more than there is."""

import io
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.revenue_books import BookForm
from core.revenue_pdf import revenue_pdf
from core.revenue_xlsx import revenue_xlsx
from gateways.ports import FloorOrder
from gateways.ports import OrderStatus as Told
from gateways.settlements import FloorSettlement, SettledAmounts, SettlementKind
from models import Listing, Order, OrderStatus, Stall
from services.access import actor_of
from services.floor_orders import take_orders
from services.order_steps import step
from services.queries.order_revenue import OrderDay, order_days
from services.queries.revenue_books import Reach, open_revenue_book
from tests import builders
from tests.builders import floor_order, page_of, settle, settlement

SOLD = datetime(2026, 3, 10, 4, tzinfo=UTC)
DAY = SOLD.date()


@pytest.fixture
def stall(session: Session) -> Stall:
    return builders.make_stall(session)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    product = builders.make_product(session, stall.seller)
    return builders.make_approved_listing(session, product, stock=500, price=50_000)


def sold(session: Session, *lines: tuple[Listing, int], **facts: object) -> FloorOrder:
    facts = {"status": Told.DELIVERED, "paid": True, "placed_at": SOLD, **facts}
    told = floor_order(*lines, **facts)
    take_orders(session, "shopee", page_of(told))
    session.commit()
    return told


def paid_out(order: FloorOrder, gross: int | None = None, days: int = 1, **facts: object) -> FloorSettlement:
    """With 1.5 % of tax kept back."""
    gross = order.total if gross is None else gross
    at = order.placed_at + timedelta(days=days)
    return replace(settlement(gross=gross, settled_at=at, **facts), order_id=order.external_id)


def refund(order: FloorOrder, amount: int, days: int = 5) -> FloorSettlement:
    """The floor's fee stays with it; the taxes on it are given back."""
    vat, pit = -(amount // 100), -(amount // 200)
    amounts = SettledAmounts(-amount, 0, vat + pit, -amount - vat - pit, vat, pit)
    return paid_out(order, days=days, kind=SettlementKind.ADJUSTMENT, amounts=amounts)


def back(session: Session, order: FloorOrder, days: int) -> None:
    """The order comes back to its sellers."""
    take_orders(session, "shopee", page_of(replace(order, status=Told.CANCELLED)))
    for row in session.scalars(select(Order).where(Order.external_id == order.external_id)):
        row.returned_on = DAY + timedelta(days=days)
    session.commit()


def days_of(session: Session, listing: Listing, year: int = 2026) -> dict[int, tuple[int, int]]:
    """Amount and withheld tax, by the days since the sale; days without any are left out."""
    session.expire_all()
    told = order_days(session, listing.product.seller_id, year)
    found = {(day - DAY).days: (one.amount, one.withheld) for day, one in told.items()}
    return {day: sums for day, sums in found.items() if sums != (0, 0)}


def test_a_refund_lowers_the_day_on_which_the_floor_took_it_back(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2), withheld=1_400)
    settle(session, paid_out(order), refund(order, 40_000))
    assert order_days(session, listing.product.seller_id, 2026) == {
        DAY: OrderDay(100_000, 1_500, 1, 0),
        DAY + timedelta(days=5): OrderDay(-40_000, -600, 0, 1),
    }


def test_its_day_is_the_one_in_vietnam(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2))
    late = refund(order, 40_000)
    settle(session, paid_out(order), replace(late, settled_at=datetime(2026, 3, 15, 17, 1, tzinfo=UTC)))
    assert days_of(session, listing) == {0: (100_000, 1_500), 6: (-40_000, -600)}


def test_the_year_of_the_sale_stays_as_it_was(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2), placed_at=datetime(2025, 12, 30, 4, tzinfo=UTC))
    settle(session, paid_out(order))
    before = order_days(session, listing.product.seller_id, 2025)
    settle(session, refund(order, 40_000))
    assert order_days(session, listing.product.seller_id, 2025) == before
    assert order_days(session, listing.product.seller_id, 2026) == {
        date(2026, 1, 4): OrderDay(-40_000, -600, 0, 1)
    }


def test_refunds_take_no_more_than_is_left(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2))
    settle(session, paid_out(order), refund(order, 70_000, 5), refund(order, 50_000, 6), refund(order, 9, 7))
    assert days_of(session, listing) == {0: (100_000, 1_500), 5: (-70_000, -1_050), 6: (-30_000, -450)}
    settle(session, refund(order, -30_009, 8))
    assert days_of(session, listing)[8] == (10_000, 152), "the floor gave some of it back"


def test_a_compensation_is_no_sale(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2))
    settle(session, paid_out(order), refund(order, -30_000))
    assert sum(amount for amount, _ in days_of(session, listing).values()) == 100_000


@pytest.mark.parametrize("refunded_first", [True, False])
@pytest.mark.parametrize("told_first", [True, False])
def test_an_order_that_went_back_is_out_once(
    session: Session, listing: Listing, refunded_first: bool, told_first: bool
) -> None:
    order = sold(session, (listing, 2))
    other = sold(session, (listing, 1))
    settle(session, paid_out(order), paid_out(other))
    told = refund(order, 40_000, 5)
    if told_first:
        settle(session, told)
    back(session, order, 9 if refunded_first else 5)
    if not told_first:
        settle(session, told)
    settle(session, refund(order, 100_000, 12))
    taken = {5: (-40_000, -600), 9: (-60_000, -900)} if refunded_first else {5: (-100_000, -1_500)}
    assert days_of(session, listing) == {0: (150_000, 2_250), **taken}
    counts = [day.count for day in order_days(session, listing.product.seller_id, 2026).values()]
    assert sum(counts) == 1


def test_a_refund_that_is_told_before_its_order_waits_for_it(session: Session, listing: Listing) -> None:
    order = floor_order((listing, 2), status=Told.DELIVERED, placed_at=SOLD)
    settle(session, refund(order, 40_000), refund(order, 10_000, -3))
    assert days_of(session, listing) == {}
    take_orders(session, "shopee", page_of(order))
    session.commit()
    assert days_of(session, listing) == {0: (90_000, 0), 5: (-40_000, 0)}, "nothing stands before the sale"
    settle(session, paid_out(order))
    assert days_of(session, listing) == {0: (90_000, 1_350), 5: (-40_000, -600)}


def test_what_never_was_in_the_book_is_not_taken_out_of_it(session: Session, listing: Listing) -> None:
    order = sold(session, (listing, 2), status=Told.NEW, paid=False)
    settle(session, refund(order, 40_000))
    assert days_of(session, listing) == {}


def test_goods_that_came_back_before_the_floor_paid_are_taken_off_as_it_pays(
    session: Session, listing: Listing
) -> None:
    order = sold(session, (listing, 2), withheld=1_500)
    settle(session, paid_out(order, 60_000))
    assert days_of(session, listing) == {0: (100_000, 900), 1: (-40_000, 0)}
    settle(session, refund(order, 10_000))
    assert days_of(session, listing)[5] == (-10_000, -150)


def test_what_a_floor_pays_in_parts_is_whole_with_the_last_of_them(
    session: Session, listing: Listing
) -> None:
    order = sold(session, (listing, 2))
    settle(session, paid_out(order, 50_000), paid_out(order, 50_000, 4))
    assert days_of(session, listing) == {0: (100_000, 1_500)}


def test_what_is_taken_back_as_an_orders_settlement_is_a_refund_too(
    session: Session, listing: Listing
) -> None:
    order = sold(session, (listing, 2))
    taken = replace(refund(order, 40_000), kind=SettlementKind.ORDER)
    settle(session, paid_out(order), taken)
    assert days_of(session, listing) == {0: (100_000, 1_500), 5: (-40_000, -600)}


def test_what_the_floor_adds_to_the_price_is_no_revenue_of_the_goods(
    session: Session, listing: Listing
) -> None:
    order = sold(session, (listing, 2))
    settle(session, paid_out(order, 110_000))
    assert days_of(session, listing) == {0: (100_000, 1_650)}


def test_sellers_of_one_order_bear_a_refund_to_the_last_dong(session: Session, listing: Listing) -> None:
    others = builders.make_approved_listing(session, stock=9, price=33_333)
    order = sold(session, (listing, 1), (others, 2))
    settle(session, paid_out(order), refund(order, 50_001))
    own, other = (days_of(session, one)[5] for one in (listing, others))
    assert own[0] + other[0] == -50_001
    assert own[1] + other[1] == -750
    assert own[0] == pytest.approx(-50_001 * 50_000 / 116_666, abs=1)


def test_the_book_says_the_same_in_every_form(session: Session, stall: Stall, listing: Listing) -> None:
    listing.price, holder = 300_000_000, actor_of(builders.make_stallholder(session, stall))
    order = sold(session, (listing, 2))
    settle(session, paid_out(order))

    def opened() -> tuple[int, Reach, BookForm]:
        book = open_revenue_book(session, holder, stall.seller_id, 2026)
        return book.book.total.revenue, book.thresholds[0].reach, book.book.form

    assert opened() == (600_000_000, Reach.PASSED, BookForm.PERCENTAGE)
    settle(session, refund(order, 250_000_000))
    assert opened() == (350_000_000, Reach.BELOW, BookForm.NOT_TAXED)
    for form in BookForm:
        book = open_revenue_book(session, holder, stall.seller_id, 2026, form).book
        rows = [row for row in load_workbook(io.BytesIO(revenue_xlsx(book))).worksheets[0].values if row[1]]
        said = {str(row[1]): (row[2], row[-1]) for row in rows}
        assert said["Bán hàng: 1 đơn hàng"] == (600_000_000, 9_000_000)
        assert said["Bán hàng: 1 lần trả lại, giảm trừ"] == (-250_000_000, -3_750_000)
        assert said["Cả năm 2026"] == (350_000_000, 5_250_000)
        assert revenue_pdf(book).startswith(b"%PDF")


def test_any_course_of_an_order_adds_up(session: Session, listing: Listing) -> None:
    """Against the same told in plain words: day by day, between nothing and all."""
    dice, expected = random.Random(20261129), dict[int, int]()
    for _ in range(25):
        order = sold(session, (listing, 2))
        refunds = [(dice.randint(0, 12), dice.randrange(-40_000, 90_000)) for _ in range(dice.randint(0, 4))]
        gone = dice.choice([None, None, dice.randint(0, 12)])
        settle(session, paid_out(order), *(refund(order, amount, day) for day, amount in refunds))
        if gone is not None:
            back(session, order, gone)
        left = 0
        for day in range(13):
            taken = sum(amount for at, amount in refunds if at <= day)
            now_left = 0 if gone is not None and day >= gone else min(100_000, max(0, 100_000 - taken))
            expected[day] = expected.get(day, 0) + now_left - left
            left = now_left
    assert {day: sums[0] for day, sums in days_of(session, listing).items() if sums[0]} == {
        day: amount for day, amount in expected.items() if amount
    }


def test_an_order_leaves_the_book_on_no_day_before_it_came(session: Session, listing: Listing) -> None:
    """A floor's clock may be ahead of ours."""
    told = sold(session, (listing, 2), placed_at=datetime.now(UTC) + timedelta(days=2))
    order = session.scalars(select(Order).where(Order.external_id == told.external_id)).one()
    step(session, order, OrderStatus.CANCELLED, None)
    session.commit()
    assert order.returned_on == order.earned_on
