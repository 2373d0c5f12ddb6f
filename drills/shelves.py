"""What each floor holds, asked of the floor itself and past the product: every product, also one made twice."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import requests

ANSWER_SECONDS = 60
SANDBOX_FLOORS = ("shopee", "lazada", "tiktok", "woocommerce")
VENDURE_OWNER = "superadmin"
OSCAR_TOKEN = "local-test-token"
MEDUSA_OWNER = {"email": "admin@example.com", "password": "supersecret"}
PAGE = 100
MEDUSA_FIELDS = "status,variants.sku,*variants.prices,*variants.inventory_items.inventory.location_levels"
LOGIN = """mutation($name: String!, $password: String!) {
  login(username: $name, password: $password) { __typename }
}"""
PRECISION = "query { globalSettings { serverConfig { moneyStrategyPrecision } } }"
VARIANTS = """query($skus: [String!]!, $take: Int!, $skip: Int!) {
  productVariants(options: { filter: { sku: { in: $skus } }, take: $take, skip: $skip, sort: { id: ASC } }) {
    items { sku enabled stockOnHand stockAllocated prices { price } product { enabled } }
  }
}"""


@dataclass(frozen=True)
class Held:
    """One product on a floor; `price` in đồng, `stock` what customers can still buy."""

    sku: str
    price: int
    stock: int
    shown: bool


Shelf = Callable[[Collection[str]], list[Held]]
"""All that a floor holds of these SKUs."""


def sandbox_shelf(url: str, floor: str) -> Shelf:
    """Of one of the floors that the sandbox at `url` plays."""

    def held(skus: Collection[str]) -> list[Held]:
        answer = requests.get(f"{url}/products", params={"floor": floor}, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        products = answer.json()["products"]
        return [_in_sandbox(product) for product in products if product["sku"] in skus]

    return held


def _in_sandbox(product: dict[str, Any]) -> Held:
    return Held(product["sku"], product["price"], product["stock"], product["shown"])


def vendure_shelf(url: str) -> Shelf:
    """Of the shop that `make run` starts, as its owner sees it."""

    def held(skus: Collection[str]) -> list[Held]:
        with requests.Session() as owner:
            who = {"name": VENDURE_OWNER, "password": VENDURE_OWNER}
            signed_in = _asked(owner, url, LOGIN, who)
            owner.headers["Authorization"] = f"Bearer {signed_in.headers['vendure-auth-token']}"
            settings = _data(_asked(owner, url, PRECISION, {}))["globalSettings"]
            units = 10 ** settings["serverConfig"]["moneyStrategyPrecision"]
            return [_in_vendure(item, units) for item in _variants(owner, url, sorted(skus))]

    return held


def _variants(owner: requests.Session, url: str, skus: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) % PAGE == 0:
        asked = {"skus": skus, "take": PAGE, "skip": len(found)}
        page = _data(_asked(owner, url, VARIANTS, asked))["productVariants"]["items"]
        if not page:
            break
        found += page
    return found


def _in_vendure(variant: dict[str, Any], units: int) -> Held:
    (price,) = {one["price"] for one in variant["prices"]}
    left = variant["stockOnHand"] - variant["stockAllocated"]
    return Held(variant["sku"], price // units, left, variant["enabled"] and variant["product"]["enabled"])


def _asked(owner: requests.Session, url: str, query: str, variables: dict[str, Any]) -> requests.Response:
    body = {"query": query, "variables": variables}
    answer = owner.post(f"{url}/admin-api", json=body, timeout=ANSWER_SECONDS)
    answer.raise_for_status()
    return answer


def _data(answer: requests.Response) -> dict[str, Any]:
    return dict(answer.json()["data"])


def oscar_shelf(url: str) -> Shelf:
    """Of the shop that `make run` starts, as its owner sees it."""

    def held(skus: Collection[str]) -> list[Held]:
        owner = {"Authorization": f"Token {OSCAR_TOKEN}"}
        answer = requests.get(f"{url}/api/admin/products/", headers=owner, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        found = answer.json()
        products = found["results"] if isinstance(found, dict) else found
        return [_in_oscar(product) for product in products if product["upc"] in skus]

    return held


def _in_oscar(product: dict[str, Any]) -> Held:
    records = product["stockrecords"]
    if len(records) != 1:
        return Held(product["upc"], 0, 0, shown=False)
    (record,) = records
    left = (record["num_in_stock"] or 0) - (record["num_allocated"] or 0)
    return Held(product["upc"], int(Decimal(record["price"] or 0)), left, product["is_public"])


def medusa_shelf(url: str) -> Shelf:
    """Of the shop that `make run` starts, as its owner sees it."""

    def held(skus: Collection[str]) -> list[Held]:
        answer = requests.post(f"{url}/auth/user/emailpass", json=MEDUSA_OWNER, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        owner = {"Authorization": f"Bearer {answer.json()['token']}"}
        products = _medusa_products(url, owner)
        sold = [(product, variant) for product in products for variant in product.get("variants") or ()]
        return [_in_medusa(product, variant) for product, variant in sold if variant["sku"] in skus]

    return held


def _medusa_products(url: str, owner: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) % PAGE == 0:
        asked: dict[str, Any] = {"fields": MEDUSA_FIELDS, "order": "id", "limit": PAGE, "offset": len(found)}
        answer = requests.get(f"{url}/admin/products", asked, headers=owner, timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        page = answer.json()["products"]
        if not page:
            break
        found += page
    return found


def _in_medusa(product: dict[str, Any], variant: dict[str, Any]) -> Held:
    """One that is just being made may have no price or place yet."""
    price = sum(one["amount"] for one in variant.get("prices") or () if one["currency_code"] == "vnd")
    items = [item.get("inventory") or {} for item in variant.get("inventory_items") or ()]
    levels = [level for item in items for level in item.get("location_levels") or ()]
    left = sum(level["stocked_quantity"] - level["reserved_quantity"] for level in levels)
    return Held(variant["sku"], price, left, product["status"] == "published")


REAL = {"vendure": vendure_shelf, "oscar": oscar_shelf, "medusa": medusa_shelf}
"""Of the shops that `FLOORS` may name, by the addresses where `make run` starts them."""
