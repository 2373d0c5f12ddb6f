"""payOS signatures: HMAC-SHA256 in hex with the channel's checksum key, as payOS's own libraries do."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import quote

ORDER_FIELDS = ("amount", "cancelUrl", "description", "orderCode", "returnUrl")


def sign_order(fields: Mapping[str, object], key: str) -> str:
    """Sign a request for a payment link: these five fields, raw. Raises KeyError where one is missing."""
    return _sign("&".join([f"{name}={_plain(fields[name])}" for name in ORDER_FIELDS]), key)


def sign_data(data: Mapping[str, object], key: str) -> str:
    """Sign the `data` of an answer or a notice: every field that is there, by name."""
    return _sign("&".join([f"{name}={_value(data[name])}" for name in sorted(data)]), key)


def sign_header(data: Mapping[str, object], key: str) -> str:
    """Sign what is asked or told about payouts, for the header `x-signature`: sorted at every depth, escaped."""
    return _sign("&".join([f"{quote(name)}={quote(_nested(data[name]))}" for name in sorted(data)]), key)


def verify_header(data: object, signature: object, key: str) -> bool:
    """Whether a header's `signature` is that of the received `data`; False for any garbage."""
    if not (key and isinstance(data, dict) and isinstance(signature, str)):
        return False
    try:
        return hmac.compare_digest(sign_header(data, key).encode(), signature.encode())
    except (TypeError, ValueError, RecursionError):
        return False


def verify(data: object, signature: object, key: str) -> bool:
    """Whether `signature` is that of the received `data`, in constant time; False for any garbage."""
    if not (key and isinstance(data, dict) and isinstance(signature, str)):
        return False
    try:
        return hmac.compare_digest(sign_data(data, key).encode(), signature.encode())
    except (TypeError, ValueError, RecursionError):
        return False


def _sign(text: str, key: str) -> str:
    return hmac.digest(key.encode(), text.encode(), hashlib.sha256).hex()


def _value(value: object) -> str:
    if isinstance(value, str):
        return "" if value in ("null", "undefined") else value
    if isinstance(value, list):
        items = [dict(sorted(item.items())) if isinstance(item, dict) else item for item in value]
        return json.dumps(items, separators=(",", ":"), ensure_ascii=False)
    return _plain(value)


def _nested(value: object) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    return _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
