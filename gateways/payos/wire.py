"""payOS's JSON and our ports: its names and codes stay in this folder."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from core.clock import now
from core.money import amount_problem
from gateways.notices import read_local_time
from gateways.payos.signature import sign_order
from gateways.ports import LinkOrder, LinkStatus, PaymentLink, Transfer

_log = structlog.get_logger()

MAX_ORDER_CODE = 9_007_199_254_740_991
CURRENCY = "VND"
MAX_NAME = 64
"""More than any bank's reference or account number has."""

STATUSES = {
    "PAID": LinkStatus.PAID,
    "CANCELLED": LinkStatus.CANCELLED,
    "EXPIRED": LinkStatus.EXPIRED,
    "FAILED": LinkStatus.FAILED,
}
"""What ends a link. PENDING, PROCESSING, UNDERPAID and whatever payOS may add leave it open."""


class UnreadableData(ValueError):
    """What payOS sent lacks a field we live by; the message names the field, never its value."""


def write_order(order: LinkOrder, key: str) -> dict[str, object]:
    """The signed body that asks for a payment link."""
    fields: dict[str, object] = {
        "orderCode": order.order_code,
        "amount": order.amount,
        "description": order.description,
        "cancelUrl": order.cancel_url,
        "returnUrl": order.return_url,
    }
    if order.expires_at is not None:
        fields["expiredAt"] = int(order.expires_at.timestamp())
    return fields | {"signature": sign_order(fields, key)}


def read_link(data: Mapping[str, Any]) -> PaymentLink:
    """A link as create, get and cancel tell it. Raises UnreadableData.

    Only create tells the QR, its account and the checkout page, only get and cancel what was paid. A transaction that
    cannot be read holds none of the others back: it is logged.
    """
    order_code = read_order_code(data)
    amount_paid, account = data.get("amountPaid") or 0, data.get("accountNumber")
    if type(amount_paid) is not int or amount_paid < 0:
        raise UnreadableData("amountPaid")
    return PaymentLink(
        order_code=order_code,
        payment_link_id=_name(data, "paymentLinkId" if "paymentLinkId" in data else "id"),
        amount=_amount(data),
        amount_paid=amount_paid,
        status=STATUSES.get(str(data.get("status")), LinkStatus.OPEN),
        qr_payload=data.get("qrCode"),
        checkout_url=data.get("checkoutUrl"),
        transfers=_transfers(order_code, data.get("transactions") or []),
        account_number=account if isinstance(account, str) else None,
    )


def read_transfer(order_code: int, data: Mapping[str, Any], seen_at: datetime) -> Transfer:
    """Money that came, as a notice or a link's `transactions` tell it. Raises UnreadableData.

    `seen_at` stands in for a time that payOS did not tell: money is not refused for its date.
    """
    if (data.get("currency") or CURRENCY) != CURRENCY:
        raise UnreadableData("currency")
    return Transfer(
        order_code=order_code,
        account_number=_name(data, "accountNumber"),
        reference=_name(data, "reference"),
        amount=_amount(data),
        occurred_at=read_local_time(data.get("transactionDateTime")) or seen_at,
        memo=str(data.get("description") or ""),
    )


def read_order_code(data: Mapping[str, Any]) -> int:
    code = data.get("orderCode")
    if type(code) is not int or not 0 < code <= MAX_ORDER_CODE:
        raise UnreadableData("orderCode")
    return code


def _transfers(order_code: int, items: object) -> tuple[Transfer, ...]:
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise UnreadableData("transactions")
    return tuple(found for item in items if (found := _readable(order_code, item)))


def _readable(order_code: int, item: Mapping[str, Any]) -> Transfer | None:
    try:
        return read_transfer(order_code, item, now())
    except UnreadableData as problem:
        _log.error("payos_transaction_unreadable", order_code=order_code, field=str(problem))
        return None


def _amount(data: Mapping[str, Any]) -> int:
    amount = data.get("amount")
    if type(amount) is not int or amount_problem(amount):
        raise UnreadableData("amount")
    return amount


def _name(data: Mapping[str, Any], field: str) -> str:
    value = data.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise UnreadableData(field)
    return value
