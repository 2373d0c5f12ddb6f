"""What Shopee refuses, by the codes of its documents, and what its refusals mean for us. Most come with HTTP 200."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateways.errors import AlreadyDone, GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.labels import StillPrinting
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import Meaning, field_in
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver

FLOOR = "shopee"
Move = Callable[[str], GatewayError]


def _gone(told: str) -> GatewayError:
    name, _, said = told.partition(": ")
    return Gone(told, (means.problem(FLOOR, name, said, means.GONE),))


class PlaceWanted(GatewayRejected):
    """A stock must be told with the warehouse that holds it."""


def _place_wanted(told: str) -> GatewayError:
    name, _, said = told.partition(": ")
    return PlaceWanted(told, (means.problem(FLOOR, name, said, means.WAREHOUSE_WRONG),))


_WORDS: tuple[tuple[str, Move | None], ...] = (
    (r"^invalid_acce+ss_token|^error_auth: .*access_token", TokenOver),
    (r"no permission to current api", means.denied),
    (r"timestamp", lambda told: GatewayUnavailable(f"our clock is off, says Shopee: {told}")),
    (r"partner_id", KeyRefused),
    (r"^\w*(too_many|rate_limit|frequency)", GatewayThrottled),
    (r"^\w+: image not exist", PictureGone),
    (r"different stock structure|lack of location_id|input location id", _place_wanted),
    (r"stock location id|normal stock must be", None),
    (r"^download_later|being allocated", StillPrinting),
    (r"(try|try again) later|please wait until|^\w*error_server:", GatewayUnavailable),
)
"""The worker's next move by the words of `code: message`, whatever the code is used for else; None: a refusal."""
_MOVES: dict[str, Move] = {
    **dict.fromkeys(
        (
            "error_shop_refresh_token", "refresh_token_expired", "shop_access_expired", "shop_no_linked", "shop_banned",
            "invalid_code", "invalid_shop_id",
        ),
        LeaveRevoked,
    ),
    **dict.fromkeys(
        (
            "error_sign", "error_shop", "invalid_shop", "shopid_invalid", "error_auth_shop_not_found",
            "error_param_shop_id_not_found",
        ),
        KeyRefused,
    ),
    **dict.fromkeys(("error_item_not_found", "error_item_not_belong_shop", "error_item_or_variation_not_found"), _gone),
    **dict.fromkeys(
        (
            "error_server", "error_inner", "error_network", "error_data", "error_system_busy", "error_get_shop_fail",
            "error_busi_add_item_failed", "error_busi_update_item_failed", "error_update_price_fail",
            "error_unlist_item_failed", "decoded_failed_error", "error_slash_price_load", "error_connection",
            "error_core_server", "error_third_party_server", "error_timeout", "logistic_order_is_locked_on_creating",
            "business_process_error", "error_consignment",
        ),
        GatewayUnavailable,
    ),
    **dict.fromkeys(("error_permission", "error_perm_non_admin"), means.denied),
    "package_already_shipped": AlreadyDone,
}  # fmt: skip
"""The same by the code, without the module before its point."""
_FIELDS = (
    (r"image", "pictures"),
    (r"attribute|brand", "attributes"),
    (r"category", "category"),
    (r"stock", "stock"),
    (r"price", "price"),
    (r"weight", "weight"),
    (r"dimension|package", "package"),
    (r"desc", "description"),
    (r"item_name|title|name_(length|is)", "title"),
)
MEANINGS: dict[str, Meaning] = {
    **dict.fromkeys(("error_item_name_empty", "error_nil_name_new_item"), means.TITLE_MISSING),
    "error_item_name_is_too_short": means.TITLE_TOO_SHORT,
    "error_title_exceeds_max_length": means.TITLE_TOO_LONG,
    "error_name_length_limit": means.TITLE_LENGTH,
    "error_title_character_forbidden": means.TITLE_WORDS,
    "error_desc_length_min_limit": means.DESCRIPTION_TOO_SHORT,
    "error_desc_length_max_limit": means.DESCRIPTION_TOO_LONG,
    "error_desc_hash_tag_over_limit": means.DESCRIPTION_WORDS,
    **dict.fromkeys(
        (
            "error_invalid_price", "error_price_out_of_range", "error_busi_price_lower_then_wholesale_price",
            "error_wholesale_price_less_than_ratio_limit", "error_whole_sale_price_setting_incorrect",
        ),
        means.PRICE_WRONG,
    ),
    "error_price_exceed_min_limitt": means.PRICE_TOO_LOW,
    **dict.fromkeys(("error_price_exceed_max_limitt", "error_invalid_price_for_logistic"), means.PRICE_TOO_HIGH),
    **dict.fromkeys(
        (
            "error_invalid_category", "error_incalid_category", "error_category_level",
            "error_category_path_count_limit",
        ),
        means.CATEGORY_UNKNOWN,
    ),
    **dict.fromkeys(("error_category_is_block", "error_forbidden_category", "error category"), means.CATEGORY_CLOSED),
    **dict.fromkeys(("error_invalid_attribute", "error_less_required_attribute"), means.ATTRIBUTE_MISSING),
    **dict.fromkeys(
        (
            "error_invalid_attribute_value", "error_invalid_category_attribute", "error_wrong_attrsnapshot",
            "error_value_name_required", "error_value_id_must_equal_zero", "error_busi_attribute_error",
            "error_attribute_fda_error", "error attribute",
        ),
        means.ATTRIBUTE_WRONG,
    ),
    **dict.fromkeys(
        (
            "error_invalid_brand", "error_incalid_brand", "error_less_required_brand", "error_brand_forbidden",
            "error_duplicated_brand", "error brand",
        ),
        means.BRAND_WANTED,
    ),
    "error_invalid_logistic_info": means.NO_CARRIER,
    "error_image_num_min": means.PICTURE_COUNT,
    **dict.fromkeys(("error_param_image", "error_image_unavailable"), means.PICTURE_UNREADABLE),
    "error_item_not_found": means.GONE,
    "error_repeated_mtsku": means.SIMILAR,
    **dict.fromkeys(
        (
            "error_item_uneditable", "error_busi_item_status_invalid", "error_busi_cannot_update_field",
            "error_busi_cannot_delist_reviewing_or_banned_item", "error_set_normal_unlisted_item",
        ),
        means.NOT_NOW,
    ),
    **dict.fromkeys(
        ("error_edit_item_price_for_item_has_model", "error_edit_item_stock_for_item_has_model"), means.HAS_KINDS
    ),
    **dict.fromkeys(
        ("error_busi_invalid_shop_status", "error_busi_invalid_account_status", "error_seller_under_penalty"),
        means.SHOP_CLOSED,
    ),
    **dict.fromkeys(("error_holiday_on_add_item", "error_holiday_mode_change_stock"), means.SHOP_RESTING),
    "error_reach_shop_item_limit": means.SHOP_FULL,
    "error_wms_shop_block_upate_stock": means.WAREHOUSE_WRONG,
    **dict.fromkeys(("error_order_not_found", "order_not_found", "order not found"), means.ORDER_UNKNOWN),
    **dict.fromkeys(
        ("cancel_order_invalid_status", "order_status_invalid", "order_finalized"), means.ORDER_ANSWERED
    ),
    **dict.fromkeys(("cancel_not_allowed", "error_cannot_cancel_logistic_txn"), means.ORDER_STAYS),
    **dict.fromkeys(("ship_order_not_ready_to_ship", "error_order_state", "error_state"), means.ORDER_NOT_READY),
    **dict.fromkeys(
        (
            "ship_order_need_tracking_number", "ship_order_long_tracking_number", "error_traceno_required",
            "error_duplicate_consignment", "error_duplicated_consignment",
        ),
        means.TRACKING_WRONG,
    ),
    **dict.fromkeys(
        (
            "error_sender_address", "error_no_pickup_address", "error_logistics_shop_require_pickup_address",
            "order_has_no_seller_address", "default_warehouse_not_set",
        ),
        means.NO_WAREHOUSE,
    ),
    **dict.fromkeys(("error_buyer_addressid", "buyer_address_not_found"), means.ADDRESS_WRONG),
    "max dimension is limited": means.PARCEL_TOO_BIG,
    **dict.fromkeys(
        (
            "error_invalid_language", "error_invalid_days_to_ship", "error_param_dts_exceeds_max_limit",
            "error_category_dts", "error_estimated_days_limit", "error_nil_item_in_req", "error_marshal",
            "error_not_found", "error_nil_shopid_or_itemid", "exceed_max_limit", "order_list_invalid_time",
            "time_invalid", "time_period_too_large",
        ),
        means.OUR_FAULT,
    ),
}  # fmt: skip
"""By the code, without the module before its point."""
_BY_WORD: tuple[tuple[str, Meaning], ...] = (
    (
        r"location[ _]id|right to use seller location|multi warehouse|normal stock must be",
        means.WAREHOUSE_WRONG,
    ),
    (r"has models", means.HAS_KINDS),
    (r"reserved? stock|stock.*(promotion|lock)", means.STOCK_LOCKED),
    (r"price.*promotion|slash[ _](price|sale)", means.PRICE_LOCKED),
    (r"promotion|flash[ _]sale", means.IN_PROMOTION),
    (r"item is banned", means.LOCKED),
    (r"(holiday|vocation) mode", means.SHOP_RESTING),
    (r"phone number of your shop", means.SHOP_CLOSED),
    (r"invalid category", means.CATEGORY_UNKNOWN),
    (r"invalid logistic info", means.NO_CARRIER),
    (r"invalid weight", means.WEIGHT_WRONG),
    (r"description is too long", means.DESCRIPTION_TOO_LONG),
    (r"stock is out of range", means.STOCK_OUTSIDE),
    (r"image is required", means.PICTURE_UNREADABLE),
    (r"order has been cancelled", means.ORDER_ANSWERED),
    (r"can ?not cancel|not allowed to cancel", means.ORDER_STAYS),
    (r"order status is not ready", means.ORDER_NOT_READY),
    (r"tracking number", means.TRACKING_WRONG),
    (r"exceeds weight limit", means.PARCEL_TOO_BIG),
    (r"buyer'?s? (delivery )?address|delivery address", means.ADDRESS_WRONG),
    (r"(seller|sender|pickup) address", means.NO_WAREHOUSE),
    (
        r"price and stock have own calls|wrong parameters, detail|inter?nal error, please contact",
        means.OUR_FAULT,
    ),
)
"""What codes are about that are used for much, and failures that have none."""


def refusal(code: str, message: str) -> GatewayError:
    """The worker's next move after an `error`, whose module may stand before a point."""
    name, said = code.rpartition(".")[2].strip(), message.strip()[:300]
    told = f"{name}: {said}"
    by_words = (move for words, move in _WORDS if re.search(words, told, re.IGNORECASE))
    move = next(by_words, _MOVES.get(name))
    return move(told) if move else refused(name, said)


def refusal_of(answer: Mapping[str, Any]) -> GatewayError:
    """Of an answer with an `error`: of a batch, why single ones were not carried out; where each of them has a code of
    its own, the first counts."""
    for failed in _batch(answer, "result_list"):
        if code := failed.get("fail_error"):
            return refusal(str(code), str(failed.get("fail_message", "")))
    reasons = [str(one.get("failed_reason")) for one in _batch(answer, "failure_list")]
    return refusal(str(answer["error"]), "; ".join([str(answer.get("message", "")), *reasons]))


def _batch(answer: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    response = answer.get("response")
    return (response.get(name) if isinstance(response, Mapping) else None) or ()


def refused(name: str, said: str, field: str | None = None) -> GatewayRejected:
    """For good; of `field`, where the call says which."""
    field = field or field_in(f"{name} {said}", _FIELDS)
    by_word = (meaning for words, meaning in _BY_WORD if re.search(words, f"{name} {said}", re.IGNORECASE))
    meaning = MEANINGS.get(name) or means.lacking(field, said) or next(by_word, None)
    return means.refused(FLOOR, name, said, meaning, field=meaning.field if meaning else field)
