"""django-oscar's own words: what is sent to a shop, and what is read from its answers."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from gateways.marketplaces.markup import html_of, text_of
from gateways.marketplaces.steps import PRICE, STOCK, Selling
from gateways.marketplaces.texts import slug_of
from gateways.ports import Offer, Picture, Standing

CURRENCY = "VND"
PRODUCT_CLASS = {"name": "Nông sản", "slug": "nong-san", "requires_shipping": True, "track_stock": True}
"""The kind of goods that ours are in the shop; `track_stock` makes it sell no more than there is."""
PARTNER = {"name": "Chợ Phiên", "code": "cho-phien"}
"""Who supplies our goods, in the shop's words."""


@dataclass(frozen=True)
class Record:
    """What is sold: `stock` with those that buyers have ordered already (`allocated`)."""

    id: str
    partner: str
    sku: str
    currency: str
    price: Decimal
    stock: int
    allocated: int

    @property
    def left(self) -> int:
        """What customers can still buy."""
        return self.stock - self.allocated

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Record":
        return cls(
            id=number_in(data["url"]),
            partner=path_of(data["partner"]),
            sku=data["partner_sku"],
            currency=data["price_currency"],
            price=Decimal(data["price"] or 0),
            stock=data["num_in_stock"] or 0,
            allocated=data["num_allocated"] or 0,
        )


@dataclass(frozen=True)
class Product:
    """The page that a record stands on; `pictures` are the codes of its images in order, None for one of others'."""

    number: str
    upc: str
    slug: str
    product_class: str | None
    title: str
    description: str
    shown: bool
    categories: tuple[str, ...]
    record: Record | None
    """The first one: that is what customers are sold."""
    pictures: tuple[str | None, ...]

    @classmethod
    def read(cls, data: dict[str, Any]) -> "Product":
        images = sorted(data["images"], key=lambda image: (image["display_order"], image["id"]))
        return cls(
            number=str(int(data["id"])),
            upc=data["upc"] or "",
            slug=data["slug"],
            product_class=data["product_class"],
            title=data["title"],
            description=data["description"] or "",
            shown=data["is_public"],
            categories=tuple(data["categories"]),
            record=next(map(Record.read, data["stockrecords"]), None),
            pictures=tuple(image["code"] or None for image in images),
        )

    def standing(self, sku: str) -> Standing:
        """How customers see it."""
        assert self.record
        first = next(iter(self.pictures), None) or ""
        return Standing(
            external_id=self.number,
            title=self.title,
            price=int(self.record.price),
            stock=self.record.left,
            shown=self.shown,
            pictures=len(self.pictures),
            first_picture=first.removeprefix(f"{sku}-"),
            description=text_of(self.description),
        )


def number_in(url: str) -> str:
    """The number at the end of one of the shop's links."""
    return path_of(url).rstrip("/").rpartition("/")[2]


def path_of(url: str) -> str:
    """A link as the shop takes it back, whatever address it thinks to have."""
    return urlsplit(url).path


def page_url(base_url: str, product: Product) -> str:
    """Where customers see it."""
    return f"{base_url}/catalogue/{product.slug}_{product.number}/"


def new_product(offer: Offer, partner: str) -> dict[str, Any]:
    """A whole page with what is sold on it: the shop makes all of it or nothing."""
    return {
        **_page(offer, None),
        "structure": "standalone",
        "stockrecords": [{"partner": partner, **record_fields(offer)}],
    }


def page_changes(product: Product, offer: Offer) -> dict[str, Any]:
    """What must be sent so that the words of `product` are those of `offer`; empty where they are."""
    same = {
        "upc": product.upc == offer.sku,
        "title": product.title == offer.title,
        "description": product.description == html_of(offer.description),
        "is_public": product.shown,
    }
    page = _page(offer, product)
    return {field: page[field] for field, equal in same.items() if not equal}


def whole_page(product: Product, offer: Offer) -> dict[str, Any] | None:
    """All that must be sent where pictures or the category differ, which the shop only replaces as a whole."""
    pictures = product.pictures == tuple(picture_codes(offer))
    category = offer.category is None or product.categories == (offer.category,)
    return None if pictures and category else _page(offer, product)


def record_fields(offer: Offer) -> dict[str, Any]:
    return {
        "partner_sku": offer.sku,
        "price_currency": CURRENCY,
        "price": str(offer.price),
        "num_in_stock": offer.stock,
    }


def selling_fields(record: Record, told: Selling) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if PRICE in told:
        fields["price"] = str(told[PRICE])
        if record.currency != CURRENCY:
            fields["price_currency"] = CURRENCY
    if STOCK in told:
        fields["num_in_stock"] = told[STOCK] + record.allocated
    return fields


def hiding(product: Product) -> dict[str, Any]:
    """A hidden page could still be bought through the shop's API: nothing is left of it but what was ordered."""
    if product.record is None:
        return {"is_public": False}
    record = product.record
    left = {"partner": record.partner, "partner_sku": record.sku, "num_in_stock": record.allocated}
    return {"is_public": False, "stockrecords": [left]}


def picture_codes(offer: Offer) -> list[str]:
    """What our pictures are known by in the whole shop, each once."""
    return [_code(offer.sku, picture) for picture in _different(offer)]


def _page(offer: Offer, product: Product | None) -> dict[str, Any]:
    page: dict[str, Any] = {
        "upc": offer.sku,
        "slug": product.slug if product else slug_of(offer.sku),
        "product_class": product.product_class if product else PRODUCT_CLASS["slug"],
        "title": offer.title,
        "description": html_of(offer.description),
        "is_public": True,
        "images": _images(offer, set(product.pictures) if product else set()),
    }
    return page if offer.category is None else {**page, "categories": [offer.category]}


def _images(offer: Offer, there: set[str | None]) -> list[dict[str, Any]]:
    """In order. The shop fetches a picture, unless its digest says that it is there; only a new one has its code said:
    the shop would take it for another's."""
    images = []
    for position, picture in enumerate(_different(offer)):
        code = _code(offer.sku, picture)
        told = (
            {"original": _with_digest(picture)} if code in there else {"original": picture.url, "code": code}
        )
        images.append({**told, "display_order": position})
    return images


def _different(offer: Offer) -> list[Picture]:
    return list({picture.key: picture for picture in offer.pictures}.values())


def _code(sku: str, picture: Picture) -> str:
    return f"{sku}-{picture.key}"


def _with_digest(picture: Picture) -> str:
    digest = hashlib.sha1(picture.read(), usedforsecurity=False).hexdigest()
    return f"{picture.url}{'&' if urlsplit(picture.url).query else '?'}sha1={digest}"
