"""TikTok Shop's signature: hex HMAC-SHA256 over secret, path, sorted parameters, body and secret."""

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = ("sign", "access_token")


def sign(secret: str, path: str, params: Mapping[str, str], body: bytes = b"") -> str:
    """`body` is left out where files are sent."""
    words = "".join(f"{name}{params[name]}" for name in sorted(params) if name not in UNSIGNED)
    key = secret.encode()
    return hmac.new(key, key + path.encode() + words.encode() + body + key, hashlib.sha256).hexdigest()
