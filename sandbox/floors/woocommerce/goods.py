"""Products. Nothing keeps two calls at the same moment from making the same SKU twice."""

import urllib.request
from datetime import UTC, datetime
from typing import Any

import gevent
from werkzeug.wrappers import Response

from sandbox.floors import pictures
from sandbox.floors.books import Row
from sandbox.floors.door import Refusal, Visit, say
from sandbox.floors.woocommerce.door import ACCOUNT, API, DOOR, wrong

CATEGORIES = {100630: "Rau củ quả", 100631: "Đặc sản"}
STATUSES = ("draft", "pending", "private", "publish")
SHOWN = "publish"
DEFAULTS: dict[str, Any] = {
    "description": "",
    "sku": "",
    "regular_price": "",
    "manage_stock": False,
    "stock_quantity": None,
    "weight": "",
    "dimensions": {"length": "", "width": "", "height": ""},
    "categories": [],
    "images": [],
    "attributes": [],
    "status": SHOWN,
}
SAVING_SECONDS = 0.02
"""Between WooCommerce's look for the SKU and the row that holds it."""
FETCH_SECONDS = 10


@DOOR.call("GET", f"{API}/data/currencies/current", "currency")
def currency(visit: Visit) -> Response:
    return say({"code": "VND", "name": "Vietnamese đồng", "symbol": "&#8363;"})


@DOOR.call("GET", f"{API}/settings/products", "settings")
def settings(visit: Visit) -> Response:
    units = {"woocommerce_weight_unit": "kg", "woocommerce_dimension_unit": "cm"}
    return say([{"id": name, "value": value, "group_id": "products"} for name, value in units.items()])


@DOOR.call("GET", f"{API}/products", "list_products")
def list_products(visit: Visit) -> Response:
    size, page = visit.request.args.get("per_page", 10, int), visit.request.args.get("page", 1, int)
    if not 1 <= size <= 100:
        raise wrong("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
    rows = visit.books.products("woocommerce", ACCOUNT, visit.request.args.get("sku", ""))
    asked = visit.request.args.get("status", "any")
    kept = [row for row in rows if row["state"] != "trash" and asked in ("any", row["state"])]
    kept.sort(key=lambda row: (-row["created_at"], -row["id"]))
    return say([view(visit, row) for row in kept[(page - 1) * size : page * size]])


@DOOR.call("POST", f"{API}/products", "create_product")
def create_product(visit: Visit) -> Response:
    wish = visit.body()
    check(visit, wish, None)
    body = {**DEFAULTS, **wish}
    body["images"] = take_images(visit, body["images"], [])
    gevent.sleep(SAVING_SECONDS)
    row = visit.books.add_product("woocommerce", ACCOUNT, **columns(body))
    if visit.happens("false_duplicate"):
        raise taken_sku(body["sku"], row["id"])
    return say(view(visit, row), 201)


@DOOR.call("GET", f"{API}/products/<number>", "get_product")
def get_product(visit: Visit) -> Response:
    return say(view(visit, product(visit)))


@DOOR.call("PUT", f"{API}/products/<number>", "update_product")
def update_product(visit: Visit) -> Response:
    row, wish = product(visit), visit.body()
    check(visit, wish, row)
    body = {**row["body"], **wish}
    if "images" in wish:
        body["images"] = take_images(visit, wish["images"], row["body"]["images"])
    visit.books.change("products", row["id"], **columns(body))
    return say(view(visit, product(visit)))


def check(visit: Visit, wish: dict[str, Any], row: Row | None) -> None:
    """Raises Refusal as WooCommerce does: it asks for little, but for kinds."""
    for name in ("name", "sku", "regular_price", "description", "weight"):
        if not isinstance(wish.get(name, ""), str):
            raise wrong(name, f"{name} is not of type string.")
    stock = wish.get("stock_quantity")
    if stock is not None and type(stock) is not int:
        raise wrong("stock_quantity", "stock_quantity is not of type integer.")
    if wish.get("status", SHOWN) not in STATUSES:
        raise wrong("status", "status is not one of draft, pending, private and publish.")
    sku = wish.get("sku", "")
    others = visit.books.products("woocommerce", ACCOUNT, sku) if sku else []
    others = [other for other in others if other["state"] != "trash" and (not row or row["sku"] != sku)]
    if others:
        raise taken_sku(sku, others[0]["id"])


def take_images(
    visit: Visit, wishes: list[dict[str, Any]], known: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Those with a number are kept; those with an address are fetched and become attachments."""
    by_id = {image["id"]: image for image in known}
    return [by_id.get(wish.get("id", 0)) or take_image(visit, wish) for wish in wishes]


def take_image(visit: Visit, wish: dict[str, Any]) -> dict[str, Any]:
    if "id" in wish:
        message = f"#{wish['id']} is an invalid image ID."
        raise Refusal("woocommerce_product_invalid_image_id", message, 400)
    source = str(wish.get("src", ""))
    content = fetched(source)
    if pictures.size(content) is None or visit.happens("refuse_pictures"):
        message = f"Error getting remote image {source}."
        raise Refusal("woocommerce_product_image_upload_error", message, 400)
    count = visit.books.rows("SELECT count(*) AS n FROM pictures")[0]["n"]
    number = 10_000 + count
    pictures.keep(visit, content, f"woocommerce-{number}")
    return {"id": number, "src": source, "name": wish.get("name", ""), "alt": wish.get("alt", "")}


def fetched(source: str) -> bytes:
    try:
        with urllib.request.urlopen(source, timeout=FETCH_SECONDS) as answer:
            content: bytes = answer.read(12_000_000)
            return content
    except (OSError, ValueError):
        return b""


def taken_sku(sku: str, number: int) -> Refusal:
    more = {"resource_id": number, "unique_sku": f"{sku}-1"}
    return Refusal("product_invalid_sku", "Invalid or duplicated SKU.", 400, **more)


def product(visit: Visit) -> Row:
    try:
        return visit.books.product("woocommerce", ACCOUNT, visit.named["number"])
    except LookupError:
        raise Refusal("woocommerce_rest_product_invalid_id", "Invalid ID.", 404) from None


def columns(body: dict[str, Any]) -> dict[str, Any]:
    price = body["regular_price"]
    return {
        "sku": body["sku"],
        "title": body.get("name", "Product"),
        "price": int(float(price)) if price else 0,
        "stock": body["stock_quantity"] or 0,
        "state": body["status"],
        "body": body,
    }


def view(visit: Visit, row: Row) -> dict[str, Any]:
    """Categories that the shop does not have were left out without a word."""
    body = row["body"]
    numbers = [category["id"] for category in body["categories"] if category.get("id") in CATEGORIES]
    return {
        **body,
        "id": row["id"],
        "name": row["title"],
        "status": row["state"],
        "stock_quantity": row["stock"] if body["manage_stock"] else None,
        "categories": [{"id": number, "name": CATEGORIES[number]} for number in numbers],
        "price": body["regular_price"],
        "permalink": f"{visit.house.address}/sandbox/products?floor=woocommerce&sku={row['sku']}",
        "date_created_gmt": gmt(row["created_at"]),
        "date_modified_gmt": gmt(row["updated_at"]),
    }


def gmt(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def described(row: Row) -> str:
    return str(row["body"]["description"])


def shown_pictures(row: Row) -> list[str]:
    return [f"woocommerce-{image['id']}" for image in row["body"]["images"]]


def with_stock(body: Row, left: int) -> Row:
    return {**body, "stock_quantity": left}
