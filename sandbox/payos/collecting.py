"""Collecting money: `/v2/payment-requests` and `/confirm-webhook`."""

import sqlite3
import time
from typing import Any, TypeGuard

from flask import Response, current_app, jsonify

from sandbox.payos import vietqr
from sandbox.payos.books import UNPAID, Books, Row
from sandbox.payos.clients import BANK_NAME, BANK_SHORT_NAME, BIN, CLIENTS
from sandbox.payos.notices import PAYER, Notices
from sandbox.payos.provider import Refusal, answer, bad_signature, body, client, invalid, provider_blueprint
from sandbox.payos.signing import same, sign_body, sign_link_request

MAX_ORDER_CODE = 9_007_199_254_740_991
MAX_AMOUNT = 9_999_999_999_999
MAX_DESCRIPTION = 25

blueprint = provider_blueprint("collecting")


@blueprint.post("/v2/payment-requests", endpoint="create")
def create_link() -> Response:
    wish = body()
    check_link_request(wish)
    if not same(wish.get("signature"), sign_link_request(wish, client().checksum_key)):
        raise bad_signature()
    try:
        link = books().open_link(client().id, wish)
    except sqlite3.IntegrityError:
        raise Refusal("231", "Đơn thanh toán đã tồn tại") from None
    return answer(created_view(link))


@blueprint.get("/v2/payment-requests/<name>", endpoint="get")
def get_link(name: str) -> Response:
    return answer(link_view(find(name)))


@blueprint.post("/v2/payment-requests/<name>/cancel", endpoint="cancel")
def cancel_link(name: str) -> Response:
    wish = body()
    reason, signature = wish.pop("cancellationReason", None), wish.pop("signature", None)
    if reason is not None and not isinstance(reason, str):
        raise invalid()
    if signature and not same(signature, sign_body({"cancellationReason": reason}, client().checksum_key)):
        raise bad_signature()
    link = find(name)
    if link["status"] not in UNPAID:
        raise invalid()
    return answer(link_view(books().cancel(link, reason)))


@blueprint.post("/confirm-webhook", endpoint="confirm")
def confirm_webhook() -> Response:
    url = body().get("webhookUrl")
    notices: Notices = current_app.extensions["notices"]
    if not is_url(url) or not notices.confirm(client(), url):
        raise Refusal("20", "Webhook url không hoạt động")
    books().set_webhook(client().id, url)
    data = {
        "webhookUrl": url,
        "accountName": client().account_name,
        "accountNumber": client().account_number,
        "name": BANK_NAME,
        "shortName": BANK_SHORT_NAME,
    }
    return jsonify(code="00", desc="success", data=data)


def check_link_request(wish: dict[str, Any]) -> None:
    """Raises Refusal where a field is missing or not of its kind."""
    description, expired_at = wish.get("description"), wish.get("expiredAt")
    good = (
        whole(wish.get("orderCode"), MAX_ORDER_CODE)
        and whole(wish.get("amount"), MAX_AMOUNT)
        and isinstance(description, str)
        and 0 < len(description) <= MAX_DESCRIPTION
        and is_url(wish.get("cancelUrl"))
        and is_url(wish.get("returnUrl"))
        and (expired_at is None or (whole(expired_at, MAX_AMOUNT) and expired_at > time.time()))
    )
    if not good:
        raise invalid()


def whole(value: object, most: int) -> bool:
    return type(value) is int and 0 < value <= most


def is_url(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def books() -> Books:
    kept: Books = current_app.extensions["books"]
    return kept


def find(name: str) -> Row:
    try:
        return books().clients_link(client().id, name)
    except LookupError:
        raise Refusal("101", "Mã thanh toán không tồn tại") from None


def qr_of(link: Row) -> str:
    return vietqr.payload(BIN, link["account_number"], link["amount"], link["description"])


def created_view(link: Row) -> dict[str, Any]:
    view = {
        "bin": BIN,
        "accountNumber": link["account_number"],
        "accountName": CLIENTS[link["client_id"]].account_name,
        "amount": link["amount"],
        "description": link["description"],
        "orderCode": link["order_code"],
        "currency": "VND",
        "paymentLinkId": link["id"],
        "status": link["status"],
        "checkoutUrl": f"{current_app.config['ADDRESS']}/web/{link['id']}",
        "qrCode": qr_of(link),
    }
    return view | ({"expiredAt": link["expired_at"]} if link["expired_at"] else {})


def link_view(link: Row) -> dict[str, Any]:
    return {
        "id": link["id"],
        "orderCode": link["order_code"],
        "amount": link["amount"],
        "amountPaid": link["amount_paid"],
        "amountRemaining": max(link["amount"] - link["amount_paid"], 0),
        "status": link["status"],
        "createdAt": link["created_at"],
        "transactions": [transfer_view(link, transfer) for transfer in books().transfers(link["id"])],
        "cancellationReason": link["cancellation_reason"],
        "canceledAt": link["canceled_at"],
    }


def transfer_view(link: Row, transfer: Row) -> dict[str, Any]:
    merchant = CLIENTS[link["client_id"]]
    return {
        "reference": transfer["reference"],
        "amount": transfer["amount"],
        "accountNumber": merchant.account_number,
        "description": link["description"],
        "transactionDateTime": transfer["occurred_at"],
        "virtualAccountName": merchant.account_name,
        "virtualAccountNumber": link["account_number"],
        **PAYER,
    }
