"""The SMS sandbox as its own process."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import requests

from gateways.sms.client import HttpSmsGateway

ROOT = Path(__file__).parents[3]
CLIENT, SECRET = "sandbox", "sandbox-sms-secret"


class SmsSandbox:
    def __init__(self, data: Path) -> None:
        command = [sys.executable, "-m", "sandbox.sms", "--port", "0", "--data", str(data)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[-1]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)

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
