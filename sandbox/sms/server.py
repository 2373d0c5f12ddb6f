"""The HTTP side, on the standard library alone: a provider this small should cost little memory."""

import hashlib
import hmac
import json
import re
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.sms.messages import KeyReused, Messages

CLIENT_ID, SECRET = "sandbox", "sandbox-sms-secret"
CLOCK_SECONDS = 300
LARGEST_BODY = 4096
LONGEST_KEY = 64
SHOWN = 200
FAULTS = ("timeout", "drop", "http_500", "http_429", "no_credit")
LATE_SECONDS = 20.0

_PHONE = re.compile(r"\+84[0-9]{9,10}")
_GSM = re.compile(r"[\n\r !\"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]{1,160}")


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, messages: Messages) -> None:
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.messages = messages
        self.faults: list[dict[str, Any]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._answer_to({"/v1/messages": self._send, "/sandbox/faults": self._add_fault})

    def do_GET(self) -> None:
        self._answer_to({"/sandbox/messages": self._list, "/sandbox/faults": self._list_faults})

    def do_DELETE(self) -> None:
        self._answer_to({"/sandbox/faults": self._clear_faults})

    def _answer_to(self, ways: dict[str, Any]) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            return self._say(413, {"code": "too_large"})
        body = self.rfile.read(int(length))
        way = ways.get(self.path.partition("?")[0])
        if way is None:
            return self._say(404, {"code": "not_found"})
        try:
            return self._say(*way(body))
        except Refusal as refusal:
            return self._say(refusal.status, {"code": refusal.code})

    def _send(self, body: bytes) -> tuple[int, dict[str, Any]]:
        fault = self._take_fault()
        if fault in ("http_500", "http_429"):
            raise Refusal(int(fault[5:]), fault)
        message = self._message(body)
        if fault == "no_credit":
            raise Refusal(402, fault)
        try:
            message_id, new = self.server.messages.send(self.headers["X-Idempotency-Key"], **message)
        except KeyReused:
            raise Refusal(409, "key_reused") from None
        if fault == "timeout":
            time.sleep(LATE_SECONDS)
        elif fault == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        return 202 if new else 200, {"message_id": message_id}

    def _message(self, body: bytes) -> dict[str, str]:
        """Raises Refusal for a wrong signature, a clock that is off, a number or text that nobody takes."""
        key, timestamp = self.headers.get("X-Idempotency-Key", ""), self.headers.get("X-Timestamp", "")
        signed = b".".join((timestamp.encode(), key.encode(), body))
        expected = hmac.digest(SECRET.encode(), signed, hashlib.sha256).hex()
        genuine = hmac.compare_digest(expected.encode(), self.headers.get("X-Signature", "").encode())
        fresh = timestamp.isdecimal() and abs(time.time() - int(timestamp)) <= CLOCK_SECONDS
        if self.headers.get("X-Client-Id") != CLIENT_ID or not genuine or not fresh:
            raise Refusal(401, "bad_signature")
        if not 0 < len(key) <= LONGEST_KEY:
            raise Refusal(422, "bad_key")
        return _read_message(body)

    def _list(self, _: bytes) -> tuple[int, dict[str, Any]]:
        return 200, {"messages": self.server.messages.list(SHOWN)}

    def _add_fault(self, body: bytes) -> tuple[int, dict[str, Any]]:
        wish = _object(body)
        kind, count = wish.get("kind"), wish.get("count", 1)
        if kind not in FAULTS or type(count) is not int or count < 1:
            raise Refusal(400, "kind: one of " + ", ".join(FAULTS) + "; count: a whole number from 1")
        self.server.faults.append({"kind": kind, "count": count})
        return 201, {"kind": kind, "count": count}

    def _list_faults(self, _: bytes) -> tuple[int, dict[str, Any]]:
        return 200, {"faults": self.server.faults}

    def _clear_faults(self, _: bytes) -> tuple[int, dict[str, Any]]:
        self.server.faults.clear()
        return 200, {"faults": []}

    def _take_fault(self) -> str:
        """The next fault; it has happened once more by that. Empty where none waits."""
        if not self.server.faults:
            return ""
        fault = self.server.faults[0]
        fault["count"] -= 1
        if not fault["count"]:
            self.server.faults.pop(0)
        return str(fault["kind"])

    def _say(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", "2")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Numbers and texts are nobody's business."""


def _read_message(body: bytes) -> dict[str, str]:
    message = _object(body)
    phone, text = message.get("phone"), message.get("text")
    if not isinstance(phone, str) or not _PHONE.fullmatch(phone):
        raise Refusal(422, "bad_phone")
    if not isinstance(text, str) or not _GSM.fullmatch(text):
        raise Refusal(422, "bad_text")
    return {"phone": phone, "text": text}


def _object(body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise Refusal(400, "no_json")
    return read
