"""Orders from all floors and the shop: what to do now, what to pack, whom to send it to."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from core.errors import Text, text
from models import Order, OrderStatus
from models.order_states import OPEN
from models.orders import SHOP
from services import orders as services
from services.marketplaces import floor_named
from services.order_labels import is_printed
from services.queries.orders import count_open, get_order, list_orders, list_steps
from services.queries.settlements import add_up, list_aside_of
from services.queries.stall_events import last_event_id
from services.reasons import text_of
from web.auth import SELLS, actor, allow
from web.database import session
from web.forms import Form, Page, chosen, label, uuid_asked
from web.languages import translate
from web.schemas import Input, Line, TrackingNumber
from web.stall.order_deeds import TOLD_AGAIN
from web.stall.told import ASKED

LONGEST_REASON = 200
ASK_AGAIN_SECONDS = 5
MOST_STALLS_HEARD = 3
OUT_OF_STOCK_IS_TOLD = ("shopee", "lazada", "tiktok")
"""They take none of our words."""
BUYER_IS_TOLD = (SHOP, "woocommerce")
SHOWN = {
    None: text("Cần làm"),
    OrderStatus.SHIPPED: text("Đang giao"),
    OrderStatus.DELIVERED: text("Đã giao"),
    OrderStatus.CANCELLED: text("Đã hủy"),
}


class ShipForm(Input):
    tracking_number = TrackingNumber(metadata=label(text("Mã vận đơn"), text("Trên phiếu gửi của bưu điện")))


class PrintedForm(Input):
    """Its floor has given it a number."""


class NumberForm(Input):
    """Its floor would not hear of it without a number, or with that one."""

    tracking_number = TrackingNumber(
        required=True, metadata=label(text("Mã vận đơn"), text("Trên phiếu gửi của bưu điện"))
    )


class CancelForm(Input):
    reason = Line(
        LONGEST_REASON, required=True, metadata=label(text("Vì sao hủy"), text("Ghi lại ở đơn này"))
    )


@allow(*SELLS)
def orders() -> str:
    """What waits to be done first; the rest behind a tap."""
    stalls = sorted(actor().stalls)[:MOST_STALLS_HEARD]
    return render_template(
        "stall/orders.html",
        heard=[(stall_id, last_event_id(session(), stall_id)) for stall_id in stalls],
        tabs=SHOWN,
        **_listed(),
    )


@allow(*SELLS)
def orders_state() -> str:
    """The part of that page that grows when somebody orders."""
    return render_template("stall/orders_state.html", **_listed())


def _listed() -> dict[str, object]:
    status, seller_id = chosen(OrderStatus, "status"), uuid_asked("seller_id")
    page = list_orders(
        session(),
        actor(),
        status=status,
        to_do=status is None,
        seller_id=seller_id,
        cursor=request.args.get("cursor"),
    )
    waiting = sum(count_open(session(), actor(), seller_id).values())
    return {"page": page, "status": status, "seller_id": seller_id, "waiting": waiting}


@allow(*SELLS)
def order(order_id: UUID) -> Page | Response:
    """One order; sent back, it is on its way."""
    found = get_order(session(), actor(), order_id)
    again, wrong = found.floor_refused, _wrong_number(found)
    schema = NumberForm() if wrong else PrintedForm() if found.printed_numbers else ShipForm()
    form = Form(schema, {"tracking_number": found.tracking_number})
    if form.sent is None:
        form.ask_for(ASKED, {"tracking_number": wrong})
    if form.submit(partial(services.ship_order, session(), actor(), order_id)) is None:
        return form.page("stall/order.html", steps=list_steps(session(), order_id), **_shown(found))
    flash(translate(TOLD_AGAIN) if again else translate("Đã ghi: hàng đang trên đường."))
    return redirect(url_for("stall.order", order_id=order_id), 303)


def _wrong_number(found: Order) -> list[Text]:
    """What its floor says against the tracking number, or the want of one."""
    said = found.problems if found.floor_refused else []
    return [text_of(problem) for problem in said if problem["field"] == "tracking_number"]


@allow(*SELLS)
def order_state(order_id: UUID) -> str:
    """The part of that page that changes while its floor is told."""
    return render_template("stall/order_state.html", **_shown(get_order(session(), actor(), order_id)))


@allow(*SELLS)
def cancel_order(order_id: UUID) -> Page | Response:
    found = get_order(session(), actor(), order_id)
    form = Form(CancelForm())
    if form.submit(partial(services.cancel_order, session(), actor(), order_id)) is None:
        return form.page("stall/order_cancel.html", told=_told_of_why(found), **_shown(found))
    flash(translate("Đã hủy đơn. Hàng trở lại kho."))
    return redirect(url_for("stall.order", order_id=order_id), 303)


def _told_of_why(found: Order) -> Text | None:
    """What becomes of the reason beyond this installation, where a person should know."""
    if found.marketplace in BUYER_IS_TOLD:
        return text("Khách sẽ thấy lý do này.")
    if found.marketplace not in OUT_OF_STOCK_IS_TOLD:
        return None
    if found.cancel_asked:
        return text("Sàn được báo là đồng ý cho khách hủy.")
    return text("Sàn và khách không thấy lý do này: sàn được báo là hết hàng.")


def _shown(found: Order) -> dict[str, object]:
    floor = floor_named(found.marketplace)
    told = found.floor_behind and (not found.problems or found.next_attempt_at is not None)
    printed = is_printed(found)
    printing = printed and found.labels_asked_at and not (found.labels or found.label_problems)
    return {
        "order": found,
        "awaited": told or printing,
        "is_printed": printed,
        "prints_on_shipping": floor.labels_from is OrderStatus.SHIPPED,
        "tells_delivery": floor.tells_delivery,
        "statuses": OrderStatus,
        "open": found.status in OPEN,
        "of_shop": found.marketplace == SHOP,
        "ask_again_in": ASK_AGAIN_SECONDS,
        "asked_at": _own_stall(found),
        "settled": add_up(found.settlements),
        "aside": list_aside_of(session(), found),
    }


def _own_stall(found: Order) -> UUID | None:
    """Where the payment request is, for those who see its stall's money."""
    request_ = found.payment_request
    own = request_ and (actor().is_administrator or request_.stall_id in actor().stalls)
    return request_.stall_id if request_ and own else None
