"""Lazada's signature: upper-case hex HMAC-SHA256 over the path and the sorted parameters."""

import hashlib
import hmac
from collections.abc import Mapping


def sign(secret: str, path: str, params: Mapping[str, str]) -> str:
    """`params` are those of the query and of the form; files are not signed."""
    words = path + "".join(f"{name}{params[name]}" for name in sorted(params))
    return hmac.new(secret.encode(), words.encode(), hashlib.sha256).hexdigest().upper()
