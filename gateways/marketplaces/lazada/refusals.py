"""What Lazada refuses, and what its refusals mean for us. They come with HTTP 200."""

import re
from collections.abc import Callable, Mapping
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
Move = Callable[[str], GatewayError]


def _sku_taken(told: str) -> GatewayError:
    return SkuTaken(told, (Problem("sku", "sku_taken", means.SKU_TAKEN.text),))


def _gone(told: str) -> GatewayError:
    code, _, said = told.partition(": ")
    return Gone(told, (means.problem(FLOOR, code, said, means.GONE),))


_WORDS: tuple[tuple[str, Move], ...] = (
    (r"refresh token", LeaveRevoked),
    (r"timestamp", lambda told: GatewayUnavailable(f"our clock is off, says Lazada: {told}")),
    (r"CallLimit|\bE901\b|SYS_REQUEST_TOO_FAST|limit service request speed", GatewayThrottled),
    (r"EXIST_OUTER_IMAGE", PictureGone),
    (r"SELLER_SKU_DUPLICATE|INFRA_PRODUCT_036", _sku_taken),
    (r"item not exist", _gone),
    (r"not online", AlreadyDone),
    (
        r"ServiceTimeout|ServiceUnavailable|\bE006\b|internal|unexpected|IC_EXCEPTION|\bTHD_IC_ERR\b|E506|E502",
        GatewayUnavailable,
    ),
)
"""The worker's next move by the words of `code: message; details`."""
_MOVES: dict[str, Move] = {
    "IllegalAccessToken": TokenOver,
    **dict.fromkeys(("IllegalRefreshToken", "AUTH_TYPE_UNSUPPORTED"), LeaveRevoked),
    **dict.fromkeys(("IncompleteSignature", "InvalidAppKey", "IllegalAppKey"), KeyRefused),
    **dict.fromkeys(("901", "4154"), GatewayThrottled),
    "4138": PictureGone,
    **dict.fromkeys(("4105", "4126", "4141"), _sku_taken),
    **dict.fromkeys(
        (
            "207",
            "208",
            "4136",
            "4137",
            "E0002",
            "E0003",
            "EDIT_ITEM_NOT_BELONG_SELLER",
            "SELLER_SKU_NOT_FOUND",
        ),
        _gone,
    ),
    "E0004": AlreadyDone,
    **dict.fromkeys(("6", "513", "998", "1000", "4135", "4147", "4159", "E0006"), GatewayUnavailable),
}
"""The same by the code, or by that of a `detail`: 500 and 501 say no more than that it failed."""
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
    "4160": means.TITLE_TOO_LONG,
    **dict.fromkeys(("4129", "4131", "BIZ_CHECK_PROP_SPECIAL_CHAR"), means.WORDS_REFUSED),
    **dict.fromkeys(("BIZ_CHECK_MAIN_IMAGE_REQUIRE", "4139"), means.PICTURES_MISSING),
    **dict.fromkeys(("CHK_IMAGE_MAX_ITEMS", "4169"), means.PICTURES_TOO_MANY),
    **dict.fromkeys(("30", "300", "302"), means.PICTURE_UNREADABLE),
    "303": means.PICTURE_TOO_BIG,
    **dict.fromkeys(("4116", "4158"), means.PICTURE_REPEATED),
    **dict.fromkeys(("201", "206", "4134", "4227"), means.CATEGORY_UNKNOWN),
    **dict.fromkeys(("BIZ_CHECK_RESTRICTED_CATEGORY", "512", "4123", "4163", "4228"), means.CATEGORY_CLOSED),
    **dict.fromkeys(("BIZ_CHECK_CAT_PROP_MANDATORY", "4108", "4110", "4125", "4167"), means.ATTRIBUTE_MISSING),
    **dict.fromkeys(
        ("4106", "4107", "4111", "4115", "4120", "4140", "4161", "10002"), means.ATTRIBUTE_WRONG
    ),
    **dict.fromkeys(("4130", "4142", "4156", "4168"), means.BRAND_WANTED),
    **dict.fromkeys(
        ("BIZ_CHECK_PRICE_PRECISION_INVALID", "4104", "4117", "4119", "4121", "4157"), means.PRICE_WRONG
    ),
    **dict.fromkeys(("BIZ_CHECK_PRICE_IS_ZERO", "4114", "4118"), means.PRICE_TOO_LOW),
    "10006": means.PRICE_TOO_HIGH,
    "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL": means.STOCK_OUTSIDE,
    **dict.fromkeys(("4170", "negative sellable on channel inventory"), means.STOCK_LOCKED),
    **dict.fromkeys(("BIZ_CHECK_MAX_PACKAGE_WEIGHT", "4164"), means.WEIGHT_TOO_HEAVY),
    **dict.fromkeys(("BIZ_CHECK_MAX_PACKAGE_DIMENISIONS", "4165"), means.PACKAGE_TOO_LARGE),
    "4149": means.GENERAL["package"],
    "4150": means.SKU_WRONG,
    **dict.fromkeys(("THD_IC_ERR_F_IC_ABILITY_PG_003", "THD_IC_ERR_F_IC_ABILITY_PG_004"), means.IN_PROMOTION),
    **dict.fromkeys(("4124", "4151", "4221"), means.IN_REVIEW_REFUSED),
    **dict.fromkeys(("4128", "4155", "4162", "4218"), means.LOCKED),
    "4127": means.SIMILAR,
    **dict.fromkeys(("4148", "THD_APPROVAL_RULE_CENTER_ERR_PRE_QC_LISTING_LIMIT_ERROR"), means.SHOP_FULL),
    **dict.fromkeys(("SellerNotActive", "SellerNotVerified"), means.SHOP_CLOSED),
    **dict.fromkeys(("16", "E016"), means.ORDER_UNKNOWN),
    **dict.fromkeys(("122", "123"), means.ORDER_STAYS),
    "131": means.ORDER_ANSWERED,
    **dict.fromkeys(
        (
            "5", "14", "17", "19", "36", "70", "200", "204", "209", "1001", "4109", "4112", "4113", "4122", "4132",
            "4133", "4143", "4144", "4145", "4146", "4152", "4153", "4171", "4193", "4216", "4225", "E0001",
            "MissingParameter", "InvalidParameter", "InvalidApiPath",
        ),
        means.OUR_FAULT,
    ),
}  # fmt: skip
"""By the words of a `detail`, else by the code of the answer."""
_TOO_LONG = {"title": means.TITLE_TOO_LONG, "description": means.DESCRIPTION_TOO_LONG}


class SkuTaken(GatewayRejected):
    """The seller's SKU stands in the store already."""


def refusal(answer: Mapping[str, Any]) -> GatewayError:
    """The worker's next move after a `code` other than "0", with what `detail` says of single fields."""
    code, said = str(answer.get("code")), str(answer.get("message", "")).strip()[:300]
    details = [one for one in answer.get("detail") or [] if isinstance(one, dict)]
    words = [f"{code}: {said}", *(f"{one.get('field')} {one.get('message')}" for one in details)]
    told = "; ".join(words)[:600]
    moves = (_MOVES.get(one) for one in (code, *(_key(str(one.get("message"))) for one in details)))
    by_words = (move for pattern, move in _WORDS if re.search(pattern, told, re.IGNORECASE))
    if move := next(by_words, None) or next(filter(None, moves), None):
        return move(told)
    if answer.get("type") == "SYSTEM":
        return GatewayUnavailable(told)
    return GatewayRejected(told, tuple(_problems(code, said, details)))


def _key(why: str) -> str:
    """Lazada's own code in the words of a `detail`, which may stand twice (`A:A/B`)."""
    return re.split(r"[:/]", why, maxsplit=1)[0].strip()


def _problems(code: str, said: str, details: list[dict[str, Any]]) -> list[Problem]:
    if details:
        return [_of_detail(str(one.get("field")), str(one.get("message"))) for one in details]
    meaning = MEANINGS.get(code)
    return [means.problem(FLOOR, code, said, meaning, field=None if meaning else field_in(said, _BY_WORD))]


def _of_detail(theirs: str, why: str) -> Problem:
    field = _field(theirs, why)
    meaning = MEANINGS.get(_key(why)) or (means.REQUIRED.get(field) if "REQUIRED" in why else None)
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
