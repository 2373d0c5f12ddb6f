"""Products, their prices and stock, their pictures, and the warehouse."""

import json
import re
from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import pictures, trees
from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.tiktok.door import DOOR, answer

WAREHOUSE = "7000000000000000001"
PRICE, STOCK, TITLE = (1, 180_000_000), (1, 99_999), (25, 255)
LONGEST_DESCRIPTION, LONGEST_SKU, MOST_PICTURES = 10_000, 50, 9
SIDES = (300, 4_000)
LARGEST_PICTURE = 10_000_000
LARGEST_PAGE, LARGEST_LIST, LARGEST_FILTER = 100, 20, 10
SHOWN, OFF, WAITING, FAILED = "ACTIVATE", "SELLER_DEACTIVATED", "PENDING", "FAILED"
UNTOLD = ("FREEZE", "DELETED")
"""A search names these, and nothing else speaks of them."""
NOT_NOW = Refusal("12052901", "The product in its current status is not available for this operation.")
REQUIRED = {
    "title": ("12052052", "The product name is required"),
    "description": ("12052015", "The product description is required"),
    "category_id": ("12052023", "Category does not exist"),
    "main_images": ("12052028", "Main product image is required"),
    "package_weight": ("12052181", "The package weight of the product can not be zero."),
    "skus": ("12052902", "The SKU list is empty."),
}


@DOOR.call("GET", "/logistics/202309/warehouses", "warehouses")
def warehouses(visit: Visit) -> Response:
    one = {
        "id": WAREHOUSE,
        "name": "Kho",
        "effect_status": "ENABLED",
        "type": "SALES_WAREHOUSE",
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": True,
    }
    return answer({"warehouses": [one, {**one, "id": "2", "type": "RETURN_WAREHOUSE", "is_default": False}]})


@DOOR.call("POST", "/product/202309/images/upload", "upload_image")
def upload_image(visit: Visit) -> Response:
    file = visit.request.files.get("data")
    content = file.read() if file else b""
    if len(content) > LARGEST_PICTURE:
        raise Refusal("12038005", "The file size exceeds the maximum allowed size.")
    size = pictures.size(content)
    if size is None or visit.happens("refuse_pictures"):
        raise Refusal("12038004", "Failed to process the image. The format or content is not supported.")
    if not all(SIDES[0] <= side <= SIDES[1] for side in size):
        raise Refusal("12038014", "The image dimensions exceed the allowed limits.")
    uri = f"tos-{pictures.keep(visit, content)['id']}"
    width, height = size
    return answer({"uri": uri, "url": "", "width": width, "height": height, "use_case": "MAIN_IMAGE"})


@DOOR.call("POST", "/product/202502/products/search", "search_products")
def search_products(visit: Visit) -> Response:
    size = visit.request.args.get("page_size", 0, int)
    wanted = visit.body().get("seller_skus") or []
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("12019109", "page size is invalid")
    if len(wanted) > LARGEST_FILTER:
        raise Refusal("12019027", "The maximum count of seller_skus in the search filter is 10.")
    rows = [row for sku in wanted for row in visit.books.products("tiktok", visit.account, sku)]
    listed = [
        {
            "id": str(row["id"]),
            "title": row["title"],
            "status": row["state"],
            "skus": skus(row),
            "create_time": row["created_at"],
        }
        for row in sorted(rows, key=lambda row: -row["id"])
    ]
    return answer({"total_count": len(rows), "products": listed[:size], "next_page_token": ""})


@DOOR.call("POST", "/product/202309/products", "create_product")
def create_product(visit: Visit) -> Response:
    """The same `idempotency_key` makes one product."""
    wish = visit.body()
    key = wish.pop("idempotency_key", None)
    sql = "SELECT answer FROM keys WHERE floor = 'tiktok' AND account = ? AND key = ?"
    if key and (known := visit.books.row(sql, visit.account, key)):
        return answer(json.loads(known["answer"]))
    for name, refusal in REQUIRED.items():
        if not wish.get(name):
            raise Refusal(*refusal)
    check(visit, wish)
    state = reviewed(visit)
    row = visit.books.add_product("tiktok", visit.account, state=state, **columns(wish))
    told = {
        "product_id": str(row["id"]),
        "skus": [{"id": sku_id(row), "seller_sku": row["sku"]}],
        "warnings": [],
    }
    if key:
        entry = {"floor": "tiktok", "account": visit.account, "key": key, "answer": json.dumps(told)}
        visit.books.insert("keys", entry)
    return answer(told)


@DOOR.call("GET", "/product/202309/products/<number>", "get_product")
def get_product(visit: Visit) -> Response:
    row = product(visit, visit.named["number"])
    if row["state"] in UNTOLD:
        raise NOT_NOW
    body = row["body"]
    return answer(
        {
            "id": str(row["id"]),
            "status": row["state"],
            "title": row["title"],
            "description": body["description"],
            "category_chains": [
                {"id": "600000", "is_leaf": False},
                {"id": body["category_id"], "parent_id": "600000", "is_leaf": True},
            ],
            "main_images": body["main_images"],
            "package_weight": body["package_weight"],
            "package_dimensions": body.get("package_dimensions"),
            "product_attributes": [attribute_view(one) for one in body.get("product_attributes", [])],
            "skus": skus(row),
            "create_time": row["created_at"],
            "update_time": row["updated_at"],
            "audit_failed_reasons": body.get("audit_failed_reasons", []),
        }
    )


def attribute_view(given: dict[str, Any]) -> dict[str, Any]:
    """Each value with a number and a name, whichever of the two was given."""
    values = [
        {"id": one.get("id", "7"), "name": one.get("name", f"Giá trị {one.get('id')}")}
        for one in given.get("values", [])
    ]
    return {**given, "name": "", "values": values}


@DOOR.call("PUT", "/product/202509/products/<number>", "edit_product")
def edit_product(visit: Visit) -> Response:
    """A price and a stock that are left out stay as they are."""
    row, wish = product(visit, visit.named["number"]), visit.body()
    for name, refusal in REQUIRED.items():
        if not wish.get(name):
            raise Refusal(*refusal)
    wish["skus"] = [edited_sku(row, wish)]
    check(visit, wish)
    visit.books.change("products", row["id"], state=state_after(visit, row), **columns(wish))
    return answer({"product_id": str(row["id"]), "skus": skus(row)})


@DOOR.call("POST", "/product/202509/products/<number>/partial_edit", "partial_edit")
def partial_edit(visit: Visit) -> Response:
    """A price and a stock are taken without a review."""
    row, wish = product(visit, visit.named["number"]), visit.body()
    if "category_id" in wish:
        raise Refusal("12052910", "Invalid input parameters. Refer to the API documentation for details.")
    if wish.get("skus"):
        wish["skus"] = [edited_sku(row, wish)]
    check(visit, wish)
    body = {**row["body"], **wish}
    if wish.keys() == {"skus"}:
        visit.books.change("products", row["id"], **columns(body))
    else:
        body["audit_failed_reasons"] = []
        visit.books.change("products", row["id"], state=state_after(visit, row), **columns(body))
    return answer({"product_id": str(row["id"]), "skus": skus(row)})


def edited_sku(row: Row, wish: dict[str, Any]) -> dict[str, Any]:
    given = wish["skus"][0]
    if given.get("id") != sku_id(row):
        raise Refusal("12052557", "The SKU ID does not belong to the product.")
    return {**row["body"]["skus"][0], **given}


def reviewed(visit: Visit) -> str:
    return WAITING if visit.happens("hold_for_review") else SHOWN


def state_after(visit: Visit, row: Row) -> str:
    """Of an edit: what failed its review is looked at again."""
    return reviewed(visit) if row["state"] == FAILED else str(row["state"])


@DOOR.call("POST", "/product/202309/products/<number>/prices/update", "update_price")
def update_price(visit: Visit) -> Response:
    return change_sku(visit, "price")


@DOOR.call("POST", "/product/202309/products/<number>/inventory/update", "update_inventory")
def update_inventory(visit: Visit) -> Response:
    return change_sku(visit, "inventory")


def change_sku(visit: Visit, name: str) -> Response:
    """Of what is live only."""
    row = product(visit, visit.named["number"])
    if row["state"] != SHOWN:
        raise NOT_NOW
    sku = edited_sku(row, {"skus": visit.body().get("skus") or [{}]})
    CHECKS[name](sku)
    visit.books.change("products", row["id"], **columns(row["body"] | {"skus": [sku]}))
    return answer({})


@DOOR.call("POST", "/product/202309/products/activate", "activate")
def activate(visit: Visit) -> Response:
    return switch(visit, SHOWN)


@DOOR.call("POST", "/product/202309/products/deactivate", "deactivate")
def deactivate(visit: Visit) -> Response:
    return switch(visit, OFF)


def switch(visit: Visit, state: str) -> Response:
    numbers = visit.body().get("product_ids") or []
    if not 1 <= len(numbers) <= LARGEST_LIST:
        raise Refusal("12019120", "The number of provided product IDs exceeds the limit.")
    for number in numbers:
        row = product(visit, number)
        if row["state"] not in (SHOWN, OFF):
            raise NOT_NOW
        visit.books.change("products", row["id"], state=state)
    return answer({"errors": []})


def product(visit: Visit, number: str) -> Row:
    try:
        return visit.books.product("tiktok", visit.account, number)
    except LookupError:
        raise Refusal("12052032", "The product does not exist") from None


def check(visit: Visit, wish: dict[str, Any]) -> None:
    """Raises Refusal for the first field of `wish` that TikTok Shop would not take."""
    title = wish.get("title")
    if title is not None and not TITLE[0] <= len(title) <= TITLE[1]:
        raise Refusal("12052051", "The product name exceed max limit characters")
    if len(wish.get("description", "")) > LONGEST_DESCRIPTION:
        raise Refusal("12052013", "The product description cannot exceed maximum characters")
    if "category_id" in wish:
        check_category(visit, wish)
    images = [image.get("uri", "") for image in wish.get("main_images") or []]
    if len(images) > MOST_PICTURES:
        raise Refusal("12052029", "The number of main images exceeds the limit")
    if not all(visit.books.picture("tiktok", visit.account, uri.removeprefix("tos-")) for uri in images):
        raise Refusal("12052327", "The image uri is invalid or does not exist")
    weight = wish.get("package_weight")
    if weight is not None and not re.fullmatch(r"\d+(\.\d{1,3})?", str(weight.get("value"))):
        raise Refusal("12052006", "Incorrect parcel weight format")
    for sku in wish.get("skus") or []:
        check_sku(sku)


def check_category(visit: Visit, wish: dict[str, Any]) -> None:
    if visit.happens("close_category") or trees.is_closed(visit, wish["category_id"]):
        raise Refusal("12052220", "This category is prohibited or unsupported on TikTok Shop.")
    category = trees.leaf(visit, wish["category_id"])
    if category is None:
        raise Refusal("12052023", "Category does not exist")
    given = {str(attribute.get("id")) for attribute in wish.get("product_attributes") or []}
    if trees.lacking(visit, category, given):
        raise Refusal("12052104", "property is required")


def check_sku(sku: dict[str, Any]) -> None:
    seller_sku = sku.get("seller_sku", "")
    if not 1 <= len(seller_sku) <= LONGEST_SKU or " " in seller_sku:
        raise Refusal("12052054", "The seller SKU text length cannot exceed max limit characters")
    for check_part in CHECKS.values():
        check_part(sku)


def check_price(sku: dict[str, Any]) -> None:
    price = sku.get("price") or {}
    if price.get("currency") != "VND":
        raise Refusal("12052084", "The provided currency is not available for this shop/region.")
    if not str(price.get("amount")).isdecimal() or not PRICE[0] <= int(price["amount"]) <= PRICE[1]:
        raise Refusal("12052073", "The product price is invalid")


def check_inventory(sku: dict[str, Any]) -> None:
    stock = (sku.get("inventory") or [{}])[0]
    if stock.get("warehouse_id", WAREHOUSE) != WAREHOUSE:
        raise Refusal("12052097", "The warehouse does not exist")
    if type(stock.get("quantity")) is not int or not STOCK[0] <= stock["quantity"] <= STOCK[1]:
        raise Refusal(
            "12052055", "The SKU inventory quantity for the warehouse must be within allowed limits."
        )


CHECKS = {"price": check_price, "inventory": check_inventory}


def columns(body: dict[str, Any]) -> dict[str, Any]:
    sku = body["skus"][0]
    return {
        "sku": sku["seller_sku"],
        "title": body["title"],
        "price": int(sku["price"]["amount"]),
        "stock": sku["inventory"][0]["quantity"],
        "body": body,
    }


def skus(row: Row) -> list[dict[str, Any]]:
    """Local sellers read their own price back as `sale_price`."""
    price = {"currency": "VND", "sale_price": str(row["price"]), "tax_exclusive_price": str(row["price"])}
    inventory = [{"warehouse_id": WAREHOUSE, "quantity": row["stock"]}]
    return [{"id": sku_id(row), "seller_sku": row["sku"], "price": price, "inventory": inventory}]


def sku_id(row: Row) -> str:
    return f"9{row['id']}"


def described(row: Row) -> str:
    return str(row["body"]["description"])


def shown_pictures(row: Row) -> list[str]:
    return [image["uri"].removeprefix("tos-") for image in row["body"]["main_images"]]


def with_stock(body: Row, left: int) -> Row:
    (sku,) = body["skus"]
    return {**body, "skus": [{**sku, "inventory": [{"warehouse_id": WAREHOUSE, "quantity": left}]}]}
