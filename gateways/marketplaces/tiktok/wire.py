"""TikTok Shop's own words for what we show: what is sent, and what is read from its answers."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import text
from gateways.errors import Problem
from gateways.marketplaces.advice import missing, outside, too_many_pictures, wrong_length
from gateways.marketplaces.base import offer_problems, rejected, words
from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.meanings import CATEGORY_UNKNOWN, HAS_KINDS
from gateways.marketplaces.ours import sold_as
from gateways.ports import Offer, Standing

LIVE, OFF, WAITING, FAILED = "ACTIVATE", "SELLER_DEACTIVATED", "PENDING", "FAILED"
FROZEN, DELETED = "FREEZE", "DELETED"
"""TikTok Shop tells nothing more of what is in one of these."""
BLOCKED = {"PLATFORM_DEACTIVATED", FROZEN}
CURRENCY = "VND"
MAX_PRICE, MAX_STOCK, MAX_PICTURES = 180_000_000, 99_999, 9
TITLE, SKU, DESCRIPTION = (25, 255), (1, 50), 10_000
GRAMS = 1000
VALUE_ID = "id:"
"""Begins an attribute's value that is one of TikTok Shop's own numbers."""
SOLD_OUT = Problem(
    "stock", "hidden_sold_out", text("Hết hàng: TikTok Shop chỉ hiện lại sản phẩm khi có hàng")
)
IN_REVIEW = Problem(None, "in_review", text("TikTok Shop đang duyệt sản phẩm, duyệt xong mới hiện"))


@dataclass(frozen=True)
class Found:
    """A product as a search tells it."""

    number: str
    title: str
    status: str


@dataclass(frozen=True)
class Product:
    """What TikTok Shop holds; `fields` as an edit would send them."""

    number: str
    status: str
    sku: str
    sku_id: str
    price: int
    stock: int
    warehouse: str
    fields: Mapping[str, Any]
    failures: tuple[str, ...] = ()
    kinds: int = 1

    @classmethod
    def read(cls, data: Mapping[str, Any], seller_sku: str) -> "Product":
        """With the SKU that is ours; where it was changed by hand, with the only one."""
        sku = sold_as(seller_sku, data.get("skus") or [], lambda one: one.get("seller_sku")) or {}
        inventory = (sku.get("inventory") or [{}])[0]
        chain = data.get("category_chains") or []
        return cls(
            number=str(int(data["id"])),
            status=data["status"],
            sku=str(sku.get("seller_sku")),
            sku_id=str(sku.get("id")),
            price=_dong((sku.get("price") or {}).get("sale_price")),
            stock=sum(int(place.get("quantity") or 0) for place in sku.get("inventory") or []),
            warehouse=str(inventory.get("warehouse_id") or ""),
            fields={
                "title": data["title"],
                "description": data.get("description") or "",
                "category_id": next((str(part["id"]) for part in chain if part.get("is_leaf")), ""),
                "main_images": [{"uri": image["uri"]} for image in data.get("main_images") or []],
                "package_weight": data.get("package_weight"),
                "package_dimensions": data.get("package_dimensions"),
                "product_attributes": _attributes(data.get("product_attributes") or []),
            },
            failures=tuple(
                str(reason)
                for failure in data.get("audit_failed_reasons") or []
                for reason in failure.get("reasons") or []
            ),
            kinds=len(data.get("skus") or []),
        )

    @property
    def title(self) -> str:
        return str(self.fields["title"])

    def sold_as(self, sku: str, **changed: Any) -> dict[str, Any]:
        """As an edit wants to have it said; a price and a stock that it leaves out stay as they are. Raises
        GatewayRejected where other kinds are sold too: an edit deletes those that it does not name."""
        if self.kinds > 1:
            raise rejected(Problem(None, "has_kinds", HAS_KINDS.text))
        return {"id": self.sku_id, "seller_sku": sku, **changed}

    @property
    def standing(self) -> Standing:
        images = self.fields["main_images"]
        return Standing(
            external_id=self.number,
            title=self.title,
            price=self.price,
            stock=self.stock,
            shown=self.status == LIVE,
            pictures=len(images),
            first_picture=images[0]["uri"] if images else "",
            description=text_of(self.fields["description"]),
            in_review=self.status == WAITING,
        )


def offer_faults(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer) + missing(offer, "description", "weight", "category", "pictures")
    problems += outside("price", offer.price, min(offer.price, 1), MAX_PRICE) if offer.price <= 10**12 else []
    problems += outside("stock", offer.stock, min(offer.stock, 0), MAX_STOCK)
    problems += wrong_length("title", offer.title, *TITLE) if offer.title.strip() else []
    problems += wrong_length("sku", offer.sku, 0, SKU[1])
    problems += wrong_length("description", html_of(offer.description), 0, DESCRIPTION)
    problems += too_many_pictures(offer, MAX_PICTURES)
    if offer.category and not offer.category.isdecimal():
        problems.append(Problem("category", "unknown", CATEGORY_UNKNOWN.text))
    return problems


def product_fields(offer: Offer, pictures: tuple[str, ...]) -> dict[str, Any]:
    """All that an edit can change but price and stock; `pictures` by TikTok Shop's names."""
    kilograms = (offer.weight_grams or 0) / GRAMS
    fields: dict[str, Any] = {
        "title": offer.title,
        "description": html_of(offer.description),
        "category_id": offer.category,
        "main_images": [{"uri": picture} for picture in pictures],
        "package_weight": {"value": f"{kilograms:.3f}".rstrip("0").rstrip("."), "unit": "KILOGRAM"},
        "product_attributes": attributes(offer),
    }
    if offer.package:
        sides = {"length": offer.package.length, "width": offer.package.width, "height": offer.package.height}
        dimensions = {name: str(side) for name, side in sides.items()}
        fields["package_dimensions"] = {**dimensions, "unit": "CENTIMETER"}
    return fields


def attributes(offer: Offer) -> list[dict[str, Any]]:
    """Those that have a number of TikTok Shop's."""
    numbered = sorted((name, value) for name, value in offer.attributes.items() if name.isdecimal())
    return [_attribute(name, value) for name, value in numbered]


def sku_of(offer: Offer, warehouse: str) -> dict[str, Any]:
    return {
        "seller_sku": offer.sku,
        "price": price_of(offer.price),
        "inventory": [{"warehouse_id": warehouse, "quantity": offer.stock}],
    }


def price_of(dong: int) -> dict[str, str]:
    return {"amount": str(dong), "currency": CURRENCY}


def found(products: Sequence[Mapping[str, Any]], sku: str) -> list[Found]:
    """Those of exactly this SKU, the oldest first; what was deleted among them."""
    of_our_sku = [
        (
            int(product.get("create_time") or 0),
            Found(str(int(product["id"])), str(product.get("title")), words(product["status"])),
        )
        for product in products
        if any(words(one["seller_sku"]) == sku for one in product["skus"])
    ]
    oldest_first = sorted(of_our_sku, key=lambda one: (one[0], len(one[1].number), one[1].number))
    return [one for _, one in oldest_first]


def new_product(fields: Mapping[str, Any], offer: Offer, warehouse: str, today: date) -> dict[str, Any]:
    """A whole product. Its key is the same for the same content on one day and in the place of the same one that was
    deleted: a repeated call makes no second one, and what is gone does not stay gone."""
    body = {**fields, "save_mode": "LISTING", "skus": [sku_of(offer, warehouse)]}
    digest = hashlib.sha256(
        json.dumps([body, today.isoformat(), offer.external_id], sort_keys=True).encode()
    ).hexdigest()
    return {**body, "idempotency_key": f"{offer.sku}-{digest[:32]}"}


def changes(product: Product, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What must be sent so that `product` shows `fields`; TikTok Shop may know more attributes than we do."""
    differ = {name: value for name, value in fields.items() if product.fields.get(name) != value}
    known = product.fields["product_attributes"]
    if all(any(_says(told, one) for told in known) for one in fields["product_attributes"]):
        differ.pop("product_attributes", None)
    return differ


def warnings(product_status: str, stock: int) -> tuple[Problem, ...]:
    """What a person should know of a product that customers do not see yet. One that failed and was sent again may say
    so until TikTok Shop's people look at it."""
    if not stock:
        return (SOLD_OUT,)
    return (IN_REVIEW,) if product_status in (WAITING, FAILED) else ()


def _attribute(name: str, value: str) -> dict[str, Any]:
    if value.startswith(VALUE_ID):
        return {"id": name, "values": [{"id": value.removeprefix(VALUE_ID)}]}
    return {"id": name, "values": [{"name": value}]}


def _attributes(given: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each with its first value, which has a number of TikTok Shop's and a name, whichever of the two was sent."""
    return [
        {"id": str(attribute["id"]), "values": [dict((attribute.get("values") or [{}])[0])]}
        for attribute in given
    ]


def _says(told: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Whether what TikTok Shop tells of an attribute is what we would send."""
    ((name, value),) = sent["values"][0].items()
    return bool(told["id"] == sent["id"] and str(told["values"][0].get(name)) == value)


def _dong(amount: Any) -> int:
    return int(float(amount)) if amount else 0
