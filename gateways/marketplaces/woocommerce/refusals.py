"""What WooCommerce refuses, and what its refusals mean for us."""

from collections.abc import Mapping
from typing import Any

from core.errors import text
from gateways.errors import GatewayError, GatewayRejected, GatewayShut, GatewayUnavailable, Problem
from gateways.marketplaces.advice import advice, refused

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
_BY_CODE = {
    "woocommerce_product_image_upload_error": "pictures",
    "woocommerce_product_invalid_image_id": "pictures",
    "woocommerce_rest_invalid_image": "pictures",
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
        return SkuTaken(f"{code}: {said}", (Problem("sku", code, text("Mã hàng này đã có ở cửa hàng")),))
    if code == "rest_no_route":
        return GatewayUnavailable(f"{code}: {said}")
    if status == 404:
        return UnknownNumber(f"{code}: {said}", (Problem(None, code, advice(None, said)),))
    params = (answer.get("data") or {}).get("params")
    if isinstance(params, dict) and params:
        problems = [
            Problem(_OUR_FIELDS.get(name), code, advice(_OUR_FIELDS.get(name), str(why)))
            for name, why in params.items()
        ]
        return GatewayRejected(f"{code}: {said}", tuple(problems))
    return refused(_BY_CODE.get(code), code, said)
