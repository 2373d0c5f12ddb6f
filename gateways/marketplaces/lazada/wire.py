"""Lazada's own words for what we show: what is sent, and what is read from its answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import text
from gateways.errors import Problem
from gateways.marketplaces.advice import missing, outside, too_many_pictures, wrong_length
from gateways.marketplaces.base import offer_problems, words
from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.meanings import CATEGORY_UNKNOWN
from gateways.marketplaces.ours import sold_as
from gateways.marketplaces.steps import PRICE, STOCK, Selling
from gateways.ports import Offer, Standing

ACTIVE, INACTIVE, PENDING, SUSPENDED, DELETED = "Active", "InActive", "Pending QC", "Suspended", "Deleted"
MAX_NAME, MAX_DESCRIPTION, MAX_PICTURES, MAX_STOCK = 255, 25_000, 8, 2**31 - 1
NO_BRAND = "No Brand"
"""By its name: its number is another in each country, and Lazada's documents do not tell that of Vietnam."""
GRAMS = 1000
STEP = 10
"""Grams: Lazada reads kilograms with two decimals."""
IN_REVIEW = Problem(
    None, "in_review", text("Lazada đang duyệt sản phẩm, thường trong 24 giờ, duyệt xong mới hiện")
)
PACKAGE = ("package_length", "package_width", "package_height", "package_weight")


@dataclass(frozen=True)
class Product:
    """What Lazada holds of one SKU of ours."""

    number: str
    sku: str
    sku_id: str
    status: str
    created: int
    price: int
    stock: int
    """What buyers can still buy: what is ordered and not yet on its way is not in it."""
    category: str
    attributes: Mapping[str, Any]
    images: tuple[str, ...]
    package: Mapping[str, float]
    reasons: tuple[str, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any], seller_sku: str) -> "Product":
        """With the SKU that is ours; where it was changed by hand, with the only one."""
        sku = sold_as(seller_sku, data["skus"], lambda one: words(one["SellerSku"])) or {}
        return cls(
            number=str(int(data["item_id"])),
            sku=str(sku.get("SellerSku")),
            sku_id=str(sku.get("SkuId")),
            status=words(data["status"]),
            created=int(data.get("created_time") or 0),
            price=int(float(sku.get("price") or 0)),
            stock=int(sku.get("quantity") or 0),
            category=str(data.get("primary_category")),
            attributes=data.get("attributes") or {},
            images=_images(data.get("images")),
            package={name: float(sku.get(name) or 0) for name in PACKAGE},
            reasons=tuple(str(one.get("violationDetail")) for one in data.get("rejectReason") or []),
        )

    @property
    def title(self) -> str:
        return str(self.attributes.get("name"))

    @property
    def standing(self) -> Standing:
        return Standing(
            external_id=self.number,
            title=self.title,
            price=self.price,
            stock=self.stock,
            shown=self.status == ACTIVE,
            pictures=len(self.images),
            first_picture=next(iter(self.images), ""),
            description=text_of(str(self.attributes.get("description") or "")),
            in_review=self.status == PENDING,
        )


def offer_faults(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer) + missing(
        offer, "description", "weight", "package", "category", "pictures"
    )
    problems += outside("stock", offer.stock, min(offer.stock, 0), MAX_STOCK)
    problems += wrong_length("title", offer.title, 0, MAX_NAME)
    problems += wrong_length("description", html_of(offer.description), 0, MAX_DESCRIPTION)
    problems += too_many_pictures(offer, MAX_PICTURES)
    if offer.category and not offer.category.isdecimal():
        problems.append(Problem("category", "unknown", CATEGORY_UNKNOWN.text))
    return problems


def attributes(offer: Offer) -> dict[str, str]:
    return {"name": offer.title, "description": html_of(offer.description), **offer.attributes}


def package(offer: Offer) -> dict[str, float]:
    """Centimetres and kilograms; a weight between two steps is the heavier one."""
    sides = offer.package
    assert sides is not None
    lengths = (sides.length, sides.width, sides.height)
    kilograms = -(-(offer.weight_grams or 0) // STEP) * STEP / GRAMS
    return dict(zip(PACKAGE, (*map(float, lengths), kilograms), strict=True))


def new_product(offer: Offer, images: tuple[str, ...]) -> str:
    """A whole product, as the `payload` of its creation."""
    sku = {
        "SellerSku": offer.sku,
        "price": str(offer.price),
        "quantity": str(offer.stock),
        **_said(package(offer)),
    }
    product = {
        "PrimaryCategory": offer.category,
        "Images": {"Image": list(images)},
        "Attributes": {"brand": NO_BRAND, **attributes(offer)},
        "Skus": {"Sku": [sku]},
    }
    return _payload(product)


def changes(product: Product, offer: Offer, images: tuple[str, ...]) -> str | None:
    """The `payload` of an update by which `product` shows `offer`; None where it does, but for price and stock.

    Lazada wants the package with every SKU, and makes one active that says nothing of its status.
    """
    differ: dict[str, Any] = {}
    words = attributes(offer)
    if new := {name: value for name, value in words.items() if str(product.attributes.get(name)) != value}:
        differ["Attributes"] = new
    if product.category != offer.category:
        differ |= {"PrimaryCategory": offer.category, "Attributes": words}
    if product.images != images:
        differ["Images"] = {"Image": list(images)}
    same = product.package == package(offer) and product.sku == offer.sku
    if not differ and same and product.status != INACTIVE:
        return None
    sku = {"SkuId": product.sku_id, "SellerSku": offer.sku, "Status": "active", **_said(package(offer))}
    return _payload({"ItemId": product.number, **differ, "Skus": {"Sku": [sku]}})


def price_or_stock(product: Product, told: Selling) -> str:
    """The `payload` of a change of one of the two."""
    words = {PRICE: "Price", STOCK: "SellableQuantity"}
    new = {words[name]: str(value) for name, value in told.items()}
    sku = {"ItemId": product.number, "SkuId": product.sku_id, "SellerSku": product.sku, **new}
    return _payload({"Skus": {"Sku": [sku]}})


def withdrawal(product: Product) -> str:
    return _payload({"ItemId": int(product.number)})


def _payload(product: Mapping[str, Any]) -> str:
    return json.dumps({"Request": {"Product": product}}, ensure_ascii=False)


def _said(measures: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{value:g}" for name, value in measures.items()}


def _images(told: Any) -> tuple[str, ...]:
    """Lazada tells a list as JSON in a text."""
    if isinstance(told, str):
        try:
            told = json.loads(told or "[]")
        except ValueError:
            told = []
    return tuple(str(url) for url in told or [] if url)
