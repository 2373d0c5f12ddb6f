"""What WooCommerce refuses, and what its refusals mean for us."""

from collections.abc import Mapping
from typing import Any

from core.errors import text
from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces import meanings as means
from gateways.marketplaces.meanings import Meaning

FLOOR = "woocommerce"
DENIED = Problem(
    None, "denied", text("Cửa hàng không nhận khoá kết nối: hãy tạo khoá mới có quyền đọc và ghi")
)
_OUR_FIELDS = {
    "name": "title",
    "description": "description",
    "sku": "sku",
    "regular_price": "price",
    "stock_quantity": "stock",
    "weight": "weight",
    "dimensions": "package",
    "categories": "category",
    "images": "pictures",
    "attributes": "attributes",
}
MEANINGS: dict[str, Meaning] = {
    "woocommerce_product_image_upload_error": means.PICTURE_NOT_FETCHED,
    "woocommerce_product_invalid_image_id": means.PICTURE_UNREADABLE,
    "woocommerce_rest_invalid_image": means.PICTURE_UNREADABLE,
    "woocommerce_rest_product_invalid_id": means.GONE,
}
_TAKEN, _NOT_MADE = "product_invalid_sku", "woocommerce_rest_product_not_created"


class SkuTaken(GatewayRejected):
    """WooCommerce says that the SKU stands there already; it says so for a product that it has just made, too."""


class UnknownNumber(GatewayRejected):
    """The product or order does not exist (any more)."""


def refusal(status: int, answer: Mapping[str, Any]) -> GatewayError:
    """The worker's next move after an error, which has a `code`."""
    code, said = str(answer["code"]), str(answer.get("message"))[:300]
    if status == 401:
        return GatewayShut(f"{code}: {said}", (DENIED,))
    if status == 403:
        return GatewayRejected(f"{code}: {said}", (DENIED,))
    if code == _TAKEN or (code == _NOT_MADE and "SKU" in said):
        return SkuTaken(f"{code}: {said}", (Problem("sku", code, means.SKU_TAKEN.text),))
    if code == "rest_no_route":
        return GatewayUnavailable(f"{code}: {said}")
    if status == 404:
        return UnknownNumber(f"{code}: {said}", (means.problem(FLOOR, code, said, means.GONE),))
    params = (answer.get("data") or {}).get("params")
    if isinstance(params, dict) and params:
        problems = [_of_parameter(code, str(name), str(why)) for name, why in params.items()]
        return GatewayRejected(f"{code}: {said}", tuple(problems))
    return means.refused(FLOOR, code, said, MEANINGS.get(code))


def _of_parameter(code: str, name: str, why: str) -> Problem:
    """`images[0][src]` is a part of `images`."""
    field = _OUR_FIELDS.get(name.partition("[")[0])
    meaning = means.lacking(field, why) or means.GENERAL.get(field)
    return means.problem(FLOOR, code, why, meaning, field=field)
