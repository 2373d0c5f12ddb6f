"""The page behind `checkoutUrl`, where a person can play the customer."""

from urllib.parse import urlencode

import qrcode
from flask import Blueprint, abort, redirect, render_template, request, url_for
from qrcode.image.svg import SvgPathImage
from werkzeug.wrappers import Response as Redirect

from sandbox.payos.books import UNPAID, Row
from sandbox.payos.clients import CLIENTS
from sandbox.payos.collecting import MAX_AMOUNT, books, qr_of, whole
from sandbox.payos.control import take_money

STATUSES = {
    "PENDING": "Chờ thanh toán",
    "UNDERPAID": "Còn thiếu tiền",
    "PAID": "Đã thanh toán",
    "CANCELLED": "Đã huỷ",
    "EXPIRED": "Đã hết hạn",
}

blueprint = Blueprint("checkout", __name__, url_prefix="/web")


@blueprint.app_template_filter("dong")
def dong(amount: int) -> str:
    return f"{amount:,}".replace(",", ".") + " ₫"


@blueprint.get("/<link_id>")
def page(link_id: str) -> str:
    link = find(link_id)
    return render_template(
        "checkout.html",
        link=link,
        name=CLIENTS[link["client_id"]].account_name,
        status=STATUSES[link["status"]],
        unpaid=link["status"] in UNPAID,
        missing=max(link["amount"] - link["amount_paid"], 0),
        qr=drawing(qr_of(link)),
        back=back_to(link),
    )


@blueprint.post("/<link_id>/pay")
def pay(link_id: str) -> Redirect:
    amount = request.form.get("amount", 0, int)
    if not whole(amount, MAX_AMOUNT):
        abort(400)
    take_money(link_id, amount)
    return redirect(url_for("checkout.page", link_id=link_id), 303)


@blueprint.post("/<link_id>/cancel")
def cancel(link_id: str) -> Redirect:
    link = find(link_id)
    if link["status"] in UNPAID:
        books().cancel(link, "Khách huỷ")
    return redirect(url_for("checkout.page", link_id=link_id), 303)


def find(link_id: str) -> Row:
    try:
        return books().link(link_id)
    except LookupError:
        abort(404)


def back_to(link: Row) -> str:
    """The merchant's address, with what payOS tells it there."""
    cancelled = link["status"] == "CANCELLED"
    url = link["cancel_url"] if cancelled else link["return_url"]
    told = {
        "code": "00",
        "id": link["id"],
        "cancel": str(cancelled).lower(),
        "status": link["status"],
        "orderCode": link["order_code"],
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}"


def drawing(payload: str) -> str:
    """The QR as an SVG element."""
    return qrcode.make(payload, image_factory=SvgPathImage, border=2).to_string(encoding="unicode")
