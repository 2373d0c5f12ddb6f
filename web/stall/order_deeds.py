"""The next step of an order, by one button."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import request, url_for
from werkzeug.wrappers import Response

from core.errors import Text, text
from models import Order
from services import order_labels
from services import orders as services
from services.queries.orders import get_order
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import do

TOLD_AGAIN = text("Đang báo lại cho sàn; sàn trả lời thế nào sẽ ghi ở đây.")


@allow(*SELLS)
def confirm(order_id: UUID) -> Response:
    """Or tell its floor again, where that would not hear of it."""
    again = get_order(session(), actor(), order_id).floor_refused
    return _do(services.confirm_order, order_id, TOLD_AGAIN if again else text("Đã nhận đơn."))


@allow(*SELLS)
def pack(order_id: UUID) -> Response:
    return _do(services.pack_order, order_id, text("Đã ghi: gói xong."))


@allow(*SELLS)
def fetch_labels(order_id: UUID) -> Response:
    return _do(order_labels.fetch_again, order_id, text("Đang lấy phiếu gửi hàng của sàn."))


@allow(*SELLS)
def deliver(order_id: UUID) -> Response:
    """The buyer has it; `cash` says that it was paid at the door."""
    act = partial(services.deliver_order, paid_in_cash="cash" in request.form)
    return _do(act, order_id, text("Đã ghi: khách đã nhận hàng."))


def _do(act: Callable[..., Order], order_id: UUID, words: Text) -> Response:
    back = url_for("stall.order", order_id=order_id)
    return do(partial(act, session(), actor(), order_id), done=words, back=back)
