"""What Lazada refuses, and what its refusals mean for us. They come with HTTP 200."""

import re
from collections.abc import Mapping
from typing import Any

from gateways.errors import (
    AlreadyDone,
    GatewayError,
    GatewayRejected,
    GatewayThrottled,
    GatewayUnavailable,
    Problem,
)
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import ATTRIBUTES, Meaning, field_in
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver

FLOOR = "lazada"
_THROTTLED = re.compile(
    r"ApiCallLimit|AppCallLimit|\bE901\b|SYS_REQUEST_TOO_FAST|limit service request speed", re.I
)
_PASSING = re.compile(
    r"ServiceTimeout|ServiceUnavailable|\bE006\b|internal|unexpected|IC_EXCEPTION|\bTHD_IC_ERR\b|E506|E502",
    re.I,
)
_KEY = {"IncompleteSignature", "InvalidAppKey", "IllegalAppKey"}
_BY_WORD = (
    (r"image", "pictures"),
    (r"categoryid|primarycategory|restricted_category|last level category|category was banned", "category"),
    (r"cat_prop|catprop|propert|attribute|brand", "attributes"),
    (r"description", "description"),
    (r"\bname\b|title", "title"),
    (r"price", "price"),
    (r"quantity|inventory|stock", "stock"),
    (r"weight", "weight"),
    (r"package_", "package"),
    (r"sellersku|seller_sku", "sku"),
)


_OUR_FIELDS = {
    "name": "title",
    "description": "description",
    "price": "price",
    "quantity": "stock",
    "package_weight": "weight",
    "package_height": "package",
    "package_length": "package",
    "package_width": "package",
    "images": "pictures",
    "primarycategory": "category",
    "sellersku": "sku",
}
"""By what a `detail` calls its field, in small letters."""
_OF_ATTRIBUTES = re.compile(r"cat_?prop", re.IGNORECASE)
"""In the words of a `detail` whose field is one of the category's own, unless it is ours."""
MEANINGS: dict[str, Meaning] = {
    "BIZ_CHECK_MAIN_IMAGE_REQUIRE": means.PICTURES_MISSING,
    "CHK_IMAGE_MAX_ITEMS": means.PICTURES_TOO_MANY,
    "BIZ_CHECK_RESTRICTED_CATEGORY": means.CATEGORY_CLOSED,
    "BIZ_CHECK_CAT_PROP_MANDATORY": means.ATTRIBUTE_MISSING,
    "BIZ_CHECK_PRICE_PRECISION_INVALID": means.PRICE_WRONG,
    "BIZ_CHECK_PRICE_IS_ZERO": means.PRICE_TOO_LOW,
    "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL": means.STOCK_OUTSIDE,
    "BIZ_CHECK_MAX_PACKAGE_WEIGHT": means.WEIGHT_TOO_HEAVY,
    "BIZ_CHECK_MAX_PACKAGE_DIMENISIONS": means.PACKAGE_TOO_LARGE,
    "SELLER_SKU_NOT_FOUND": means.GONE,
    "201": means.CATEGORY_UNKNOWN,
    "208": means.GONE,
    "30": means.PICTURE_UNREADABLE,
    "300": means.PICTURE_UNREADABLE,
    "303": means.PICTURE_TOO_BIG,
    **dict.fromkeys(("5", "19", "36", "70"), means.OUR_FAULT),
}
"""By the words of a `detail`, else by the code of the answer."""
_TOO_LONG = {"title": means.TITLE_TOO_LONG, "description": means.DESCRIPTION_TOO_LONG}


class SkuTaken(GatewayRejected):
    """The seller's SKU stands in the store already."""


def refusal(answer: Mapping[str, Any]) -> GatewayError:
    """The worker's next move after a `code` other than "0", with what `detail` says of single fields."""
    code, said = str(answer.get("code")), str(answer.get("message", "")).strip()[:300]
    details = [one for one in answer.get("detail") or [] if isinstance(one, dict)]
    told = "; ".join([f"{code}: {said}", *(f"{one.get('field')} {one.get('message')}" for one in details)])[
        :600
    ]
    if found := _of_account(code, said, told):
        return found
    if _THROTTLED.search(told):
        return GatewayThrottled(told)
    if "BIZ_CHECK_EXIST_OUTER_IMAGE" in told:
        return PictureGone(told)
    if "SELLER_SKU_DUPLICATE" in told or "INFRA_PRODUCT_036" in told:
        return SkuTaken(told, (Problem("sku", "sku_taken", means.SKU_TAKEN.text),))
    if code == "208" or "Item not exist" in said:
        return Gone(told, (means.problem(FLOOR, code, said, means.GONE),))
    if "not online" in said:
        return AlreadyDone(told)
    if answer.get("type") == "SYSTEM" or _PASSING.search(told):
        return GatewayUnavailable(told)
    return GatewayRejected(told, tuple(_problems(code, said, details)))


def _of_account(code: str, said: str, told: str) -> GatewayError | None:
    if code == "IllegalAccessToken":
        return TokenOver(told)
    if "refresh token" in said.lower() or code == "IllegalRefreshToken":
        return LeaveRevoked(told)
    if "timestamp" in f"{code} {said}".lower():
        return GatewayUnavailable(f"our clock is off, says Lazada: {said}")
    if code in _KEY:
        return KeyRefused(told)
    return None


def _problems(code: str, said: str, details: list[dict[str, Any]]) -> list[Problem]:
    if details:
        return [_of_detail(str(one.get("field")), str(one.get("message"))) for one in details]
    meaning = MEANINGS.get(code)
    return [means.problem(FLOOR, code, said, meaning, field=None if meaning else field_in(said, _BY_WORD))]


def _of_detail(theirs: str, why: str) -> Problem:
    field = _field(theirs, why)
    meaning = MEANINGS.get(why) or (means.REQUIRED.get(field) if "REQUIRED" in why else None)
    if meaning is None and "MAX_LE" in why:
        meaning = _TOO_LONG.get(field or "", means.ATTRIBUTE_WRONG)
    return means.problem(FLOOR, why[:60], f"{theirs}: {why}", meaning, field=field)


def _field(theirs: str, why: str) -> str | None:
    if ours := _OUR_FIELDS.get(theirs.lower()):
        return ours
    return f"{ATTRIBUTES}.{theirs}" if _OF_ATTRIBUTES.search(why) else field_in(f"{theirs} {why}", _BY_WORD)


def suspended(said: str) -> Problem:
    """One of the reasons for which Lazada's people locked a product."""
    return means.problem(FLOOR, "suspended", said, means.IN_REVIEW_REFUSED, field=field_in(said, _BY_WORD))


def not_carried_out(said: str) -> Problem:
    """Of an order's act that comes as a success."""
    return means.problem(FLOOR, "not_carried_out", said, None)
