"""The SMS sandbox as its own process."""

from typing import Any

import requests

from gateways.sms.client import HttpSmsGateway
from tests.contract.processes import SandboxProcess

CLIENT, SECRET = "sandbox", "sandbox-sms-secret"


class SmsSandbox(SandboxProcess):
    module = "sandbox.sms"

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.url}/sandbox/messages", timeout=10).json()[
            "messages"
        ]
        return found

    def fault(self, kind: str, count: int = 1) -> None:
        answer = requests.post(f"{self.url}/sandbox/faults", json={"kind": kind, "count": count}, timeout=10)
        assert answer.status_code == 201, answer.text

    def gateway(self, **changes: Any) -> HttpSmsGateway:
        known = {"base_url": self.url, "client_id": CLIENT, "secret": SECRET, "timeout_seconds": 2.0}
        return HttpSmsGateway(**(known | changes))
