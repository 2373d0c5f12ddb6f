"""How Casso signs Webhook V2 (github.com/CassoHQ/casso-webhook-v2-verify-signature, README and samples, 2025-02-13).

`X-Casso-Signature: t=<UNIX milliseconds>,v1=<hex>`: HMAC-SHA512 with the integration's key over `<t>.<JSON>`, the
JSON being the whole body with its names sorted at every depth and no blanks.

The samples of the six languages write that JSON differently wherever a text holds more than plain ASCII or a
slash, and the README does not say which is meant. All three ways say the same of the same data, and each needs the
key, so each is taken. The window of time is ours: Casso names none (unconfirmed: that it signs anew when it sends
again).
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateways.notices import NoticeForged, NoticeMalformed, moment_of, require_fresh
from gateways.ports import PostedNotice

SIGNATURE = "x-casso-signature"
_SIGNED = re.compile(r"t=(\d{1,16}),v1=([0-9a-f]{128})", re.ASCII)
PER_SECOND = 1000


def verify(post: PostedNotice, envelope: Mapping[str, Any], secrets: Sequence[str]) -> None:
    """Raises NoticeForged, NoticeStale; `envelope` is the whole body, as parsed."""
    found = _SIGNED.fullmatch(post.headers.get(SIGNATURE, "").strip())
    if found is None:
        raise NoticeForged("signature")
    timestamp, given = found.groups()
    stamp = moment_of(timestamp, PER_SECOND)
    made = [sign(words, timestamp, secret) for secret in secrets if secret for words in _writings(envelope)]
    if not any(hmac.compare_digest(one, given) for one in made):
        raise NoticeForged("signature")
    require_fresh(stamp, post.received_at)


def sign(words: str, timestamp: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"{timestamp}.{words}".encode(), hashlib.sha512).hex()


def _writings(envelope: Mapping[str, Any]) -> Iterator[str]:
    """The sorted JSON as JavaScript, Python and PHP write it."""
    try:
        plain = json.dumps(envelope, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        plain.encode()
        escaped = json.dumps(envelope, sort_keys=True, separators=(",", ":"))
    except (UnicodeEncodeError, RecursionError):
        raise NoticeMalformed("JSON") from None
    yield from dict.fromkeys((plain, escaped, escaped.replace("/", "\\/")))
