"""Items: `/api/v2/product/…`, `/api/v2/media_space/…` and the channels that carry them."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import pictures, trees
from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.shopee.door import DOOR, answer

CHANNELS = {50021: ("Nhanh", True, 30.0), 50022: ("Hoả tốc", False, 10.0)}
"""Number: name, whether the shop has it on, kilograms at most."""
LIMITS: dict[str, tuple[int, int]] = {
    "price_limit": (1_000, 120_000_000),
    "stock_limit": (0, 10_000_000),
    "item_name_length_limit": (10, 120),
    "item_image_count_limit": (1, 9),
    "item_description_length_limit": (10, 5_000),
}
LARGEST_PICTURE = 10_000_000
LARGEST_PAGE, LARGEST_LIST = 100, 50
SHOWN = "NORMAL"


@DOOR.call("GET", "/api/v2/product/get_item_limit", "get_item_limit")
def get_item_limit(visit: Visit) -> Response:
    limits = {name: {"min_limit": least, "max_limit": most} for name, (least, most) in LIMITS.items()}
    more = {"weight_limit": {"weight_mandatory": True}, "dimension_limit": {"dimension_mandatory": False}}
    return answer(limits | more)


@DOOR.call("GET", "/api/v2/logistics/get_channel_list", "get_channel_list")
def get_channel_list(visit: Visit) -> Response:
    channels = [
        {
            "logistics_channel_id": number,
            "logistics_channel_name": name,
            "enabled": enabled,
            "fee_type": "SIZE_INPUT",
            "weight_limit": {"item_max_weight": most, "item_min_weight": 0.01},
            "mask_channel_id": 0,
        }
        for number, (name, enabled, most) in CHANNELS.items()
    ]
    return answer({"logistics_channel_list": channels})


@DOOR.call("POST", "/api/v2/media_space/upload_image", "upload_image")
def upload_image(visit: Visit) -> Response:
    file = visit.request.files.get("image")
    content = file.read() if file else b""
    if not content:
        raise Refusal("error_param", "Wrong parameters, detail: image is required.")
    if len(content) > LARGEST_PICTURE or pictures.size(content) is None or visit.happens("refuse_pictures"):
        raise Refusal("error_param_image", "Image format or size is not supported.")
    kept = pictures.keep(visit, content)
    urls = [{"image_url_region": "VN", "image_url": f"{visit.house.address}/sandbox/pictures/{kept['id']}"}]
    return answer({"image_info": {"image_id": kept["id"], "image_url_list": urls}})


@DOOR.call("GET", "/api/v2/product/search_item", "search_item")
def search_item(visit: Visit) -> Response:
    given = visit.request.args
    size, offset = given.get("page_size", 0, int), given.get("offset", 0, int) or 0
    if not 1 <= size <= LARGEST_PAGE:
        raise Refusal("error_param", "Wrong parameters, detail: page_size.")
    wanted = given.getlist("item_status") or ["NORMAL", "BANNED", "UNLIST"]
    rows = visit.books.products("shopee", visit.account, given.get("item_sku", ""))
    ids = [row["id"] for row in rows if row["state"] in wanted]
    page = ids[offset : offset + size]
    more = str(offset + size) if offset + size < len(ids) else ""
    return answer({"item_id_list": page, "total_count": len(ids), "next_offset": more})


@DOOR.call("GET", "/api/v2/product/get_item_base_info", "get_item_base_info")
def get_item_base_info(visit: Visit) -> Response:
    ids = [part for part in visit.request.args.get("item_id_list", "").split(",") if part]
    if not 1 <= len(ids) <= LARGEST_LIST:
        raise Refusal("error_param", "Wrong parameters, detail: item_id_list.")
    return answer({"item_list": [item_view(item(visit, number)) for number in ids]})


@DOOR.call("POST", "/api/v2/product/add_item", "add_item")
def add_item(visit: Visit) -> Response:
    """No field makes it once: two calls are two items."""
    wish = visit.body()
    for name in (
        "original_price",
        "description",
        "weight",
        "item_name",
        "logistic_info",
        "category_id",
        "image",
    ):
        if wish.get(name) in (None, "", [], {}):
            raise Refusal("error_param", f"Parameter is not match the constraints, {name} is required.")
    check(visit, wish)
    row = visit.books.add_product("shopee", visit.account, **columns(wish))
    return answer({"item_id": row["id"], **wish})


@DOOR.call("POST", "/api/v2/product/update_item", "update_item")
def update_item(visit: Visit) -> Response:
    wish = visit.body()
    row = item(visit, wish.pop("item_id", None))
    if {"original_price", "seller_stock"} & wish.keys():
        raise Refusal(
            "error_param", "Parameter is not match the constraints, price and stock have own calls."
        )
    check(visit, wish)
    visit.books.change("products", row["id"], **columns(row["body"] | wish))
    return answer({"item_id": row["id"], **wish})


@DOOR.call("POST", "/api/v2/product/update_price", "update_price")
def update_price(visit: Visit) -> Response:
    wish = visit.body()
    row = item(visit, wish.get("item_id"))
    price = (wish.get("price_list") or [{}])[0].get("original_price")
    check_number(price, "price_limit", "error_price_exceed_min_limitt", "error_price_exceed_max_limitt")
    visit.books.change("products", row["id"], **columns(row["body"] | {"original_price": price}))
    done = [{"model_id": 0, "original_price": price}]
    return answer({"success_list": done, "failure_list": []})


@DOOR.call("POST", "/api/v2/product/update_stock", "update_stock")
def update_stock(visit: Visit) -> Response:
    wish = visit.body()
    row = item(visit, wish.get("item_id"))
    stock = (wish.get("stock_list") or [{}])[0].get("seller_stock") or []
    check_stock(stock)
    if [place(one) for one in stock] != [place(one) for one in row["body"].get("seller_stock") or stock]:
        raise Refusal("error_param", "Can not update item with different stock structure.")
    visit.books.change("products", row["id"], **columns(row["body"] | {"seller_stock": stock}))
    return answer({"success_list": [{"model_id": 0, "stock": stock[0]["stock"]}], "failure_list": []})


@DOOR.call("POST", "/api/v2/product/unlist_item", "unlist_item")
def unlist_item(visit: Visit) -> Response:
    wishes = visit.body().get("item_list") or []
    if not 1 <= len(wishes) <= LARGEST_LIST:
        raise Refusal("error_param", "Wrong parameters, detail: item_list.")
    done, failed = [], []
    for wish in wishes:
        row = item(visit, wish.get("item_id"))
        state = "UNLIST" if wish.get("unlist") else SHOWN
        if row["state"] == "BANNED":
            failed.append({"item_id": row["id"], "failed_reason": "Item is banned."})
            continue
        visit.books.change("products", row["id"], **columns(row["body"] | {"item_status": state}))
        done.append({"item_id": row["id"], "unlist": bool(wish.get("unlist"))})
    return answer({"success_list": done, "failure_list": failed})


def item(visit: Visit, number: Any) -> Row:
    try:
        return visit.books.product("shopee", visit.account, number)
    except LookupError:
        raise Refusal("error_item_not_found", "Item_id is not found.") from None


def check(visit: Visit, wish: dict[str, Any]) -> None:
    """Raises Refusal for the first field of `wish` that Shopee would not take."""
    if "original_price" in wish:
        codes = "error_price_exceed_min_limitt", "error_price_exceed_max_limitt"
        check_number(wish["original_price"], "price_limit", *codes)
    if "seller_stock" in wish:
        check_stock(wish["seller_stock"])
    check_words(wish)
    if "weight" in wish and not 0 < wish["weight"] <= 30:
        raise Refusal("error_param", "Invalid Weight.")
    if "category_id" in wish:
        check_category(visit, wish)
    if "image" in wish:
        check_images(visit, wish["image"].get("image_id_list") or [])
    if "logistic_info" in wish and not any(
        channel.get("enabled") and CHANNELS.get(channel.get("logistic_id"), ("", False))[1]
        for channel in wish["logistic_info"]
    ):
        raise Refusal("error_invalid_logistic_info", "invalid logistic info , no channel is enabled")


def check_words(wish: dict[str, Any]) -> None:
    named, told = wish.get("item_name"), wish.get("description")
    least, most = LIMITS["item_name_length_limit"]
    if named is not None and len(named) < least:
        raise Refusal("error_item_name_is_too_short", "Item_name length is less than min limit.")
    if named is not None and len(named) > most:
        raise Refusal("error_title_exceeds_max_length", "The length of item_name is bigger than max limit.")
    least, most = LIMITS["item_description_length_limit"]
    if told is not None and len(told) < least:
        raise Refusal("error_desc_length_min_limit", "Description length is less than the min limit.")
    if told is not None and len(told) > most:
        raise Refusal("error_param", "Parameter is not match the constraints, description is too long.")


def check_number(value: Any, limit: str, low: str, high: str) -> None:
    least, most = LIMITS[limit]
    if not isinstance(value, int | float) or value != int(value):
        raise Refusal("error_invalid_price", "Invalid price, please use the correct format")
    if value < least:
        raise Refusal(low, "Original_price is less than min price limit.")
    if value > most:
        raise Refusal(high, "Original_price is bigger than max price limit.")


def check_stock(stock: Any) -> None:
    amounts = [one.get("stock") for one in stock or []]
    least, most = LIMITS["stock_limit"]
    if not amounts or not all(type(amount) is int and least <= amount <= most for amount in amounts):
        raise Refusal("error_param", "Parameter is not match the constraints, seller_stock is out of range.")


def place(stock: dict[str, Any]) -> str:
    return str(stock.get("location_id") or "")


def check_category(visit: Visit, wish: dict[str, Any]) -> None:
    if visit.happens("close_category") or trees.is_closed(visit, wish["category_id"]):
        raise Refusal("error_category_is_block", "Category is restricted")
    category = trees.leaf(visit, wish["category_id"])
    if category is None:
        raise Refusal("error_invalid_category", "Invalid category.")
    given = {str(attribute.get("attribute_id")) for attribute in wish.get("attribute_list") or []}
    if trees.lacking(visit, category, given):
        raise Refusal("error_invalid_attribute", "Mandatory attribute information required")


def check_images(visit: Visit, ids: list[str]) -> None:
    least, most = LIMITS["item_image_count_limit"]
    if not least <= len(ids) <= most:
        raise Refusal("error_image_num_min", "The number of images is out of range.")
    if not all(visit.books.picture("shopee", visit.account, name) for name in ids):
        raise Refusal("error_param", "Image not exist.")


def columns(body: dict[str, Any]) -> dict[str, Any]:
    """A row of `products` for an item as it was given."""
    stock = body.get("seller_stock") or [{"stock": 0}]
    return {
        "sku": body.get("item_sku", ""),
        "title": body["item_name"],
        "price": int(body["original_price"]),
        "stock": sum(one["stock"] for one in stock),
        "state": body.get("item_status", SHOWN),
        "body": body,
    }


def item_view(row: Row) -> dict[str, Any]:
    body = row["body"]
    return {
        "item_id": row["id"],
        "category_id": body["category_id"],
        "item_name": row["title"],
        "description": body["description"],
        "item_sku": row["sku"],
        "create_time": row["created_at"],
        "update_time": row["updated_at"],
        "attribute_list": body.get("attribute_list", []),
        "price_info": [{"currency": "VND", "original_price": row["price"], "current_price": row["price"]}],
        "stock_info_v2": {
            "summary_info": {"total_reserved_stock": 0, "total_available_stock": row["stock"]},
            "seller_stock": [
                {"location_id": place(one), "stock": one["stock"], "if_saleable": True}
                for one in body.get("seller_stock") or [{"stock": 0}]
            ],
        },
        "image": {"image_id_list": body["image"]["image_id_list"], "image_url_list": []},
        "weight": f"{body['weight']:g}",
        "dimension": body.get("dimension"),
        "logistic_info": body["logistic_info"],
        "item_status": row["state"],
        "has_model": False,
        "brand": body.get("brand"),
    }


def described(row: Row) -> str:
    return str(row["body"]["description"])


def shown_pictures(row: Row) -> list[str]:
    return list(row["body"]["image"]["image_id_list"])


def with_stock(body: Row, left: int) -> Row:
    """From the first place where it is held."""
    first, *others = body.get("seller_stock") or [{}]
    there = sum(one["stock"] for one in others)
    return {**body, "seller_stock": [{**first, "stock": max(0, left - there)}, *others]}
