"""WooCommerce's own words for what we show: what is sent, and what is read from its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core.errors import text
from gateways.errors import Problem
from gateways.marketplaces.advice import outside, wrong_length
from gateways.marketplaces.base import offer_problems
from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.meanings import CATEGORY_UNKNOWN
from gateways.marketplaces.steps import PRICE, STOCK, Selling
from gateways.ports import Offer, Standing

PUBLISH, DRAFT, BIN = "publish", "draft", "trash"
CURRENCY = "VND"
MAX_STOCK = 2**31 - 1
MAX_NAME, MAX_SKU = 1_000, 100
MAX_DESCRIPTION = 60_000
"""Characters; WordPress's column takes more, and web servers before it often take no larger body."""
_GRAMS = {"kg": Decimal(1000), "g": Decimal(1), "lbs": Decimal("453.59237"), "oz": Decimal("28.349523125")}
_CENTIMETRES = {"cm": Decimal(1), "mm": Decimal("0.1"), "m": Decimal(100), "in": Decimal("2.54")}


@dataclass(frozen=True)
class Shop:
    """What the shop counts in."""

    currency: str
    grams: Decimal
    """In one of the shop's units of weight."""
    centimetres: Decimal

    @classmethod
    def read(cls, currency: Mapping[str, Any], settings: Sequence[Mapping[str, Any]]) -> "Shop":
        units = {setting.get("id"): setting.get("value") for setting in settings}
        return cls(
            str(currency.get("code")),
            _GRAMS.get(str(units.get("woocommerce_weight_unit")), _GRAMS["kg"]),
            _CENTIMETRES.get(str(units.get("woocommerce_dimension_unit")), _CENTIMETRES["cm"]),
        )

    def weight(self, grams: int) -> str:
        return _number(grams / self.grams)

    def length(self, centimetres: int) -> str:
        return _number(centimetres / self.centimetres)


@dataclass(frozen=True)
class Product:
    """What the shop holds; `fields` as an update would send them, images by number and name."""

    id: int
    status: str
    created: str
    sku: str
    permalink: str | None
    images: tuple[tuple[int, str], ...]
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Product":
        return cls(
            id=int(data["id"]),
            status=data["status"],
            created=data.get("date_created_gmt") or "",
            sku=data.get("sku") or "",
            permalink=data.get("permalink"),
            images=tuple((int(image["id"]), image.get("name") or "") for image in data.get("images") or []),
            fields={
                "sku": data.get("sku") or "",
                "name": data["name"],
                "description": data.get("description") or "",
                "regular_price": data.get("regular_price") or "",
                "manage_stock": bool(data.get("manage_stock")),
                "stock_quantity": data.get("stock_quantity"),
                "weight": data.get("weight") or "",
                "dimensions": dict(data.get("dimensions") or {}),
                "categories": [{"id": category["id"]} for category in data.get("categories") or []],
                "attributes": _attributes(data.get("attributes") or []),
            },
        )

    @property
    def number(self) -> str:
        return str(self.id)

    @property
    def title(self) -> str:
        return str(self.fields["name"])

    @property
    def price(self) -> str:
        """As the shop writes it."""
        return str(self.fields["regular_price"])

    @property
    def stock(self) -> int | None:
        """None where the shop does not count, and sells without end."""
        return (self.fields["stock_quantity"] or 0) if self.fields["manage_stock"] else None

    @property
    def standing(self) -> Standing:
        return Standing(
            external_id=self.number,
            title=self.title,
            price=int(Decimal(self.price or 0)),
            stock=self.stock,
            shown=self.status == PUBLISH,
            pictures=len(self.images),
            first_picture=self.images[0][1] if self.images else "",
            description=text_of(self.fields["description"]),
        )


def offer_faults(offer: Offer) -> list[Problem]:
    """What no shop can show of `offer`, known without asking."""
    problems = offer_problems(offer) + outside("stock", offer.stock, min(offer.stock, 0), MAX_STOCK)
    problems += wrong_length("title", offer.title, 0, MAX_NAME) + wrong_length("sku", offer.sku, 0, MAX_SKU)
    problems += wrong_length("description", offer.description, 0, MAX_DESCRIPTION)
    if offer.category and not offer.category.isdecimal():
        problems.append(Problem("category", "unknown", CATEGORY_UNKNOWN.text))
    return problems


def product_fields(offer: Offer, shop: Shop) -> dict[str, Any]:
    """All but price and stock, the images and whether it is shown. What the offer does not say is left as the shop has
    it."""
    fields: dict[str, Any] = {
        "sku": offer.sku,
        "name": offer.title,
        "description": html_of(offer.description),
    }
    if offer.weight_grams:
        fields["weight"] = shop.weight(offer.weight_grams)
    if offer.package:
        sides = {"length": offer.package.length, "width": offer.package.width, "height": offer.package.height}
        fields["dimensions"] = {name: shop.length(side) for name, side in sides.items()}
    if offer.category:
        fields["categories"] = [{"id": int(offer.category)}]
    if offer.attributes:
        fields["attributes"] = [
            {"name": name, "options": [value], "visible": True}
            for name, value in sorted(offer.attributes.items())
        ]
    return fields


def images(offer: Offer, product: Product | None) -> list[dict[str, Any]]:
    """In our order. A picture is known again by our key, which is its name in the shop; a new one is fetched."""
    known = {name: number for number, name in product.images} if product else {}
    return [
        {"id": known[picture.key]}
        if picture.key in known
        else {"src": picture.url, "name": picture.key, "alt": offer.title}
        for picture in offer.pictures
    ]


def new_product(offer: Offer, shop: Shop) -> dict[str, Any]:
    """A whole product, for sale at once."""
    sold = {"regular_price": str(offer.price), "manage_stock": True, "stock_quantity": offer.stock}
    fields = {"type": "simple", "status": PUBLISH, **sold, **product_fields(offer, shop)}
    return {**fields, "images": images(offer, None)}


def selling_fields(product: Product, told: Selling) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if PRICE in told:
        fields["regular_price"] = str(told[PRICE])
    if STOCK in told:
        fields["stock_quantity"] = told[STOCK]
        if product.stock is None:
            fields["manage_stock"] = True
    return fields


def changes(product: Product, offer: Offer, shop: Shop) -> dict[str, Any]:
    """What must be sent so that `product` shows `offer`, but for price and stock; empty where it does."""
    wanted = product_fields(offer, shop)
    differ = {name: value for name, value in wanted.items() if product.fields.get(name) != value}
    if tuple(picture.key for picture in offer.pictures) != tuple(name for _, name in product.images):
        differ["images"] = images(offer, product)
    if product.status != PUBLISH:
        differ["status"] = PUBLISH
    return differ


def warnings(offer: Offer, shop: Shop, product: Product) -> tuple[Problem, ...]:
    """What a person should know: the shop says none of it as an error."""
    found = []
    if shop.currency != CURRENCY:
        said = text("Cửa hàng tính bằng %(currency)s, không phải đồng", currency=shop.currency)
        found.append(Problem("price", "currency_not_dong", said))
    if offer.category and {"id": int(offer.category)} not in product.fields["categories"]:
        lost = text("Cửa hàng không có danh mục này: hàng đang nằm ngoài danh mục, hãy chọn danh mục khác")
        found.append(Problem("category", "unknown", lost))
    return tuple(found)


def _attributes(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    read = [
        {
            "name": one.get("name"),
            "options": list(one.get("options") or []),
            "visible": bool(one.get("visible")),
        }
        for one in given
    ]
    return sorted(read, key=lambda one: str(one["name"]))


def _number(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.0001')).normalize():f}"
