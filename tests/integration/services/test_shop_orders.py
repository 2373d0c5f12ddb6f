"""Orders of our own shop: stored once, never more than there is, paid at the door or by a request, and in the
revenue book once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import business_day, now
from core.errors import Conflict, InvalidInput, NotFound
from core.ids import new_id
from core.revenue_books import BookForm
from core.revenue_pdf import column_names
from gateways.ports import OrderStatus as Told
from models import Listing, Order, PaymentRequest, PaymentStatus, Stall
from models import OrderStatus as S
from services import orders
from services.access import Actor, actor_of
from services.floor_orders import take_orders
from services.listings import withdraw_listing
from services.queries.revenue_books import open_revenue_book
from services.shop_orders import ShopPayment, Wanted, place_order
from tests import builders
from tests.builders import floor_order, page_of

BUYER = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử, Hà Nội"}


@pytest.fixture
def stall(session: Session) -> Stall:
    """Paid through a channel that the test speaks for."""
    market = builders.make_market(session)
    return builders.make_stall(session, market, channel_id=builders.make_payos_channel(session, market).id)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    product = builders.make_product(session, stall.seller)
    return builders.make_approved_listing(session, product, stock=10, price=35_000, marketplaces=["shop"])


@pytest.fixture
def holder(session: Session, stall: Stall) -> Actor:
    return actor_of(builders.make_stallholder(session, stall))


def place(session: Session, *lines: Wanted, **facts) -> Order:
    order, _ = place_order(session, **{"id": new_id(), "lines": lines, **BUYER, **facts})
    return order


def test_sent_twice_it_is_stored_once(session: Session, listing: Listing) -> None:
    id_, lines = new_id(), [Wanted(listing.sku, 3)]
    first, new = place_order(session, id=id_, lines=lines, **BUYER)
    again, second = place_order(session, id=id_, lines=lines, **BUYER)
    assert (new, second, first.id) == (True, False, again.id)
    assert (first.total, first.status, first.number[:3]) == (105_000, S.NEW, "DH-")
    session.expire_all()
    assert session.get_one(Listing, listing.id).stock == 7


def test_id_of_a_floors_order_opens_nothing(session: Session, listing: Listing) -> None:
    with pytest.raises(NotFound):
        place(session, Wanted(listing.sku, 1), id=builders.make_order(session, listing).id)


@pytest.mark.parametrize(
    ("quantities", "field"),
    [((11,), "lines.0.quantity"), ((6, 5), "lines.1.quantity"), ((0,), "lines.0.quantity"), ((), "lines")],
)
def test_nobody_orders_what_is_not_there(session: Session, listing: Listing, quantities, field) -> None:
    with pytest.raises(InvalidInput) as refused:
        place(session, *(Wanted(listing.sku, quantity) for quantity in quantities))
    assert list(refused.value.errors) == [field]
    session.expire_all()
    assert session.get_one(Listing, listing.id).stock == 10


def test_only_what_is_offered_in_the_shop_and_by_one_seller(session: Session, listing: Listing) -> None:
    elsewhere = builders.make_approved_listing(session)
    draft = builders.make_listing(session, marketplaces=["shop"])
    for sku in (elsewhere.sku, draft.sku, "NO-SUCH"):
        with pytest.raises(InvalidInput) as refused:
            place(session, Wanted(listing.sku, 1), Wanted(sku, 1))
        assert list(refused.value.errors) == ["lines.1.sku"]
    neighbours = builders.make_approved_listing(session, marketplaces=["shop"])
    with pytest.raises(InvalidInput) as refused:
        place(session, Wanted(listing.sku, 1), Wanted(neighbours.sku, 1))
    assert list(refused.value.errors) == ["lines"]
    withdraw_listing(session, builders.anybody(session), listing.id)
    with pytest.raises(InvalidInput):
        place(session, Wanted(listing.sku, 1))


def test_buyer_pays_no_other_price_than_was_shown(session: Session, listing: Listing) -> None:
    assert place(session, Wanted(listing.sku, 2), expected_total=70_000)
    with pytest.raises(Conflict):
        place(session, Wanted(listing.sku, 2), expected_total=60_000)


def test_twenty_buyers_at_once_get_ten_pieces(session: Session, engine: Engine, listing: Listing) -> None:
    def buy(number: int) -> bool:
        phone = f"+8497000{number:04}"
        try:
            with Session(engine) as own, own.begin():
                place(own, Wanted(listing.sku, 1), phone=phone, payment=ShopPayment.TRANSFER)
            return True
        except InvalidInput:
            return False

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(buy, range(20))) == 10
    session.expire_all()
    assert session.get_one(Listing, listing.id).stock == 0


def test_transfer_is_asked_for_at_the_sellers_stall(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    order = place(session, Wanted(listing.sku, 2), payment=ShopPayment.TRANSFER)
    session.commit()
    request = session.get_one(PaymentRequest, order.payment_request_id)
    assert (request.amount, request.stall_id, request.description) == (70_000, stall.id, order.number)
    assert not order.is_paid
    builders.make_payment(session, request)
    assert session.get_one(Order, order.id).is_paid


def test_seller_without_a_stall_takes_no_transfer(session: Session) -> None:
    listing = builders.make_approved_listing(session, marketplaces=["shop"])
    with pytest.raises(InvalidInput) as refused:
        place(session, Wanted(listing.sku, 1), payment=ShopPayment.TRANSFER)
    assert list(refused.value.errors) == ["payment"]


def test_cancelled_order_asks_for_no_money_any_more(
    session: Session, listing: Listing, holder: Actor
) -> None:
    order = place(session, Wanted(listing.sku, 2), payment=ShopPayment.TRANSFER)
    orders.cancel_order(session, holder, order.id, "Hết hàng")
    assert session.get_one(PaymentRequest, order.payment_request_id).status is PaymentStatus.CANCELLED


# ---- the revenue book ----


def revenue(session: Session, holder: Actor, stall: Stall, form: BookForm = BookForm.PERCENTAGE):
    session.flush()
    return open_revenue_book(session, holder, stall.seller_id, form=form).book


def ship(session: Session, holder: Actor, order: Order) -> None:
    orders.ship_order(session, holder, order.id)


def test_order_paid_by_its_request_counts_once(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    order = place(session, Wanted(listing.sku, 2), payment=ShopPayment.TRANSFER)
    session.commit()
    builders.make_payment(session, session.get_one(PaymentRequest, order.payment_request_id))
    ship(session, holder, order)
    with pytest.raises(Conflict):
        orders.deliver_order(session, holder, order.id, paid_in_cash=True)
    orders.deliver_order(session, holder, order.id)
    total = revenue(session, holder, stall).total
    assert (total.revenue, total.cashless, total.ordered) == (70_000, 70_000, 0)
    with pytest.raises(DBAPIError, match="ck_orders_earned_once"):
        session.execute(text("UPDATE orders SET earned_on = '2026-11-25'"))


def test_cash_at_the_door_counts_by_the_sellers_word(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    order = place(session, Wanted(listing.sku, 2), payment=ShopPayment.TRANSFER)
    with pytest.raises(Conflict):
        orders.deliver_order(session, holder, order.id)
    ship(session, holder, order)
    for _ in range(2):
        delivered = orders.deliver_order(session, holder, order.id, paid_in_cash=True)
    assert (delivered.status, delivered.is_paid) == (S.DELIVERED, True)
    total = revenue(session, holder, stall).total
    assert (total.revenue, total.ordered, total.withheld) == (70_000, 70_000, 0)
    (request,) = session.scalars(select(PaymentRequest))
    assert request.status is PaymentStatus.CANCELLED, "nobody is asked twice"


def test_shops_order_without_that_word_is_left_to_the_transfers(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    order = place(session, Wanted(listing.sku, 2))
    ship(session, holder, order)
    orders.deliver_order(session, holder, order.id)
    assert revenue(session, holder, stall).days == []


def test_floors_orders_are_in_the_book_with_the_tax_apart(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    paid = floor_order((listing, 2), paid=True, withheld=1_050)
    open_ = floor_order((listing, 1))
    take_orders(session, "vendure", page_of(paid, open_))
    book = revenue(session, holder, stall)
    (day,) = book.days
    assert (day.date, day.ordered, day.withheld, day.orders) == (business_day(now()), 70_000, 1_050, 1)
    assert (day.vat, day.pit, book.total.withheld) == (700, 350, 1_050)
    assert column_names(book)[-1] == "Sàn đã khấu trừ"
    take_orders(session, "vendure", page_of(paid, open_))
    assert revenue(session, holder, stall).total.revenue == 70_000


def test_what_comes_back_leaves_the_book_on_that_day(
    session: Session, listing: Listing, stall: Stall, holder: Actor
) -> None:
    told = floor_order((listing, 2), withheld=1_050, status=Told.DELIVERED)
    take_orders(session, "vendure", page_of(told))
    session.execute(text("UPDATE orders SET earned_on = earned_on - 1"))
    session.commit()
    session.expire_all()
    take_orders(session, "vendure", page_of(told.__class__(**{**vars(told), "status": Told.CANCELLED})))
    session.flush()
    today = business_day(now())
    yesterday = today - timedelta(days=1)
    books = [
        open_revenue_book(session, holder, stall.seller_id, year, BookForm.NOT_TAXED).book
        for year in {today.year, yesterday.year}
    ]
    lines = {day.date: (day.ordered, day.withheld, day.orders) for book in books for day in book.days}
    assert lines == {yesterday: (70_000, 1_050, 1), today: (-70_000, -1_050, -1)}
