"""Signatures as payOS makes and checks them: hex HMAC-SHA256 with the client's checksum key."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

LINK_FIELDS = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")


def sign_link_request(body: Mapping[str, Any], key: str) -> str:
    """Over the five fields of a request for a link, raw."""
    return _digest("&".join(f"{name}={body[name]}" for name in LINK_FIELDS), key)


def sign_body(data: Mapping[str, Any], key: str) -> str:
    """Over the data of an answer or a notice: sorted by name, nothing escaped."""
    return _digest("&".join(f"{name}={_body_text(value)}" for name, value in sorted(data.items())), key)


def sign_header(data: Mapping[str, Any], key: str) -> str:
    """Over a payout, for the header `x-signature`: sorted at every depth, percent-encoded."""
    fields = [f"{quote(name)}={quote(_header_text(value))}" for name, value in sorted(data.items())]
    return _digest("&".join(fields), key)


def same(signature: object, expected: str) -> bool:
    return isinstance(signature, str) and hmac.compare_digest(signature.encode(), expected.encode())


def _digest(text: str, key: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _body_text(value: Any) -> str:
    if value in (None, "null", "undefined"):
        return ""
    if isinstance(value, list):
        return _compact([dict(sorted(item.items())) if isinstance(item, dict) else item for item in value])
    return _scalar(value)


def _header_text(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return _compact(value, sort_keys=True)
    return "" if value is None else _scalar(value)


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _compact(value: Any, sort_keys: bool = False) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=sort_keys)
