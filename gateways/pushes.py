"""How floors prove that it is they who say that something has changed. Pure checking, nothing outside is touched; of
what a push says nothing is believed, so its body is not even read."""

import hashlib
import hmac
import re
from base64 import b64encode
from collections.abc import Callable, Mapping

from core.floor_config import FloorConfig
from gateways.ports import PostedNotice

WOO_PING = re.compile(rb"webhook_id=\d+")
"""What a WooCommerce shop posts, unsigned, when somebody saves the address there: a trial of it."""

Signature = Callable[[bytes, str, FloorConfig], str]


def _shopee(body: bytes, url: str, floor: FloorConfig) -> str:
    return _sealed(floor, url.encode() + b"|" + body).hex()


def _of_app(body: bytes, url: str, floor: FloorConfig) -> str:
    """Lazada and TikTok Shop."""
    return _sealed(floor, floor.app.encode() + body).hex()


def _woocommerce(body: bytes, url: str, floor: FloorConfig) -> str:
    return b64encode(_sealed(floor, body)).decode()


def _sealed(floor: FloorConfig, words: bytes) -> bytes:
    return hmac.new(floor.push_secret.encode(), words, hashlib.sha256).digest()


PUSHES: Mapping[str, tuple[str, Signature]] = {
    "shopee": ("authorization", _shopee),
    "lazada": ("authorization", _of_app),
    "tiktok": ("authorization", _of_app),
    "woocommerce": ("x-wc-webhook-signature", _woocommerce),
}
"""By floor: the header that holds the signature, and how it is made."""


def is_genuine(name: str, post: PostedNotice, url: str, floor: FloorConfig) -> bool:
    """Whether the floor itself posted it to `url`, the address that was entered there."""
    header, signature = PUSHES[name]
    given = post.headers.get(header, "").encode("latin-1", "replace")
    return bool(floor.push_secret) and hmac.compare_digest(given, signature(post.body, url, floor).encode())


def is_trial(name: str, post: PostedNotice) -> bool:
    """Whether only the address was tried: nothing has changed, and nobody has signed."""
    return name == "woocommerce" and WOO_PING.fullmatch(post.body) is not None
