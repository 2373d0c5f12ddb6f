"""Shopee's signature: hex HMAC-SHA256 over partner, path and time, for a shop's calls its token and number too."""

import hashlib
import hmac


def sign(partner_key: str, partner_id: int, path: str, timestamp: int, *of_shop: object) -> str:
    """`of_shop` is the access token and the shop's number, where the call is a shop's."""
    words = "".join(str(word) for word in (partner_id, path, timestamp, *of_shop))
    return hmac.new(partner_key.encode(), words.encode(), hashlib.sha256).hexdigest()
