"""What no contract promises: a provider, or a proxy before it, that answers strangely."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from core.clock import now
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.payos.answer import seconds_until
from gateways.payos.client import PayosPaymentGateway
from gateways.payos.signature import sign_data
from tests.contract.payos.harness import make_order

KEY = "key"


class Oddity:
    """Gives the same answer to every call and counts them."""

    def __init__(self) -> None:
        self.status, self.headers, self.body, self.calls = 200, {}, b"", []
        odd = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                odd.calls.append(self.command)
                self.send_response(odd.status)
                for name, value in odd.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(odd.body)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, status: int = 200, body: bytes | dict = b"", **headers: str) -> PayosPaymentGateway:
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}
        self.body = json.dumps(body).encode() if isinstance(body, dict) else body
        return PayosPaymentGateway(f"http://127.0.0.1:{self.server.server_port}/", "id", "key", KEY, 2)


@pytest.fixture
def odd() -> Iterator[Oddity]:
    oddity = Oddity()
    yield oddity
    oddity.server.shutdown()
    oddity.server.server_close()


def good(data: dict) -> dict:
    return {"code": "00", "desc": "success", "data": data, "signature": sign_data(data, KEY)}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>busy</html>"),
        (200, b""),
        (200, b"[]"),
        (200, b'{"code": "20", "code": "231"}'),
        (200, b"\xff\xfe"),
        (404, b"<html>not here</html>"),
        (403, b"blocked"),
        (502, b"<html>Bad Gateway</html>"),
        (503, {"code": "00"}),
        (302, b""),
        (200, {"code": "99", "desc": "?"}),
        (200, {"code": 0}),
        (200, {"code": "00", "data": None, "signature": None}),
        (200, {"code": "00", "data": {"id": "x"}, "signature": "0" * 64}),
        (200, good({"id": "x"})),
        (200, good({"id": "x", "orderCode": 99, "amount": 5})),
    ],
)
def test_what_makes_no_sense_may_pass(odd, status, body):
    gateway = odd.says(status, body, Location="http://127.0.0.1:9/")
    for call in (
        lambda: gateway.open_link(make_order()),
        lambda: gateway.get_link(5),
        lambda: gateway.cancel_link(5, "x"),
    ):
        with pytest.raises(GatewayUnavailable):
            call()
    assert odd.calls == ["POST", "GET", "GET", "POST", "GET"]  # no POST twice


def test_a_refusal_is_asked_once(odd):
    gateway = odd.says(200, {"code": "20", "desc": "Thông tin truyền lên không đúng.", "data": None})
    with pytest.raises(GatewayRejected) as refusal:
        gateway.open_link(make_order())
    assert refusal.value.problems[0].code == "invalid"
    assert odd.calls == ["POST"]


def test_an_unauthorized_page_need_not_be_json(odd):
    with pytest.raises(GatewayRejected):
        odd.says(401, b"no").get_link(5)


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("soon", None), ("-1", None)])
def test_the_wait_is_taken_from_the_answer(odd, told, seconds):
    with pytest.raises(GatewayThrottled) as slow:
        odd.says(429, b"slow", Retry_After=told).get_link(5)
    assert slow.value.retry_after == seconds


def test_the_wait_may_be_a_date():
    assert 50 < seconds_until(format_datetime(now() + timedelta(minutes=1))) <= 60
    assert seconds_until(format_datetime(now() - timedelta(minutes=1))) == 0
    assert seconds_until(None) is None


def test_a_link_that_keeps_open_was_not_cancelled(odd):
    gateway = odd.says(200, good({"id": "x", "orderCode": 5, "amount": 9, "status": "PENDING"}))
    with pytest.raises(GatewayUnavailable, match="open"):
        gateway.cancel_link(5, "x")
