"""The sandbox as a process of its own, and a merchant's address that really listens."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import requests

from gateways.payos.client import PayosPaymentGateway
from gateways.ports import LinkOrder
from tests.contract.processes import SandboxProcess

CLIENT, API_KEY, CHECKSUM_KEY = "sandbox-client-1", "sandbox-key", "sandbox-checksum-key"
TIMEOUT = 1.0
POLL_SECONDS = 0.02

order_codes = count(int(time.time() * 1000))


class Sandbox(SandboxProcess):
    """A running sandbox and the hand on it."""

    module = "sandbox.payos"

    def control(self, path: str, json: Any = None, method: str | None = None) -> Any:
        method = method or ("GET" if json is None else "POST")
        answer = requests.request(method, f"{self.url}/sandbox/{path}", json=json, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def fault(self, kind: str, count: int = 1, **more: Any) -> None:
        self.control("faults", {"kind": kind, "count": count} | more)

    def pay(self, link_id: str, amount: int | None = None) -> Any:
        return self.control(f"pay/{link_id}", {} if amount is None else {"amount": amount})

    def links(self, order_code: int) -> list[Any]:
        return [link for link in self.control("links")["links"] if link["order_code"] == order_code]

    def gateway(self, **changes: Any) -> PayosPaymentGateway:
        known = {"base_url": self.url, "client_id": CLIENT, "api_key": API_KEY, "checksum_key": CHECKSUM_KEY}
        return PayosPaymentGateway(**(known | {"timeout_seconds": TIMEOUT} | changes))


class Webhook:
    """A merchant's address: keeps every body it gets, answers with `status`; None hangs up."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.status: int | None = 200
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                merchant.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                if merchant.status is None:
                    self.close_connection = True
                    return
                self.send_response(merchant.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/payos/1"
        threading.Thread(target=self.server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait(self, number: int, seconds: float = 5) -> list[bytes]:
        """The bodies once there are `number` of them, or what there is after `seconds`."""
        until(lambda: len(self.bodies) >= number, seconds)
        return self.bodies


def until(condition: Callable[[], Any], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def make_order(**changes: Any) -> LinkOrder:
    order: dict[str, Any] = {
        "order_code": next(order_codes),
        "amount": 25000,
        "description": "C1234567X",
        "return_url": "http://127.0.0.1/r",
        "cancel_url": "http://127.0.0.1/c",
        "expires_at": None,
    }
    return LinkOrder(**(order | changes))
