"""What Shopee refuses, and what its refusals mean for us. Most come with HTTP 200."""

import re

from gateways.errors import GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.labels import StillPrinting
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import Meaning, field_in
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver

FLOOR = "shopee"
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
_PRINTING = re.compile(r"download_later|being allocated", re.IGNORECASE)
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
MEANINGS: dict[str, Meaning] = {
    "error_item_name_is_too_short": means.TITLE_TOO_SHORT,
    "error_title_exceeds_max_length": means.TITLE_TOO_LONG,
    "error_desc_length_min_limit": means.DESCRIPTION_TOO_SHORT,
    "error_desc_length_max_limit": means.DESCRIPTION_TOO_LONG,
    "error_invalid_price": means.PRICE_WRONG,
    "error_price_exceed_min_limitt": means.PRICE_TOO_LOW,
    "error_price_exceed_max_limitt": means.PRICE_TOO_HIGH,
    "error_invalid_category": means.CATEGORY_UNKNOWN,
    "error_category_is_block": means.CATEGORY_CLOSED,
    "error_invalid_attribute": means.ATTRIBUTE_MISSING,
    "error_invalid_logistic_info": means.NO_CARRIER,
    "error_image_num_min": means.PICTURE_COUNT,
    "error_param_image": means.PICTURE_UNREADABLE,
    "error_item_not_found": means.GONE,
}
"""By the code, without the module before its point."""
_BY_WORD: tuple[tuple[str, Meaning], ...] = (
    (r"item is banned", means.LOCKED),
    (r"invalid weight", means.WEIGHT_WRONG),
    (r"description is too long", means.DESCRIPTION_TOO_LONG),
    (r"stock is out of range", means.STOCK_OUTSIDE),
    (r"image is required", means.PICTURE_UNREADABLE),
    (r"price and stock have own calls|wrong parameters, detail", means.OUR_FAULT),
)
"""What `error_param` is about, and failures that have no code."""


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
        return Gone(f"{code}: {said}", (means.problem(FLOOR, name, said, means.GONE),))
    if _PRINTING.search(f"{name} {said}"):
        return StillPrinting(f"{code}: {said}")
    if name in _PASSING:
        return GatewayUnavailable(f"{code}: {said}")
    return refused(name, said)


def refused(name: str, said: str, field: str | None = None) -> GatewayRejected:
    """For good; of `field`, where the call says which."""
    field = field or field_in(f"{name} {said}", _FIELDS)
    by_word = (meaning for words, meaning in _BY_WORD if re.search(words, said, re.IGNORECASE))
    meaning = MEANINGS.get(name) or means.lacking(field, said) or next(by_word, None)
    return means.refused(FLOOR, name, said, meaning, field=meaning.field if meaning else field)
