"""Nobody orders a shop empty without paying: what is not paid holds little, or not for long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import InvalidInput
from core.ids import new_id
from gateways.ports import LinkStatus, PaymentLink
from models import Listing, Order, OrderChange, PaymentRequest, PaymentStatus, Stall
from models import OrderStatus as S
from services import orders, payment_links, unpaid_orders
from services.access import Actor, actor_of
from services.shop_orders import ShopPayment, Wanted, place_order
from tests import builders

PHONES = [f"+8497111{number:04}" for number in range(20)]


@pytest.fixture
def stall(session: Session) -> Stall:
    market = builders.make_market(session)
    return builders.make_stall(session, market, channel_id=builders.make_payos_channel(session, market).id)


@pytest.fixture
def listing(session: Session, stall: Stall) -> Listing:
    return offer(session, stall)


@pytest.fixture
def holder(session: Session, stall: Stall) -> Actor:
    return actor_of(builders.make_stallholder(session, stall))


def offer(session: Session, stall: Stall, stock: int = 10) -> Listing:
    product = builders.make_product(session, stall.seller)
    return builders.make_approved_listing(session, product, stock=stock, marketplaces=["shop"])


def place(session: Session, listing: Listing, quantity: int, number: int = 0, **facts) -> Order:
    buyer = {"name": "Đỗ Thị Khách", "phone": PHONES[number], "address": "12 phố Thử, Hà Nội"}
    order, _ = place_order(
        session, **{"id": new_id(), "lines": [Wanted(listing.sku, quantity)], **buyer, **facts}
    )
    session.commit()
    return order


def refused(session: Session, listing: Listing, quantity: int, number: int = 0, **facts) -> list[str]:
    """The fields beside which it is refused."""
    with pytest.raises(InvalidInput) as refusal:
        place(session, listing, quantity, number, **facts)
    session.rollback()
    return list(refusal.value.errors)


def stock_of(session: Session, listing: Listing) -> int:
    session.rollback()
    session.expire_all()
    return session.get_one(Listing, listing.id).stock


def time_runs_out(session: Session, order: Order) -> None:
    """The channel says that nobody paid."""
    session.execute(
        update(PaymentRequest)
        .where(PaymentRequest.id == order.payment_request_id)
        .values(created_at=now() - timedelta(hours=1), expires_at=now() - timedelta(minutes=10))
    )
    session.commit()
    session.expire_all()
    request = session.get_one(PaymentRequest, order.payment_request_id)
    link = PaymentLink(request.order_code, "link", request.amount, 0, LinkStatus.EXPIRED)
    payment_links.record_polled(session, request.id, link)
    session.commit()


def sweep(session: Session) -> tuple[int, int]:
    counts = unpaid_orders.release_unpaid(session), unpaid_orders.reopen_paid(session)
    session.commit()
    session.expire_all()
    return counts


# ---- paid by QR ----


def test_goods_are_held_while_the_money_is_asked_for(session: Session, listing: Listing) -> None:
    order = place(session, listing, 10, payment=ShopPayment.TRANSFER)
    request = session.get_one(PaymentRequest, order.payment_request_id)
    assert timedelta(minutes=14) < request.expires_at - now() <= timedelta(minutes=15)
    assert (sweep(session), stock_of(session, listing)) == ((0, 0), 0)
    time_runs_out(session, order)
    assert sweep(session) == (1, 0)
    assert (stock_of(session, listing), order.status) == (10, S.CANCELLED)
    assert order.cancel_reason == unpaid_orders.UNPAID
    assert sweep(session) == (0, 0)
    steps = session.scalars(select(OrderChange).where(OrderChange.order_id == order.id)).all()
    assert [(step.to_status, step.changed_by) for step in steps] == [(S.CANCELLED, None)]


def test_sweepers_at_once_release_it_once(session: Session, engine: Engine, listing: Listing) -> None:
    time_runs_out(session, place(session, listing, 4, payment=ShopPayment.TRANSFER))

    def release(_: int) -> int:
        with Session(engine) as own, own.begin():
            return unpaid_orders.release_unpaid(own)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(release, range(4))) == 1
    assert stock_of(session, listing) == 10


@pytest.mark.parametrize("deed", ["paid", "paid in part", "confirmed"])
def test_what_is_paid_or_confirmed_is_kept(
    session: Session, listing: Listing, holder: Actor, deed: str
) -> None:
    order = place(session, listing, 4, payment=ShopPayment.TRANSFER)
    request = session.get_one(PaymentRequest, order.payment_request_id)
    if deed == "confirmed":
        orders.confirm_order(session, holder, order.id)
    else:
        builders.make_payment(session, request, request.amount if deed == "paid" else 1_000)
    time_runs_out(session, order)
    assert (sweep(session), stock_of(session, listing)) == ((0, 0), 6)


def test_money_that_is_told_of_late_opens_it_again(session: Session, listing: Listing) -> None:
    order = place(session, listing, 8, payment=ShopPayment.TRANSFER)
    request = session.get_one(PaymentRequest, order.payment_request_id)
    time_runs_out(session, order)
    sweep(session)
    place(session, listing, 5, 1, payment=ShopPayment.TRANSFER)
    builders.make_payment(session, request, occurred_at=now() - timedelta(minutes=20))
    assert sweep(session) == (0, 1)
    assert (order.status, order.is_paid, order.short) == (S.NEW, True, 3), "three were sold meanwhile"
    assert (order.cancel_reason, order.closed_at, stock_of(session, listing)) == (None, None, 0)
    assert sweep(session) == (0, 0)


def test_what_the_seller_cancelled_is_not_opened_by_money(
    session: Session, listing: Listing, holder: Actor
) -> None:
    order = place(session, listing, 8, payment=ShopPayment.TRANSFER)
    orders.cancel_order(session, holder, order.id, "Hết hàng")
    session.commit()
    assert stock_of(session, listing) == 10
    builders.make_payment(session, session.get_one(PaymentRequest, order.payment_request_id))
    assert session.get_one(PaymentRequest, order.payment_request_id).status is PaymentStatus.REFUND_DUE
    assert sweep(session) == (0, 0)


# ---- paid at the door ----


def test_half_of_an_offer_is_the_most_that_is_held_without_paying(
    session: Session, listing: Listing, holder: Actor
) -> None:
    assert refused(session, listing, 6) == ["lines.0.quantity"]
    first = place(session, listing, 3)
    assert refused(session, listing, 3, 1) == ["lines.0.quantity"]
    place(session, listing, 2, 1)
    assert refused(session, listing, 1, 2) == ["lines.0.quantity"]
    assert place(session, listing, 5, 2, payment=ShopPayment.TRANSFER), "who pays at once may have all"
    orders.confirm_order(session, holder, first.id)
    session.commit()
    assert stock_of(session, listing) == 0


def test_seller_who_confirms_or_cancels_makes_room_at_once(
    session: Session, listing: Listing, holder: Actor
) -> None:
    order = place(session, listing, 5)
    assert refused(session, listing, 1, 1) == ["lines.0.quantity"]
    orders.confirm_order(session, holder, order.id)
    session.commit()
    other = place(session, listing, 3, 1)
    orders.cancel_order(session, holder, other.id, "Không gọi được")
    session.commit()
    assert (stock_of(session, listing), place(session, listing, 3, 2).status) == (5, S.NEW)


def test_last_piece_can_be_ordered(session: Session, stall: Stall) -> None:
    assert place(session, offer(session, stall, stock=1), 1)


def test_one_phone_waits_for_the_seller_after_some_orders(
    session: Session, listing: Listing, holder: Actor
) -> None:
    first = place(session, listing, 1)
    for payment in ShopPayment:
        place(session, listing, 1, payment=payment)
    assert refused(session, listing, 1) == ["phone"]
    assert place(session, listing, 1, 1), "another phone's are its own"
    orders.confirm_order(session, holder, first.id)
    session.commit()
    assert place(session, listing, 1)


def test_transfer_of_which_nobody_tells_at_once_holds_no_more_than_cash(session: Session) -> None:
    stall = builders.make_stall(session)
    listing = offer(session, stall)
    assert refused(session, listing, 6, payment=ShopPayment.TRANSFER) == ["lines.0.quantity"]
    order = place(session, listing, 5, payment=ShopPayment.TRANSFER)
    request = session.get_one(PaymentRequest, order.payment_request_id)
    assert request.expires_at - now() > timedelta(hours=23), "a statement may tell of it tomorrow"
    builders.make_told_channel(session, stall)
    assert place(session, listing, 5, 1, payment=ShopPayment.TRANSFER)


def test_buyers_at_once_hold_no_more_than_half(session: Session, engine: Engine, listing: Listing) -> None:
    def buy(number: int) -> bool:
        try:
            with Session(engine) as own:
                place(own, session_listing, 1, number)
            return True
        except InvalidInput:
            return False

    session_listing = listing
    session.expunge(listing)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(buy, range(20))) == 5
    assert session.scalar(select(func.count()).select_from(Order)) == 5
