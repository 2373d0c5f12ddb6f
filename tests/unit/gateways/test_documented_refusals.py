"""The codes that Shopee's, Lazada's and TikTok Shop's documents list: what a worker does next, and what a person is
told. The words beside a code are cut short, but where they decide."""

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateways.errors import AlreadyDone, GatewayError, GatewayRejected, GatewayThrottled, GatewayUnavailable
from gateways.labels import StillPrinting
from gateways.marketplaces import meanings as means
from gateways.marketplaces.lazada import refusals as lazada
from gateways.marketplaces.meanings import Meaning
from gateways.marketplaces.ours import Gone
from gateways.marketplaces.pictures import PictureGone
from gateways.marketplaces.sessions import KeyRefused, LeaveRevoked, TokenOver
from gateways.marketplaces.shopee import refusals as shopee
from gateways.marketplaces.tiktok import refusals as tiktok
from services.floor_accounts import CODES_OF_ACCOUNT


def of_lazada(code: str, message: str = "", why: str = "") -> GatewayError:
    detail = [{"field": "sku", "message": why}] if why else []
    return lazada.refusal({"code": code, "message": message, "type": "ISP", "detail": detail})


MOVES: Sequence[tuple[GatewayError, type[GatewayError]]] = (
    (shopee.refusal("error_auth", "Invalid access_token."), TokenOver),
    (shopee.refusal("invalid_acceess_token", "Invalid access_token, please have a check."), TokenOver),
    (shopee.refusal("refresh_token_expired", "Your refresh_token expired."), LeaveRevoked),
    (shopee.refusal("common.invalid_shop", "Shop id is invalid. Please check your shop."), KeyRefused),
    (shopee.refusal("error_auth_shop_not_found", "Shop is not found."), KeyRefused),
    (shopee.refusal("error_item_not_belong_shop", "Item not belong to shop."), Gone),
    (shopee.refusal("error_inner", "System error, please try again later"), GatewayUnavailable),
    (
        shopee.refusal("error_auth", "Please wait for the holiday mode set. Please try later."),
        GatewayUnavailable,
    ),
    (shopee.refusal("error_unlist_item_failed", "Unlist item failed. plaese try later."), GatewayUnavailable),
    (shopee.refusal("income_error_server", "Get escrow income failed."), GatewayUnavailable),
    (
        shopee.refusal("logistics.error_param", "The order is being allocated, please wait until"),
        StillPrinting,
    ),
    (
        shopee.refusal("logistics.package_already_shipped", "This package has already been arranged"),
        AlreadyDone,
    ),
    (of_lazada("IllegalRefreshToken", "The specified refresh token is invalid or expired"), LeaveRevoked),
    (of_lazada("AUTH_TYPE_UNSUPPORTED", "no need to refresh"), LeaveRevoked),
    (of_lazada("4154", "Slow down a bit! Too many opertions at once"), GatewayThrottled),
    (of_lazada("4147", "Concurrent product edit is not allowed"), GatewayUnavailable),
    (of_lazada("513"), GatewayUnavailable),
    (of_lazada("4105", "SellerSku repeat"), lazada.SkuTaken),
    (of_lazada("500", "E500", "4126"), lazada.SkuTaken),
    (of_lazada("4135", "IC service error", "THD_IC_ERR_F_IC_INFRA_PRODUCT_036"), lazada.SkuTaken),
    (of_lazada("4138", "The image exists in the outer link"), PictureGone),
    (of_lazada("207", "E207"), Gone),
    (of_lazada("E0002", "Product not exists"), Gone),
    (of_lazada("EDIT_ITEM_NOT_BELONG_SELLER"), Gone),
    (of_lazada("E0004", "Product Status not online"), AlreadyDone),
    (of_lazada("E0006", "Unexpected internal error"), GatewayUnavailable),
    (tiktok.refusal(12019150, "The product ID does not exist."), Gone),
    (tiktok.refusal(12052048, "You cannot edit the specified product(s)"), Gone),
    (tiktok.refusal(12052722, "The image URI does not exist in TikTok Shop."), PictureGone),
    (tiktok.refusal(12052881, "identity internal error"), GatewayUnavailable),
    (tiktok.refusal(25001028, "reverse lock failed"), GatewayUnavailable),
    (tiktok.refusal(25020009, "reverse already cancelled"), GatewayUnavailable),
    (tiktok.refusal(21011040, "Package has already been shipped."), AlreadyDone),
    (tiktok.refusal(36009004, "Invalid identifier. The `shop_id` query parameter is invalid."), KeyRefused),
)


@pytest.mark.parametrize(("error", "move"), MOVES, ids=[str(error)[:40] for error, _ in MOVES])
def test_the_next_move_is_that_of_the_documents(error: GatewayError, move: type[GatewayError]) -> None:
    assert type(error) is move


TOLD: Sequence[tuple[GatewayError, Meaning]] = (
    (shopee.refusal("error_auth", "No permission to current api."), means.DENIED),
    (shopee.refusal("error_auth", "Total stock must be more than reserved stock."), means.STOCK_LOCKED),
    (shopee.refusal("error_auth", "You do not have right to use seller location_id"), means.WAREHOUSE_WRONG),
    (shopee.refusal("error_busi", "The merchant/shop has multi warehouse, please input location id"),
     means.WAREHOUSE_WRONG),
    (shopee.refusal("error_inner", "Invalid stock location ID"), means.WAREHOUSE_WRONG),
    (shopee.refusal("error_server", "The current item belong to the full FBS shop, so normal stock must be equal to 0"),
     means.WAREHOUSE_WRONG),
    (shopee.refusal("error_cannt_edit_stock_in_promotion", "Normal_stock: item is under promotion"),
     means.STOCK_LOCKED),
    (shopee.refusal("error_in_item_promotion_item_price_lock", "Can't update price when item is under promotion."),
     means.PRICE_LOCKED),
    (shopee.refusal("error_in_item_promotion_name_item_lock", "Can't update item_name when item is under promotion."),
     means.IN_PROMOTION),
    (shopee.refused("not_carried_out", "Can't unlist item when item is under promotion"), means.IN_PROMOTION),
    (shopee.refusal("error_item_uneditable", "Can't edit this item."), means.NOT_NOW),
    (shopee.refusal("error_seller_under_penalty", "The shop is under penalty."), means.SHOP_CLOSED),
    (shopee.refusal("error_holiday_on_add_item", "Shop is under vocation mode."), means.SHOP_RESTING),
    (shopee.refusal("error_reach_shop_item_limit", "Item published item count reaches limit."), means.SHOP_FULL),
    (shopee.refusal("error_repeated_mtsku", "A similar product has already been uploaded"), means.SIMILAR),
    (shopee.refusal("error_title_character_forbidden", "Item_name contains forbidden characters."), means.TITLE_WORDS),
    (shopee.refusal("error_less_required_brand", "Brand information required"), means.BRAND_WANTED),
    (shopee.refusal("order.error_limit", "Can not cancel this order."), means.ORDER_STAYS),
    (shopee.refusal("order.cancel_order_invalid_status", "Invalid order_status."), means.ORDER_ANSWERED),
    (shopee.refusal("logistics.ship_order_need_tracking_number", "can not be null."), means.TRACKING_WRONG),
    (of_lazada("SellerNotActive"), means.SHOP_CLOSED),
    (of_lazada("4148", "Seller's online product count has reach limit"), means.SHOP_FULL),
    (of_lazada("500", "E500", "4142"), means.BRAND_WANTED),
    (of_lazada("4156", "Can't set Brand name as No brand"), means.BRAND_WANTED),
    (of_lazada("4149", "Package attribute value is not valid"), means.GENERAL["package"]),
    (of_lazada("4164", "The package weight exceeds 40kg"), means.WEIGHT_TOO_HEAVY),
    (of_lazada("4170", "This SKU is participating in a special Campaign"), means.STOCK_LOCKED),
    (of_lazada("501", "E501", "negative sellable on channel inventory"), means.STOCK_LOCKED),
    (of_lazada("501", "E501", "THD_IC_ERR_F_IC_ABILITY_PG_004:THD_IC_ERR_F_IC_ABILITY_PG_004"), means.IN_PROMOTION),
    (of_lazada("4155", "This product is currently locked"), means.LOCKED),
    (of_lazada("4151", "Quality Check, Failed by Lazada Policy"), means.IN_REVIEW_REFUSED),
    (of_lazada("MissingParameter", "The input parameter sign is missing"), means.OUR_FAULT),
    (tiktok.refusal(105005, "Access denied."), means.DENIED),
    (tiktok.refusal(12052093, "Exceeded the product listing limit for the seller."), means.SHOP_FULL),
    (tiktok.refusal(12052700, "The seller is inactive."), means.SHOP_CLOSED),
    (tiktok.refusal(12052038, "Product price locked due to ongoing promotion."), means.PRICE_LOCKED),
    (tiktok.refusal(12052393, "Product locked for Promotion"), means.STOCK_LOCKED),
    (tiktok.refusal(12019028, "Multiple warehouses detected."), means.WAREHOUSE_WRONG),
    (tiktok.refusal(12052105, "required qualification miss"), means.PAPER_WANTED),
    (tiktok.refusal(12052931, "The title must follow these formatting rules"), means.TITLE_WORDS),
    (tiktok.refusal(12052201, "You are not authorized to sell this brand"), means.BRAND_WANTED),
    (tiktok.refusal(12019113, "product status is invalid"), means.NOT_NOW),
    (tiktok.refusal(36009009, "Invalid path."), means.OUR_FAULT),
    (tiktok.refusal(25001045, "The order has already been shipped"), means.ORDER_STAYS),
    (tiktok.refusal(21008044, "Package item has after-sale request"), means.BUYER_ASKS),
    (tiktok.refusal(21011025, "Duplicate tracking number."), means.TRACKING_WRONG),
)  # fmt: skip


@pytest.mark.parametrize(("error", "meaning"), TOLD, ids=[str(error)[:40] for error, _ in TOLD])
def test_a_documented_refusal_says_what_to_do(error: GatewayError, meaning: Meaning) -> None:
    assert isinstance(error, GatewayRejected)
    (problem,) = error.problems
    assert problem.text == meaning.text


@pytest.mark.parametrize(
    "error",
    [shopee.refusal("error_auth", "No permission to current api."), tiktok.refusal(105005, "Access denied.")],
    ids=["shopee", "tiktok"],
)
def test_what_our_app_may_not_do_is_no_fault_of_the_listing(error: GatewayError) -> None:
    (problem,) = refused(error)
    assert problem.code == "denied"
    assert problem.code in CODES_OF_ACCOUNT


def test_no_code_of_the_tables_is_quoted_as_unknown() -> None:
    """Each stands in one table of its floor, too: two would contradict each other."""
    refuse: dict[Any, Any] = {shopee: shopee.refusal, lazada: of_lazada, tiktok: tiktok.refusal}
    with capture_logs() as logs:
        for floor, refusal in refuse.items():
            for code in (*floor._MOVES, *floor.MEANINGS):
                refusal(code, "")
            assert set(floor._MOVES) & set(floor.MEANINGS) <= {"error_item_not_found"}
    assert [line["code"] for line in logs if line["event"] == "refusal_unknown"] == []


def test_what_shopee_did_not_do_of_a_batch_is_told_with_its_reason() -> None:
    failures = [{"model_id": 0, "failed_reason": "Stock should be larger than reserved stock."}]
    answer = {
        "error": "error_busi_update_stock_failed",
        "message": "Update stock failed",
        "response": {"failure_list": failures},
    }
    (problem,) = refused(shopee.refusal_of(answer))
    assert problem.text == means.STOCK_LOCKED.text


def refused(error: GatewayError) -> Sequence[Any]:
    assert isinstance(error, GatewayRejected)
    return error.problems
