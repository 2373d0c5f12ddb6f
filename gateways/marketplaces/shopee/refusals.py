"""What Shopee refuses, and what its refusals mean for us. Most come with HTTP 200."""

import re

from gateways.errors import GatewayError, GatewayThrottled, GatewayUnavailable, Problem
from gateways.marketplaces.advice import advice, refused
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver

_PASSING = {
    "error_server",
    "error_inner",
    "error_network",
    "error_data",
    "error_system_busy",
    "error_busi_add_item_failed",
    "error_update_price_fail",
    "error_get_shop_fail",
}
_REVOKED = {
    "error_shop_refresh_token",
    "refresh_token_expired",
    "shop_access_expired",
    "shop_no_linked",
    "shop_banned",
}
_KEY = {"error_sign", "error_shop"}
_THROTTLED = re.compile(r"too_many|rate_limit|frequency", re.IGNORECASE)
"""Their public documents name no code for it: any that says so."""
_FIELDS = (
    (r"image", "pictures"),
    (r"attribute", "attributes"),
    (r"category", "category"),
    (r"stock", "stock"),
    (r"price", "price"),
    (r"weight", "weight"),
    (r"dimension|package", "package"),
    (r"desc", "description"),
    (r"item_name|title|name_(length|is)", "title"),
)


def refusal(code: str, message: str) -> GatewayError:
    """The worker's next move after an `error`, whose module may stand before a point."""
    said = message.strip()[:300]
    name = code.rpartition(".")[2].strip()
    if "access_token" in name or "acceess_token" in name or (name == "error_auth" and "access_token" in said):
        return TokenOver(f"{code}: {said}")
    if name in _REVOKED:
        return LeaveRevoked(f"{code}: {said}")
    if _THROTTLED.search(name):
        return GatewayThrottled(f"{code}: {said}")
    if "timestamp" in said.lower():
        return GatewayUnavailable(f"our clock is off, says Shopee: {said}")
    if name in _KEY or "partner_id" in said:
        return KeyRefused(f"{code}: {said}")
    if said.startswith("Image not exist"):
        return PictureGone(f"{code}: {said}")
    if name == "error_item_not_found":
        return Gone(f"{code}: {said}", (Problem(None, name, advice(None, said)),))
    if name in _PASSING:
        return GatewayUnavailable(f"{code}: {said}")
    return refused(_field(f"{name} {said}"), name, said)


def _field(words: str) -> str | None:
    lowered = words.lower()
    return next((ours for theirs, ours in _FIELDS if re.search(theirs, lowered)), None)
