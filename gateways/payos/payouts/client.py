"""payOS as a PayoutGateway. A payout that may have happened is looked up, never blindly repeated."""

from typing import Any
from urllib.parse import urlencode

from gateways.errors import GatewayError, GatewayRejected, GatewayUnavailable
from gateways.payos.answer import read_payout_answer
from gateways.payos.calls import PayosAccount
from gateways.payos.payouts.wire import read_payout, write_payout
from gateways.payos.signature import sign_header
from gateways.payos.wire import UnreadableData
from gateways.payouts import Payout, PayoutOrder

PAYOUTS = "/v1/payouts"


class PayosPayoutGateway(PayosAccount):
    """Pays out of one channel's payOS account."""

    def pay_out(self, order: PayoutOrder) -> Payout:
        body = write_payout(order)
        headers = {
            "x-idempotency-key": order.key,
            "x-signature": sign_header(body, self._checksum_key),
        }
        try:
            return self._payout(order, self._call("pay_out", "POST", PAYOUTS, order.reference, body, headers))
        except GatewayUnavailable as doubt:
            return self._find_again(order, doubt)

    def find_payout(self, order: PayoutOrder) -> Payout | None:
        query = urlencode({"referenceId": order.reference, "limit": 1})
        data = self._call("find_payout", "GET", f"{PAYOUTS}?{query}", order.reference)
        found = data.get("payouts")
        if not isinstance(found, list):
            raise GatewayUnavailable("payOS's answer is unreadable: payouts")
        return self._payout(order, found[0]) if found else None

    def _find_again(self, order: PayoutOrder, doubt: GatewayError) -> Payout:
        """Whatever hinders the look-up, the doubt stays: it may have happened."""
        try:
            found = self.find_payout(order)
        except GatewayRejected as refusal:
            raise GatewayUnavailable(f"payOS tells nothing of payout {order.reference}") from refusal
        if found is None:
            raise GatewayUnavailable(f"payOS does not know payout {order.reference} yet") from doubt
        return found

    def _payout(self, order: PayoutOrder, data: dict[str, Any]) -> Payout:
        try:
            payout = read_payout(data)
        except (UnreadableData, AttributeError) as problem:
            raise GatewayUnavailable(f"payOS's answer is unreadable: {problem}") from problem
        if payout.reference != order.reference:
            raise GatewayUnavailable(f"payOS answered for another payout than {order.reference}")
        if payout.amount != order.amount:
            raise GatewayUnavailable(f"payOS has payout {order.reference} with another amount")
        return payout

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        reference: str,
        body: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        return self._ask(
            operation,
            method,
            path,
            lambda response: read_payout_answer(response, self._checksum_key),
            body,
            headers,
            reference=reference,
        )
