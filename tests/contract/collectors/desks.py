"""Each collector's own side as a process of its own, in one hand for all of them. A new collector adds its desk."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import requests

from gateways.ports import PaymentLink
from tests.contract.payos import harness
from tests.contract.processes import SandboxProcess


class Desk(SandboxProcess, ABC):
    """`keys` are what a person types of one merchant, `others` of another."""

    keys: ClassVar[Mapping[str, str]]
    others: ClassVar[Mapping[str, str]]

    @abstractmethod
    def take(self, link: PaymentLink, amount: int) -> None:
        """Somebody scans its QR; whoever listens is told before this returns, or soon after."""


class PayosDesk(harness.Sandbox, Desk):
    keys = {
        "client_id": harness.CLIENT,
        "api_key": harness.API_KEY,
        "checksum_key": harness.CHECKSUM_KEY,
    }
    others = {**keys, "client_id": "sandbox-client-2"}

    def take(self, link: PaymentLink, amount: int) -> None:
        self.pay(link.payment_link_id, amount)


class PaddyDesk(Desk):
    module = "tests.collectors.paddy_server"
    keys = {"shop": "paddy-shop-1", "token": "paddy-token", "seal": "paddy-seal"}
    others = {**keys, "shop": "paddy-shop-2"}

    def take(self, link: PaymentLink, amount: int) -> None:
        for shop in (self.keys["shop"], self.others["shop"]):
            headers = {"Shop": shop, "Token": self.keys["token"]}
            url = f"{self.url}/orders/{link.order_code}/pay"
            requests.post(url, json={"sum": amount}, headers=headers, timeout=10)


DESKS: Mapping[str, type[Desk]] = {"payos": PayosDesk, "paddy": PaddyDesk}
