"""Paddy as a PaymentGateway and a PayoutGateway. It takes the same order, or payout, twice as once."""

from typing import Any

import requests

from core.clock import now
from core.errors import text
from gateways.collecting import Account
from gateways.errors import AlreadyDone, GatewayRejected, GatewayUnavailable, Problem
from gateways.paddy.webhook import PaddyNotices
from gateways.payouts import Payout, PayoutOrder, PayoutStatus
from gateways.ports import LinkOrder, LinkStatus, PaymentLink

NO, DONE, TRIAL_FAILED = 403, 409, 424


def payment_gateway(account: Account) -> "PaddyGateway":
    return PaddyGateway(account)


def payout_gateway(account: Account) -> "PaddyGateway":
    return PaddyGateway(account)


class PaddyGateway:
    def __init__(self, account: Account) -> None:
        self._account = account

    def open_link(self, order: LinkOrder) -> PaymentLink:
        asked = {"sum": order.amount, "note": order.description}
        return _link(self._ask("PUT", f"orders/{order.order_code}", asked))

    def get_link(self, order_code: int) -> PaymentLink | None:
        found = self._find(f"orders/{order_code}")
        return _link(found) if found else None

    def cancel_link(self, order_code: int, reason: str) -> PaymentLink:
        return _link(self._ask("POST", f"orders/{order_code}/close", {}))

    def confirm_webhook(self, url: str) -> None:
        self._ask("PUT", "listener", {"url": url})

    def pay_out(self, order: PayoutOrder) -> Payout:
        asked = {"sum": order.amount, "note": order.description, "bank": order.bin}
        asked |= {"number": order.account_number}
        return _payout(self._ask("PUT", f"payouts/{order.reference}", asked))

    def find_payout(self, order: PayoutOrder) -> Payout | None:
        found = self._find(f"payouts/{order.reference}")
        return _payout(found) if found else None

    def _find(self, path: str) -> dict[str, Any] | None:
        return self._ask("GET", path) or None

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        account = self._account
        try:
            answer = requests.request(
                method,
                f"{account.url}/{path}",
                json=body,
                headers={"Shop": account.keys["shop"], "Token": account.keys["token"]},
                timeout=account.timeout_seconds,
            )
        except requests.RequestException as problem:
            raise GatewayUnavailable("Paddy did not answer") from problem
        if answer.status_code == DONE:
            raise AlreadyDone("Paddy has it closed or paid")
        if answer.status_code == NO:
            raise GatewayRejected("Paddy refuses", (Problem(None, "refused", text("Paddy refuses")),))
        if answer.status_code == TRIAL_FAILED or not answer.ok:
            failed = Problem(None, "trial_failed", text("Paddy's trial did not arrive"))
            raise GatewayUnavailable(f"Paddy answered {answer.status_code}", failed)
        found: dict[str, Any] = answer.json()
        return found


def _link(told: dict[str, Any]) -> PaymentLink:
    return PaymentLink(
        order_code=told["order"],
        payment_link_id=f"paddy-{told['order']}",
        amount=told["sum"],
        amount_paid=sum(each["sum"] for each in told["came"]),
        status=LinkStatus(told["state"]),
        qr_payload=told["qr"],
        transfers=tuple(PaddyNotices().read_stored(each, now()) for each in told["came"]),
    )


def _payout(told: dict[str, Any]) -> Payout:
    return Payout(told["id"], told["reference"], told["sum"], PayoutStatus.DONE)
