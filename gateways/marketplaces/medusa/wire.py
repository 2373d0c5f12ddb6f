"""Medusa's own words: what is sent to a server, and what is read from its answers."""

import re
from dataclasses import dataclass
from typing import Any

from gateways.marketplaces.base import words
from gateways.marketplaces.ours import sold_as
from gateways.marketplaces.texts import slug_of
from gateways.ports import Offer, Standing

CURRENCY = "vnd"
OPTION = {"title": "Loại", "values": ["Thường"]}
"""A product must have an option, though ours come in one kind only."""
FIELDS = ",".join(
    (
        "id,title,handle,status,description,external_id,weight,length,width,height,metadata",
        "images.id,images.url,images.rank",
        "variants.id,variants.sku,variants.title,variants.manage_inventory,variants.allow_backorder",
        "*variants.prices,*variants.prices.price_rules",
        "variants.inventory_items.inventory_item_id",
        "*variants.inventory_items.inventory.location_levels",
        "options.title,options.values.value",
        "sales_channels.id,shipping_profile.id,categories.id",
    )
)
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Shop:
    """Where our goods are sold, from where, and how they are sent."""

    channel: str
    location: str
    profile: str | None


@dataclass(frozen=True)
class Variant:
    """What is sold; `price` is None where it has none in đồng. `stock` counts those in our location, with what buyers
    have ordered already (`reserved`); None where it does not lie there."""

    id: str
    sku: str | None
    title: str
    managed: bool
    price: float | None
    other_prices: tuple[dict[str, Any], ...]
    item: str | None
    stock: int | None
    reserved: int

    @property
    def left(self) -> int | None:
        """What customers can still buy; None where the server does not count, and sells without end."""
        return self.stock - self.reserved if self.managed and self.stock is not None else None

    @classmethod
    def read(cls, data: dict[str, Any], location: str) -> "Variant":
        prices = data["prices"] or []
        ours = [p for p in prices if p["currency_code"] == CURRENCY and not p.get("rules")]
        item: dict[str, Any] = next(iter(data["inventory_items"] or ()), {})
        levels = (item.get("inventory") or {}).get("location_levels") or ()
        level: dict[str, Any] = next((lv for lv in levels if lv["location_id"] == location), {})
        return cls(
            id=data["id"],
            sku=data["sku"],
            title=data["title"],
            managed=data["manage_inventory"] and not data["allow_backorder"],
            price=ours[0]["amount"] if len(ours) == 1 else None,
            other_prices=tuple(price for price in prices if price not in ours),
            item=item.get("inventory_item_id"),
            stock=level.get("stocked_quantity"),
            reserved=level.get("reserved_quantity") or 0,
        )


@dataclass(frozen=True)
class Product:
    """The page that a variant stands on; `images` are the addresses of its pictures, in order."""

    number: str
    handle: str
    title: str
    description: str
    shown: bool
    images: tuple[str, ...]
    variants: tuple[Variant, ...]
    data: dict[str, Any]

    @classmethod
    def read(cls, data: dict[str, Any], location: str) -> "Product":
        images = sorted(data["images"] or (), key=lambda image: image["rank"])
        return cls(
            number=words(data["id"]),
            handle=data["handle"],
            title=data["title"],
            description=data["description"] or "",
            shown=data["status"] == "published",
            images=tuple(image["url"] for image in images),
            variants=tuple(Variant.read(variant, location) for variant in data["variants"]),
            data=data,
        )

    def variant_for(self, sku: str) -> Variant | None:
        """The variant to be sold; on our own page also one whose SKU was changed by hand."""
        return sold_as(sku, self.variants, lambda variant: variant.sku)

    @property
    def picture_keys(self) -> list[str | None]:
        """Of our pictures by the names that they were uploaded with; None for one of others'."""
        return [found[0] if (found := _KEY.findall(url)) else None for url in self.images]


def selling(sku: str) -> dict[str, str]:
    """Any page that sells `sku`."""
    return {"variants[sku]": sku, "fields": FIELDS}


def at_our_address(sku: str) -> dict[str, str]:
    """Our own page for `sku`, whatever it sells."""
    return {"handle": slug_of(sku), "fields": FIELDS}


def new_product(offer: Offer, shop: Shop) -> dict[str, Any]:
    """Hidden until its stock and pictures stand."""
    variant = {**variant_fields(offer), "options": {OPTION["title"]: "Thường"}}
    return {
        "status": "draft",
        "handle": slug_of(offer.sku),
        "external_id": offer.sku,
        "title": offer.title,
        "description": offer.description,
        "options": [OPTION],
        "variants": [variant],
        "sales_channels": [{"id": shop.channel}],
        **({"shipping_profile_id": shop.profile} if shop.profile else {}),
    }


def new_variant(product: Product, offer: Offer) -> dict[str, Any]:
    """For a page that lost its own: Medusa never heals from a variant without options."""
    options = {option["title"]: option["values"][0]["value"] for option in product.data["options"] or ()}
    return {**variant_fields(offer), "options": options}


def product_changes(product: Product, offer: Offer, shop: Shop, images: list[str] | None) -> dict[str, Any]:
    """What must be sent so that `product` shows `offer` with these `images` (None: those it has); empty where it
    does."""
    data = product.data
    changes = {name: value for name, value in _page(offer).items() if (data[name] or None) != (value or None)}
    metadata = data["metadata"] or {}
    if any(metadata.get(name) != value for name, value in offer.attributes.items()):
        changes["metadata"] = {**metadata, **offer.attributes}
    channels = [channel["id"] for channel in data["sales_channels"] or ()]
    if shop.channel not in channels:
        changes["sales_channels"] = [{"id": channel} for channel in (*channels, shop.channel)]
    if shop.profile and not data["shipping_profile"]:
        changes["shipping_profile_id"] = shop.profile
    categories = [category["id"] for category in data["categories"] or ()]
    if offer.category is not None and categories != [offer.category]:
        changes["categories"] = [{"id": offer.category}]
    if images is not None:
        changes |= {"images": [{"url": url} for url in images], "thumbnail": next(iter(images), None)}
    return changes


def _page(offer: Offer) -> dict[str, Any]:
    page: dict[str, Any] = {"status": "published", "title": offer.title, "description": offer.description}
    if offer.weight_grams is not None:
        page["weight"] = offer.weight_grams
    if offer.package is not None:
        size = offer.package
        page |= {"length": size.length, "width": size.width, "height": size.height}
    return page


COUNTED = {"manage_inventory": True, "allow_backorder": False}
"""So that no more is sold than lies there."""


def variant_fields(offer: Offer) -> dict[str, Any]:
    """A whole variant, but for its stock."""
    return {"sku": offer.sku, "title": offer.title, **COUNTED, **price_fields((), offer.price)}


def price_fields(other_prices: tuple[dict[str, Any], ...], dong: int) -> dict[str, Any]:
    """Medusa puts the prices that are sent in the place of all that there are."""
    kept = [
        {name: price[name] for name in ("id", "currency_code", "amount", "rules") if name in price}
        for price in other_prices
    ]
    return {"prices": [*kept, {"currency_code": CURRENCY, "amount": dong}]}


def variant_changes(variant: Variant, offer: Offer) -> dict[str, Any]:
    """What must be sent so that `variant` stands under our SKU and title; empty where it does."""
    wanted = {"sku": offer.sku, "title": offer.title}
    there = {"sku": variant.sku, "title": variant.title}
    return {field: value for field, value in wanted.items() if there[field] != value}


def standing(product: Product, variant: Variant) -> Standing:
    """How customers see it."""
    return Standing(
        external_id=product.number,
        title=product.title,
        price=int(variant.price or 0),
        stock=variant.left,
        shown=product.shown,
        pictures=len(product.images),
        first_picture=next(iter(product.picture_keys), "") or "",
        description=product.description,
    )
