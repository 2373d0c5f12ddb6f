"""Ordering in our own shop: by anybody, without an account. It stands beside the shop's pages, not among them: they are
kept and carry no form's token."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_limiter.util import get_remote_address
from marshmallow import fields
from werkzeug.wrappers import Response

from core import qr_images
from core.clock import business_day, now
from core.errors import Text, text
from core.money import format_dong
from models import Listing, Order, OrderStatus, PaymentRequest, PaymentStatus
from models.orders import SHOP
from models.payment_states import OPEN
from services.payment_requests import payload_to_pay
from services.queries import shop as queries
from services.queries.orders import get_placed
from services.said import said_of
from services.shop_orders import ShopPayment, Wanted, place_order
from services.unpaid_orders import UNPAID
from web.auth import public
from web.database import session
from web.forms import Form, FormSchema, Page, label
from web.goods import LARGEST_VERSION
from web.languages import carried_language, translate
from web.schemas import Dong, Line, Phone
from web.security import limiter
from web.typed import WholeNumber

PER_ADDRESS = "30 per hour"
"""Many phones stand behind one address of a carrier."""
LONGEST_ADDRESS = 300
MOST = 1_000_000
SOON, LATER = 3, 30

HEADS = {
    OrderStatus.NEW: text("Đã đặt hàng"),
    OrderStatus.CONFIRMED: text("Người bán đã nhận đơn"),
    OrderStatus.PACKED: text("Hàng đã gói, chờ gửi"),
    OrderStatus.SHIPPED: text("Hàng đang trên đường"),
    OrderStatus.DELIVERED: text("Đã giao hàng"),
    OrderStatus.CANCELLED: text("Đơn đã hủy"),
}
RAN_OUT = text("Hết giờ giữ hàng")

blueprint = Blueprint("ordering", __name__)


class OrderForm(FormSchema):
    price = Dong(required=True)
    """What the buyer was shown for one; another price now is told before anything is stored."""
    approved_version = WholeNumber(1, LARGEST_VERSION)
    """Of what the buyer read: so are other words."""
    quantity = WholeNumber(1, MOST, required=True, metadata=label(text("Mua bao nhiêu")))
    name = Line(required=True, metadata=label(text("Họ tên người nhận")))
    phone = Phone(
        required=True, metadata=label(text("Số điện thoại"), text("Người bán gọi số này để hẹn giao"))
    )
    address = Line(
        LONGEST_ADDRESS,
        required=True,
        metadata=label(text("Địa chỉ nhận hàng"), text("Số nhà, thôn, xã, tỉnh")),
    )
    payment = fields.Enum(ShopPayment, by_value=True, required=True, metadata=label(text("Trả tiền thế nào")))


@blueprint.route("/order/<sku>", methods=["GET", "POST"])
@public
@limiter.limit(PER_ADDRESS, key_func=get_remote_address, methods=["POST"])
def order(sku: str) -> Page | Response:
    """Order one offer. Raises NotFound for what is not offered in the shop."""
    listing = queries.get_offer(session(), sku.upper())
    shop = queries.get_shop(session(), listing.product.seller.code)
    price = listing.price_on(SHOP, business_day(now()))
    form = Form(OrderForm(), {"quantity": 1, "payment": "" if shop.stalls else ShopPayment.AGREED.value})
    stored = form.submit(_place(listing))
    if stored is None:
        return form.page(
            "ordering/order.html",
            listing=listing,
            said=said_of(listing),
            shop=shop,
            price=price,
            payments=_payments(bool(shop.stalls)),
        )
    return redirect(url_for("ordering.placed", order_id=stored[0].id, lang=carried_language()), 303)


def _place(listing: Listing) -> Callable[..., tuple[Order, bool]]:
    def place(
        *, quantity: int, price: int, approved_version: int | None = None, **facts: object
    ) -> tuple[Order, bool]:
        wanted = [Wanted(listing.sku, quantity, approved_version)]
        act = partial(place_order, session(), lines=wanted, expected_total=price * quantity)
        return act(**facts)  # type: ignore[arg-type]

    return place


def _payments(by_transfer: bool) -> list[tuple[str, str, str]]:
    agreed = (
        ShopPayment.AGREED,
        translate("Khi nhận hàng"),
        translate("Người bán gọi lại để hẹn, rồi xác nhận đơn"),
    )
    transfer = (
        ShopPayment.TRANSFER,
        translate("Chuyển khoản ngay"),
        translate("Quét mã QR ở trang sau; hàng được giữ trong lúc chờ tiền"),
    )
    return [agreed, transfer] if by_transfer else [agreed]


@blueprint.get("/orders/placed/<uuid:order_id>")
@public
def placed(order_id: UUID) -> str:
    """What was ordered and how it stands, for whoever has the address. The buyer is not named."""
    return render_template("ordering/placed.html", **_shown(order_id))


@blueprint.get("/orders/placed/<uuid:order_id>/state")
@public
def state(order_id: UUID) -> str:
    """The part of that page that changes while the buyer pays."""
    return render_template("ordering/state.html", **_shown(order_id))


def _money_back(asked: PaymentRequest | None) -> Text | None:
    """What becomes of the money for an order that is cancelled: it is the seller's to give back, or goes back by the
    market's desk; None where none was asked for, or the bank took it back."""
    if asked is None or asked.status is PaymentStatus.REVERSED:
        return None
    if asked.status is PaymentStatus.REFUNDED:
        return text("Tiền bạn trả cho đơn này đã được trả lại.")
    if asked.status is PaymentStatus.REFUND_DUE:
        return text("Tiền bạn trả cho đơn này đang được trả lại bạn.")
    if asked.amount_paid:
        paid = format_dong(asked.amount_paid)
        return text(
            "Bạn đã trả %(paid)s cho đơn này. Người bán phải trả lại bạn: hãy gọi để nhận lại.", paid=paid
        )
    return text("Đơn này chưa nhận tiền. Xin đừng chuyển tiền cho đơn này nữa.")


def _shown(order_id: UUID) -> dict[str, object]:
    found = get_placed(session(), order_id)
    asked = found.payment_request
    to_pay = asked if asked and asked.status in OPEN and found.status is not OrderStatus.CANCELLED else None
    payload = payload_to_pay(to_pay) if to_pay else None
    ran_out = found.cancel_reason == UNPAID or (
        found.status is OrderStatus.NEW and asked is not None and asked.status is PaymentStatus.EXPIRED
    )
    return {
        "order": found,
        "to_pay": to_pay,
        "ran_out": ran_out,
        "head": RAN_OUT if ran_out else HEADS[found.status],
        "cancelled": found.status is OrderStatus.CANCELLED and not ran_out,
        "money_back": _money_back(asked),
        "qr": qr_images.svg(payload) if payload else None,
        "ask_again_in": SOON if to_pay else LATER if ran_out else None,
    }
