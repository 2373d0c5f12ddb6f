"""Products and their pictures."""

import json
import re
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import pictures, trees
from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.lazada.door import DOOR, answer, parameters

SHOWN, OFF, WAITING, DELETED = "Active", "InActive", "Pending QC", "Deleted"
FILTERS = ("all", "live", "inactive", "deleted", "pending", "rejected", "sold-out")
LARGEST_PICTURE, SIDES = 1_000_000, (330, 5_000)
MOST_PICTURES, LONGEST_NAME, LONGEST_DESCRIPTION = 8, 255, 25_000
MOST_STOCK = 2**31 - 1
PACKAGE = ("package_height", "package_length", "package_width", "package_weight")
HEAVIEST, LONGEST = 40.0, 300.0
"""Kilograms; centimetres of its three sides together."""
OCCUPIED = ("pending", "packed")
"""What is ordered, and counts to the total stock until it is ready to ship."""
PLACE = "https://vn-live.slatic.net/p/"


@DOOR.call("POST", "/image/upload", "upload_image")
def upload_image(visit: Visit) -> Response:
    file = visit.request.files.get("image")
    content = file.read() if file else b""
    if not content:
        raise Refusal("30", "E030: Empty Request")
    if len(content) > LARGEST_PICTURE:
        raise Refusal("303", "E303: The image is too large")
    size = pictures.size(content)
    good = size is not None and all(SIDES[0] <= side <= SIDES[1] for side in size)
    if not good or visit.happens("refuse_pictures"):
        raise Refusal("300", "E300: Upload Image Failed")
    kept = pictures.keep(visit, content)
    return answer({"image": {"url": f"{PLACE}{kept['id']}.jpg", "hash_code": kept["sha256"][:32]}})


@DOOR.call("GET", "/products/get", "get_products")
def get_products(visit: Visit) -> Response:
    given = parameters(visit)
    if given.get("filter") not in FILTERS:
        raise Refusal("36", "E036: Invalid status filter")
    if not 1 <= int(given.get("limit", "20")) <= 50:
        raise Refusal("19", 'E019: "%s" Invalid Limit')
    try:
        wanted = json.loads(given.get("sku_seller_list", "[]"))
    except ValueError:
        raise Refusal("70", "E070: You have corrupt data in your sku seller list.") from None
    rows = [row for sku in wanted for row in visit.books.products("lazada", visit.account, sku)]
    rows = [row for row in rows if row["state"] != DELETED]
    return answer({"total_products": len(rows), "products": [view(row) for row in rows]})


@DOOR.call("GET", "/product/item/get", "get_product_item")
def get_product_item(visit: Visit) -> Response:
    return answer(view(product(visit, parameters(visit).get("item_id"))))


@DOOR.call("POST", "/product/create", "create_product")
def create_product(visit: Visit) -> Response:
    """A seller's SKU stands once in his store."""
    wish = payload(visit)
    sku = only_sku(wish)
    for name in ("SellerSku", "price", *PACKAGE):
        if sku.get(name) in (None, ""):
            raise failed("Create product failed", name, "CHK_BASIC_REQUIRED")
    attributes = wish.get("Attributes") or {}
    given = {"brand": attributes.get("brand_id"), **attributes}
    for name in ("name", "brand"):
        if not given.get(name):
            raise failed("Create product failed", name, "CHK_BASIC_REQUIRED")
    if not images_of(wish):
        raise failed("Create product failed", "images", "BIZ_CHECK_MAIN_IMAGE_REQUIRE")
    check(visit, wish, sku)
    others = visit.books.products("lazada", visit.account, sku["SellerSku"])
    if any(row["state"] != DELETED for row in others):
        raise failed("Create product failed", "SellerSku", "BIZ_CHECK_SELLER_SKU_DUPLICATE")
    state = WAITING if visit.happens("hold_for_review") else SHOWN
    row = visit.books.add_product("lazada", visit.account, state=state, **columns(wish, sku))
    numbers = {"shop_sku": f"{row['id']}_VNAMZ", "seller_sku": row["sku"], "sku_id": sku_id(row)}
    return answer({"item_id": row["id"], "sku_list": [numbers], "item_status": state})


@DOOR.call("POST", "/product/update", "update_product")
def update_product(visit: Visit) -> Response:
    """A SKU that says nothing of its status becomes active."""
    wish = payload(visit)
    row, sku = product(visit, wish.get("ItemId")), only_sku(wish)
    if sku and str(sku.get("SkuId")) != str(sku_id(row)):
        raise failed("Update product failed", "SkuId", "SELLER_SKU_NOT_FOUND")
    check(visit, wish, sku)
    body = row["body"]
    merged = {
        "PrimaryCategory": wish.get("PrimaryCategory", body["PrimaryCategory"]),
        "Attributes": body["Attributes"] | (wish.get("Attributes") or {}),
        "Images": wish.get("Images") or body["Images"],
    }
    state = row["state"]
    if sku and state in (SHOWN, OFF):
        state = {"active": SHOWN, "inactive": OFF, "deleted": DELETED}[sku.get("Status", "active")]
    visit.books.change("products", row["id"], state=state, **columns(merged, {**body["sku"], **sku}))
    return answer({"item_status": state})


@DOOR.call("POST", "/product/price_quantity/update", "update_price_quantity")
def update_price_quantity(visit: Visit) -> Response:
    """`Quantity` is the total: what can be bought, and what is ordered."""
    sku = only_sku(payload(visit))
    row = product(visit, sku.get("ItemId"))
    changed = {**row["body"]["sku"]}
    if "Price" in sku:
        changed["price"] = sku["Price"]
    if "Quantity" in sku:
        left = int(sku["Quantity"]) - occupied(visit, row)
        if left < 0:
            raise failed("Update product failed", "quantity", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL")
        changed["quantity"] = str(left)
    return sold_at(visit, row, changed)


@DOOR.call("POST", "/product/stock/sellable/update", "update_sellable")
def update_sellable(visit: Visit) -> Response:
    sku = only_sku(payload(visit))
    row = product(visit, sku.get("ItemId"))
    return sold_at(visit, row, {**row["body"]["sku"], "quantity": sku.get("SellableQuantity", "")})


def sold_at(visit: Visit, row: Row, sku: dict[str, Any]) -> Response:
    check_sku(sku)
    visit.books.change("products", row["id"], **columns(row["body"], sku))
    return answer({})


def occupied(visit: Visit, row: Row) -> int:
    sql = "SELECT * FROM orders WHERE floor = 'lazada' AND account = ? AND status IN (?, ?)"
    lines = [line for one in visit.books.rows(sql, visit.account, *OCCUPIED) for line in one["body"]["lines"]]
    return sum(line["quantity"] for line in lines if str(line["product_id"]) == str(row["id"]))


@DOOR.call("POST", "/product/deactivate", "deactivate")
def deactivate(visit: Visit) -> Response:
    row = product(visit, payload(visit, "apiRequestBody").get("ItemId"))
    if row["state"] != SHOWN:
        raise Refusal("E0004", "Product Status not online")
    visit.books.change("products", row["id"], state=OFF)
    return answer({})


def payload(visit: Visit, name: str = "payload") -> dict[str, Any]:
    try:
        read = json.loads(parameters(visit).get(name, ""))["Request"]["Product"]
    except (ValueError, KeyError, TypeError):
        raise Refusal("5", "E005: Invalid Request Format") from None
    return dict(read)


def only_sku(wish: dict[str, Any]) -> dict[str, Any]:
    listed = (wish.get("Skus") or {}).get("Sku") or {}
    return dict(listed[0] if isinstance(listed, list) else listed)


def product(visit: Visit, number: Any) -> Row:
    try:
        return visit.books.product("lazada", visit.account, number)
    except LookupError:
        raise Refusal("208", "E208: Item not exist") from None


def failed(what: str, field: str, why: str) -> Refusal:
    code = "500" if what.startswith("Create") else "501"
    return Refusal(code, f"E{code}: {what}", detail=[{"field": field, "message": why}])


def check(visit: Visit, wish: dict[str, Any], sku: dict[str, Any]) -> None:
    """Raises Refusal for the first field of `wish` that Lazada would not take."""
    attributes = wish.get("Attributes") or {}
    if "PrimaryCategory" in wish:
        check_category(visit, str(wish["PrimaryCategory"]), attributes)
    if len(attributes.get("name", "")) > LONGEST_NAME:
        raise failed("Create product failed", "name", "CHK_CATPROP_CPV_MAX_LEGNTH")
    if len(attributes.get("description", "")) > LONGEST_DESCRIPTION:
        raise failed("Create product failed", "description", "CHK_CATPROP_CPV_MAX_LEGNTH")
    images = images_of(wish)
    if len(images) > MOST_PICTURES:
        raise failed("Create product failed", "images", "CHK_IMAGE_MAX_ITEMS")
    if not all(visit.books.picture("lazada", visit.account, picture_id(url)) for url in images):
        raise failed("Create product failed", "images", "BIZ_CHECK_EXIST_OUTER_IMAGE")
    if sku:
        check_sku(sku)


def check_category(visit: Visit, category: str, attributes: dict[str, Any]) -> None:
    if visit.happens("close_category") or trees.is_closed(visit, category):
        raise failed("Create product failed", "PrimaryCategory", "BIZ_CHECK_RESTRICTED_CATEGORY")
    found = trees.leaf(visit, category)
    if found is None:
        raise Refusal("201", f"E201: {category} Invalid CategoryId")
    for name in trees.lacking(visit, found, [name for name, value in attributes.items() if value]):
        raise failed("Create product failed", name, "BIZ_CHECK_CAT_PROP_MANDATORY")


def check_sku(sku: dict[str, Any]) -> None:
    price, quantity = str(sku.get("price", "1")), str(sku.get("quantity", "0"))
    if not price.isdecimal():
        raise failed("Create product failed", "price", "BIZ_CHECK_PRICE_PRECISION_INVALID")
    if int(price) == 0:
        raise failed("Create product failed", "price", "BIZ_CHECK_PRICE_IS_ZERO")
    if not quantity.isdecimal() or int(quantity) > MOST_STOCK:
        raise failed("Create product failed", "quantity", "THD_INVENTORY_ERR_INV_PARAM_ILLEGAL")
    for name in PACKAGE:
        if not re.fullmatch(r"\d+(\.\d{1,2})?", str(sku.get(name, 1))):
            raise Refusal("4149", "Package attribute value is not valid")
    *sides, weight = [float(sku.get(name, 1)) for name in PACKAGE]
    if not 0 < weight <= HEAVIEST:
        raise failed("Create product failed", "package_weight", "BIZ_CHECK_MAX_PACKAGE_WEIGHT")
    if not all(sides) or sum(sides) > LONGEST:
        raise failed("Create product failed", "package_length", "BIZ_CHECK_MAX_PACKAGE_DIMENISIONS")


def images_of(wish: dict[str, Any]) -> list[str]:
    return list((wish.get("Images") or {}).get("Image") or [])


def picture_id(url: str) -> str:
    return url.removeprefix(PLACE).removesuffix(".jpg")


def columns(wish: dict[str, Any], sku: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in sku.items() if name not in ("Status", "SkuId")}
    body = {name: wish[name] for name in ("PrimaryCategory", "Attributes", "Images")} | {"sku": kept}
    return {
        "sku": kept["SellerSku"],
        "title": body["Attributes"]["name"],
        "price": int(kept["price"]),
        "stock": int(kept.get("quantity", 0)),
        "body": body,
    }


def view(row: Row) -> dict[str, Any]:
    body = row["body"]
    active = "active" if row["state"] == SHOWN else "inactive"
    package = {name: body["sku"][name] for name in PACKAGE}
    sku = {
        "SellerSku": row["sku"],
        "SkuId": sku_id(row),
        "ShopSku": f"{row['id']}_VNAMZ",
        "Status": active,
        "price": row["price"],
        "quantity": row["stock"],
        "Url": f"https://www.lazada.vn/products/i{row['id']}.html",
        **package,
    }
    return {
        "item_id": row["id"],
        "primary_category": int(body["PrimaryCategory"]),
        "attributes": body["Attributes"],
        "skus": [sku],
        "images": json.dumps(images_of(body)),
        "created_time": str(row["created_at"] * 1000),
        "updated_time": str(row["updated_at"] * 1000),
        "status": row["state"],
        "rejectReason": body.get("rejectReason", []),
    }


def sku_id(row: Row) -> int:
    return int(f"9{row['id']}")


def described(row: Row) -> str:
    return str(row["body"]["Attributes"].get("description", ""))


def shown_pictures(row: Row) -> list[str]:
    return [picture_id(url) for url in images_of(row["body"])]


def with_stock(body: Row, left: int) -> Row:
    return {**body, "sku": {**body["sku"], "quantity": str(left)}}
