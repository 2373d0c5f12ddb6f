"""The SMS contract's JSON, signatures and answers (`docs/sandbox-sms.md`)."""

import hashlib
import hmac
import json
from typing import Any

import requests

from core.errors import text
from gateways.errors import GatewayRejected, GatewayThrottled, GatewayUnavailable, Problem

SENT = (200, 202)
REFUSALS = {
    "bad_phone": Problem("phone", "bad_phone", text("Nhà mạng không nhận số điện thoại này")),
    "bad_text": Problem("text", "bad_text", text("Nhà mạng không nhận nội dung tin nhắn này")),
    "bad_signature": Problem(None, "bad_signature", text("Khóa ký của cổng tin nhắn không đúng")),
    "no_credit": Problem(None, "no_credit", text("Tài khoản cổng tin nhắn đã hết tiền")),
    "key_reused": Problem(None, "key_reused", text("Khóa của tin nhắn này đã dùng cho một tin khác")),
}
UNKNOWN = Problem(None, "rejected", text("Cổng tin nhắn từ chối tin này"))


def write_message(phone: str, text: str) -> bytes:
    return json.dumps({"phone": phone, "text": text}, separators=(",", ":")).encode()


def sign(body: bytes, key: str, timestamp: str, secret: str) -> str:
    """Hex HMAC-SHA256 over time, key and body, a full stop between them."""
    signed = b".".join((timestamp.encode(), key.encode(), body))
    return hmac.digest(secret.encode(), signed, hashlib.sha256).hex()


def read_answer(response: requests.Response) -> str:
    """The message's id. Raises the errors of `gateways.errors`."""
    status = response.status_code
    if status == 429:
        raise GatewayThrottled("SMS: HTTP 429", _seconds(response.headers.get("Retry-After")))
    if status >= 500 or 300 <= status < 400:
        raise GatewayUnavailable(f"SMS: HTTP {status}")
    answer = _json_object(response)
    if status in SENT:
        message_id = answer.get("message_id")
        if isinstance(message_id, str) and message_id:
            return message_id
        raise GatewayUnavailable("SMS: an answer without message_id")
    code = str(answer.get("code"))
    raise GatewayRejected(f"SMS: HTTP {status}, {code[:20]}", (REFUSALS.get(code, UNKNOWN),))


def _json_object(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise GatewayUnavailable(f"SMS: HTTP {response.status_code} without JSON")
    return answer


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
