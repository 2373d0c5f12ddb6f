"""Shopee's own words for what we show: what is sent, and what is read from its answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateways.errors import Problem
from gateways.marketplaces.advice import missing, outside, too_many_pictures, wrong_length
from gateways.marketplaces.base import offer_problems, words
from gateways.marketplaces.meanings import CATEGORY_UNKNOWN
from gateways.ports import Offer, Standing

NORMAL, REVIEWING = "NORMAL", "REVIEWING"
LOOKED_FOR = (NORMAL, "UNLIST", "BANNED", REVIEWING)
MAX_STOCK = 2**31 - 1
GRAMS = 1000
VALUE_ID = "id:"
"""Begins an attribute's value that is one of Shopee's own numbers."""


@dataclass(frozen=True)
class Limits:
    """What this shop may show, as Shopee tells it."""

    price: tuple[int, int]
    stock: tuple[int, int]
    title: tuple[int, int]
    description: tuple[int, int]
    pictures: tuple[int, int]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Limits":
        return cls(
            _range(data, "price_limit"),
            _range(data, "stock_limit"),
            _range(data, "item_name_length_limit"),
            _range(data, "item_description_length_limit"),
            _range(data, "item_image_count_limit"),
        )

    def problems(self, offer: Offer) -> list[Problem]:
        return [
            *outside("price", offer.price, *self.price),
            *outside("stock", offer.stock, *self.stock),
            *wrong_length("title", offer.title, *self.title),
            *wrong_length("description", offer.description, *self.description),
            *too_many_pictures(offer, self.pictures[1]),
        ]


@dataclass(frozen=True)
class Item:
    """What Shopee holds; `fields` as `update_item` would send them."""

    id: int
    sku: str
    status: str
    created: int
    price: int
    stock: int
    places: tuple[str, ...]
    """The shop's warehouses that hold it, as far as Shopee names them."""
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Item":
        images = (data.get("image") or {}).get("image_id_list") or []
        held = (data.get("stock_info_v2") or {}).get("seller_stock") or []
        return cls(
            id=int(data["item_id"]),
            sku=words(data["item_sku"]),
            status=words(data["item_status"]),
            created=int(data.get("create_time") or 0),
            price=int((data.get("price_info") or [{}])[0].get("original_price") or 0),
            stock=sum(int(place.get("stock") or 0) for place in held),
            places=tuple(str(place["location_id"]) for place in held if place.get("location_id")),
            fields={
                "item_sku": data.get("item_sku") or "",
                "item_name": data["item_name"],
                "description": data.get("description") or "",
                "category_id": data["category_id"],
                "weight": float(data.get("weight") or 0),
                "dimension": data.get("dimension"),
                "image": {"image_id_list": list(images)},
                "attribute_list": _attributes(data.get("attribute_list") or []),
            },
        )

    @property
    def number(self) -> str:
        return str(self.id)

    @property
    def title(self) -> str:
        return str(self.fields["item_name"])

    @property
    def standing(self) -> Standing:
        images = self.fields["image"]["image_id_list"]
        return Standing(
            external_id=self.number,
            title=self.title,
            price=self.price,
            stock=self.stock,
            shown=self.status == NORMAL,
            pictures=len(images),
            first_picture=next(iter(images), ""),
            description=self.fields["description"],
            in_review=self.status == REVIEWING,
        )


def offer_faults(offer: Offer) -> list[Problem]:
    """What this floor cannot show of `offer`, known without asking."""
    problems = offer_problems(offer) + missing(offer, "description", "weight", "category", "pictures")
    problems += outside("stock", offer.stock, min(offer.stock, 0), MAX_STOCK)
    if offer.category and not offer.category.isdecimal():
        problems.append(Problem("category", "unknown", CATEGORY_UNKNOWN.text))
    return problems


def item_fields(offer: Offer, pictures: tuple[str, ...]) -> dict[str, Any]:
    """All that `update_item` can change; `pictures` by Shopee's names."""
    fields: dict[str, Any] = {
        "item_sku": offer.sku,
        "item_name": offer.title,
        "description": offer.description,
        "category_id": int(offer.category or 0),
        "weight": (offer.weight_grams or 0) / GRAMS,
        "image": {"image_id_list": list(pictures)},
        "attribute_list": attributes(offer),
    }
    if offer.package:
        fields["dimension"] = {
            "package_length": offer.package.length,
            "package_width": offer.package.width,
            "package_height": offer.package.height,
        }
    return fields


def attributes(offer: Offer) -> list[dict[str, Any]]:
    """Those that have a number of Shopee's."""
    numbered = sorted((name, value) for name, value in offer.attributes.items() if name.isdecimal())
    return [_attribute(name, value) for name, value in numbered]


def new_item(offer: Offer, pictures: tuple[str, ...], channels: tuple[int, ...]) -> dict[str, Any]:
    """A whole item, on sale at once."""
    return {
        **item_fields(offer, pictures),
        "original_price": offer.price,
        "seller_stock": [{"stock": offer.stock}],
        "item_status": NORMAL,
        "condition": "NEW",
        "brand": {"brand_id": 0, "original_brand_name": "No Brand"},
        "logistic_info": [{"logistic_id": channel, "enabled": True} for channel in channels],
    }


def changes(item: Item, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What must be sent so that `item` shows `fields`. A category goes with its attributes; Shopee may know more of
    them than we do."""
    differ = {name: value for name, value in fields.items() if item.fields.get(name) != value}
    if all(attribute in item.fields["attribute_list"] for attribute in fields["attribute_list"]):
        differ.pop("attribute_list", None)
    if {"attribute_list", "category_id"} & differ.keys():
        differ |= {name: fields[name] for name in ("attribute_list", "category_id")}
    return differ


def stock_at(places: tuple[str, ...], stock: int) -> list[dict[str, Any]]:
    """As a shop of several warehouses tells it: all in the first."""
    return [{"location_id": place, "stock": 0 if at else stock} for at, place in enumerate(places)]


def channels_for(data: Mapping[str, Any], kilograms: float) -> tuple[int, ...]:
    """The shop's own carriers that take a parcel of that weight."""
    chosen = []
    for channel in data.get("logistics_channel_list") or []:
        most = (channel.get("weight_limit") or {}).get("item_max_weight") or 0
        if channel.get("enabled") and not channel.get("mask_channel_id") and (not most or kilograms <= most):
            chosen.append(int(channel["logistics_channel_id"]))
    return tuple(chosen)


def _attribute(name: str, value: str) -> dict[str, Any]:
    number = value.removeprefix(VALUE_ID)
    if value.startswith(VALUE_ID) and number.isdecimal():
        return {"attribute_id": int(name), "attribute_value_list": [{"value_id": int(number)}]}
    free = {"value_id": 0, "original_value_name": value}
    return {"attribute_id": int(name), "attribute_value_list": [free]}


def _attributes(given: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """As we send them, so that they can be compared."""
    read = []
    for attribute in given:
        value = (attribute.get("attribute_value_list") or [{}])[0]
        number = int(value.get("value_id") or 0)
        free = {"value_id": 0, "original_value_name": value.get("original_value_name")}
        kept = {"value_id": number} if number else free
        read.append({"attribute_id": int(attribute["attribute_id"]), "attribute_value_list": [kept]})
    return read


def _range(data: Mapping[str, Any], name: str) -> tuple[int, int]:
    limit = data[name]
    return int(limit.get("min_limit") or 0), int(limit["max_limit"])
