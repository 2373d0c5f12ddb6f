"""What the buyer's page says of an order once the seller has done something with it."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core.ids import new_id
from models import Listing, Order, PaymentStatus, Stall
from services import orders
from services.access import actor_of
from services.shop_orders import ShopPayment, Wanted, place_order
from tests import builders
from tests.integration.pages.conftest import Browser, Shown
from tests.integration.shop.conftest import offer

Place = Callable[[ShopPayment], Order]


@pytest.fixture
def stall(session: Session) -> Stall:
    market = builders.make_market(session)
    return builders.make_stall(session, market, channel_id=builders.make_payos_channel(session, market).id)


@pytest.fixture
def place(session: Session, stall: Stall) -> Place:
    listing: Listing = offer(session, builders.make_product(session, stall.seller), stock=10, price=35_000)

    def place(payment: ShopPayment) -> Order:
        facts = {"name": "Đỗ Thị Khách", "phone": "+84912345678", "address": "12 phố Thử"}
        lines = [Wanted(listing.sku, 2)]
        order, _ = place_order(session, id=new_id(), lines=lines, payment=payment, **facts)
        session.commit()
        return order

    return place


@pytest.fixture
def look(client: FlaskClient) -> Callable[[Order], Shown]:
    return lambda order: Browser(client).get(f"/orders/placed/{order.id}")


def test_the_head_says_how_far_it_is(session: Session, stall: Stall, place: Place, look) -> None:
    order, holder = place(ShopPayment.AGREED), actor_of(builders.make_stallholder(session, stall))
    heads = [look(order).text("head")]
    for act in (orders.confirm_order, orders.pack_order, orders.ship_order, orders.deliver_order):
        act(session, holder, order.id)
        session.commit()
        heads.append(look(order).text("head"))
    assert heads == [
        "Đã đặt hàng",
        "Người bán đã nhận đơn",
        "Hàng đã gói, chờ gửi",
        "Hàng đang trên đường",
        "Đã giao hàng",
    ]


@pytest.mark.parametrize(
    ("payment", "paid", "status", "said"),
    [
        (ShopPayment.AGREED, False, None, None),
        (ShopPayment.TRANSFER, False, None, "Xin đừng chuyển tiền cho đơn này nữa"),
        (ShopPayment.TRANSFER, True, None, "Bạn đã trả 70.000 ₫ cho đơn này. Người bán phải trả lại bạn"),
        (ShopPayment.TRANSFER, True, PaymentStatus.REFUND_DUE, "đang được trả lại bạn"),
        (ShopPayment.TRANSFER, True, PaymentStatus.REFUNDED, "đã được trả lại"),
    ],
)
def test_a_cancelled_one_says_why_and_what_becomes_of_the_money(
    session: Session,
    stall: Stall,
    place: Place,
    look,
    payment: ShopPayment,
    paid: bool,
    status: PaymentStatus | None,
    said: str | None,
) -> None:
    order, holder = place(payment), actor_of(builders.make_stallholder(session, stall))
    if paid:
        builders.make_payment(session, order.payment_request)
    orders.cancel_order(session, holder, order.id, "Mưa đá, mận hỏng hết")
    if status:
        order.payment_request.status = status
    session.commit()
    shown = look(order)
    assert shown.text("head") == "Đơn đã hủy"
    assert "Lý do hủy: Mưa đá, mận hỏng hết" in shown.text("cancelled")
    assert shown.has("money-back") == bool(said)
    assert (said or "") in shown.text("cancelled")
