"""How SePay proves that it is SePay (developer.sepay.vn, «Xác thực webhook», read in November 2026).

Of its four ways we take the two that prove anything. HMAC-SHA256 over `<X-SePay-Timestamp>.<body as sent>` in
`X-SePay-Signature: sha256=<hex>`, the time stamp in UNIX seconds, is what SePay recommends; it signs anew whenever it
sends again, so the window shuts out no genuine notice. `Authorization: Apikey <key>` says nothing of the body or the
time, so it is taken only where somebody chose it: as a secret that begins with `Apikey `.
"""

import hashlib
import hmac
from collections.abc import Sequence

from gateways.notices import NoticeForged, moment_of, require_fresh
from gateways.ports import PostedNotice

SIGNATURE, TIMESTAMP, AUTHORIZATION = "x-sepay-signature", "x-sepay-timestamp", "authorization"
APIKEY, SHA256 = "Apikey ", "sha256="


def verify(post: PostedNotice, secrets: Sequence[str]) -> None:
    """Raises NoticeForged, NoticeStale. A signature that is there must be right, whatever key stands beside it; each
    secret proves in its own way only."""
    if SIGNATURE in post.headers:
        _verify_signature(post, secrets)
    elif not _has_key(post.headers.get(AUTHORIZATION, ""), secrets):
        raise NoticeForged("authorization")


def sign(body: bytes, timestamp: str, secret: str) -> str:
    """What stands in the signature's header."""
    return SHA256 + hmac.digest(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hex()


def _verify_signature(post: PostedNotice, secrets: Sequence[str]) -> None:
    given, timestamp = post.headers[SIGNATURE], post.headers.get(TIMESTAMP, "")
    stamp = moment_of(timestamp, per_second=1)
    signing = [secret for secret in secrets if secret and not secret.startswith(APIKEY)]
    if not any(_same(sign(post.body, timestamp, secret), given) for secret in signing):
        raise NoticeForged("signature")
    require_fresh(stamp, post.received_at)


def _has_key(authorization: str, secrets: Sequence[str]) -> bool:
    sent = [secret for secret in secrets if secret.startswith(APIKEY) and secret != APIKEY]
    return any(_same(secret, authorization) for secret in sent)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
