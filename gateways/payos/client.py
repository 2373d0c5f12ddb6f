"""payOS as a PaymentGateway. A call that may have happened is looked up, never blindly repeated."""

from functools import cache
from typing import Any

from requests import Session

from core.errors import text
from gateways.collecting import PROOFS, Account
from gateways.errors import AlreadyDone, GatewayError, GatewayRejected, GatewayUnavailable, Problem
from gateways.payos.answer import InvalidRequest, OrderExists, UnknownOrder, read_answer
from gateways.payos.calls import PayosAccount, pooled_session
from gateways.payos.payouts.client import PayosPayoutGateway
from gateways.payos.signature import sign_data
from gateways.payos.wire import UnreadableData, read_link, write_order
from gateways.ports import LinkOrder, LinkStatus, PaymentLink

ORDERS = "/v2/payment-requests"

TAKEN = Problem(None, "order_code_taken", text("Mã đơn này ở payOS đã dùng cho một yêu cầu khác"))
TRIAL_FAILED = Problem(
    None,
    "trial_failed",
    text("payOS chưa gửi được thông báo thử tới máy chủ này"),
)
CLOSED = Problem(None, "link_closed", text("Yêu cầu này ở payOS đã đóng"))

_session = cache(pooled_session)
"""One a process, so that its connections are used again."""


def payment_gateway(account: Account) -> "PayosPaymentGateway":
    return PayosPaymentGateway(*_opened(account))


def payout_gateway(account: Account) -> PayosPayoutGateway:
    return PayosPayoutGateway(*_opened(account))


def _opened(account: Account) -> tuple[str, str, str, str, float, Session]:
    keys = account.keys
    merchant = (keys["client_id"], keys["api_key"], keys[PROOFS][0])
    return account.url, *merchant, account.timeout_seconds, _session()


class PayosPaymentGateway(PayosAccount):
    """One channel's payOS account; safe to share between threads."""

    def open_link(self, order: LinkOrder) -> PaymentLink:
        """Create the link, or find the one that an earlier try made: then without QR and checkout page,
        which payOS tells only once. Raises GatewayRejected where the order code stands for something else.
        """
        body = write_order(order, self._checksum_key)
        try:
            return self._link("open_link", "POST", ORDERS, order.order_code, body)
        except (GatewayUnavailable, OrderExists) as doubt:
            return self._find_again(order, doubt)

    def get_link(self, order_code: int) -> PaymentLink | None:
        try:
            return self._link("get_link", "GET", f"{ORDERS}/{order_code}", order_code)
        except UnknownOrder:
            return None

    def cancel_link(self, order_code: int, reason: str) -> PaymentLink:
        """Close the link. Raises AlreadyDone where it was closed or paid before."""
        body: dict[str, object] = {"cancellationReason": reason}
        body["signature"] = sign_data(body, self._checksum_key)
        try:
            link = self._link("cancel_link", "POST", f"{ORDERS}/{order_code}/cancel", order_code, body)
        except GatewayUnavailable as doubt:
            link = self._find_closed(order_code, doubt)
        except GatewayRejected as refusal:
            raise _closed_already(self._find_closed(order_code, refusal)) from refusal
        if link.status is LinkStatus.OPEN:
            raise GatewayUnavailable(f"payOS keeps order {order_code} open")
        if link.status is not LinkStatus.CANCELLED:
            raise _closed_already(link)
        return link

    def confirm_webhook(self, url: str) -> None:
        """Tell payOS where to send its notices; it sends a sample there first and wants HTTP 2xx. That the sample
        was not taken may pass: we were not up yet. One that came and that our key does not prove, we know of."""
        try:
            self._call("confirm_webhook", "POST", "/confirm-webhook", None, {"webhookUrl": url}, signed=False)
        except InvalidRequest as refusal:
            raise GatewayUnavailable(f"payOS's trial failed: {refusal}", TRIAL_FAILED) from refusal

    def _find_again(self, order: LinkOrder, doubt: GatewayError) -> PaymentLink:
        link = self.get_link(order.order_code)
        if link is None:
            raise GatewayUnavailable(f"payOS does not know order {order.order_code} yet") from doubt
        if link.amount != order.amount:
            raise GatewayRejected(
                f"payOS has order {order.order_code} with another amount", (TAKEN,)
            ) from doubt
        if link.status not in (LinkStatus.OPEN, LinkStatus.PAID):
            raise GatewayRejected(
                f"payOS has order {order.order_code} as {link.status}", (CLOSED,)
            ) from doubt
        return link

    def _find_closed(self, order_code: int, doubt: GatewayError) -> PaymentLink:
        link = self.get_link(order_code)
        if link is None or link.status is LinkStatus.OPEN:
            raise doubt
        return link

    def _link(
        self, operation: str, method: str, path: str, order_code: int, body: dict[str, object] | None = None
    ) -> PaymentLink:
        try:
            link = read_link(self._call(operation, method, path, order_code, body))
        except UnreadableData as problem:
            raise GatewayUnavailable(f"payOS's answer is unreadable: {problem}") from problem
        if link.order_code != order_code:
            raise GatewayUnavailable(f"payOS answered for another order than {order_code}")
        return link

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        order_code: int | None,
        body: dict[str, object] | None = None,
        signed: bool = True,
    ) -> dict[str, Any]:
        return self._ask(
            operation,
            method,
            path,
            lambda response: read_answer(response, self._checksum_key if signed else None),
            body,
            order_code=order_code,
        )


def _closed_already(link: PaymentLink) -> AlreadyDone:
    return AlreadyDone(f"payOS has order {link.order_code} as {link.status} already")
