"""Paddy's own side, a process of its own: `python -m tests.collectors.paddy_server --port N`."""

import argparse
import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import requests

from core.vietqr import encode

TOKEN, SEAL, ACCOUNT = "paddy-token", "paddy-seal", "PADDY01"
PAYER = {"bank": "970415", "number": "10000000002", "name": "SUNG A PAYER"}

orders: dict[tuple[str, str], dict[str, Any]] = {}
payouts: dict[str, dict[str, Any]] = {}
listeners: dict[str, str] = {}
numbers = count(1)


class Paddy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._let_in(self._get)

    def do_PUT(self) -> None:
        self._let_in(self._put)

    def do_POST(self) -> None:
        self._let_in(self._post)

    def _let_in(self, act: Any) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        shop, room, *rest = [self.headers.get("Shop", ""), *self.path.strip("/").split("/")]
        known = shop.startswith("paddy-shop") and self.headers.get("Token") == TOKEN
        status, answer = act(shop, room, rest, body) if known else (403, {})
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _get(self, shop: str, room: str, rest: list[str], body: Any) -> tuple[int, Any]:
        return 200, (orders.get((shop, rest[0])) if room == "orders" else payouts.get(rest[0])) or {}

    def _put(self, shop: str, room: str, rest: list[str], body: Any) -> tuple[int, Any]:
        if room == "listener":
            taken = told(
                shop, body["url"], {"order": 1, "ref": "TRIAL", "sum": 1, "into": "T", "trial": True}
            )
            listeners.update({shop: body["url"]} if taken else {})
            return (200 if taken else 424), {}
        if room == "payouts":
            made = {"id": f"p{next(numbers)}", "reference": rest[0], **body}
            return 200, payouts.setdefault(rest[0], made)
        qr = encode("970422", ACCOUNT, amount=body["sum"], note=body["note"])
        made = {"order": int(rest[0]), "state": "open", "qr": qr, "came": [], **body}
        order = orders.setdefault((shop, rest[0]), made)
        return (200 if order["sum"] == body["sum"] else 403), order

    def _post(self, shop: str, room: str, rest: list[str], body: Any) -> tuple[int, Any]:
        """Close an order; or, which no merchant can, pay for it."""
        if (order := orders.get((shop, rest[0]))) is None:
            return 403, {}
        if rest[1] == "pay":
            money = {"order": order["order"], "ref": f"PD{next(numbers)}", "sum": body["sum"]}
            order["came"].append({**money, "into": ACCOUNT, "note": order["note"]})
            if sum(each["sum"] for each in order["came"]) >= order["sum"]:
                order["state"] = "paid"
            if url := listeners.get(shop):
                told(shop, url, {**order["came"][-1], "from": PAYER})
            return 200, order
        if order["state"] != "open":
            return 409, {}
        order["state"] = "cancelled"
        return 200, order

    def log_message(self, *_: object) -> None:
        pass


def told(shop: str, url: str, facts: dict[str, Any]) -> bool:
    body = json.dumps(facts).encode()
    proof = hmac.new(SEAL.encode(), body, hashlib.sha256).hexdigest()
    try:
        return requests.post(url, data=body, headers={"Paddy-Proof": proof}, timeout=5).ok
    except requests.RequestException:
        return False


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--port", type=int, required=True)
    given.add_argument("--data")
    server = ThreadingHTTPServer(("127.0.0.1", given.parse_args().port), Paddy)
    print(f"Paddy listens on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
