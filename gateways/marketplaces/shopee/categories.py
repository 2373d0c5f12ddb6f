"""Shopee's tree of categories, and what each wants to know of an item."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateways.categories import FloorAttribute, FloorCategory, GivenValue, Node, with_paths
from gateways.marketplaces.settling import known_form
from gateways.marketplaces.shopee.api import ShopeeApi
from gateways.marketplaces.shopee.wire import VALUE_ID

LANGUAGE = "vi"
OF_ATTRIBUTES = "vn"
"""What the same language is called there."""
FREE_TEXT = {2, 3, 5}
"""Of `input_type`: a combo box, plain text, a combo box for several."""


class ShopeeCategoryDesk:
    """A `CategoryDesk` for one shop."""

    def __init__(self, api: ShopeeApi) -> None:
        self._api = api

    def list_categories(self) -> Sequence[FloorCategory]:
        told = self._api.get("/api/v2/product/get_category", "", language=LANGUAGE)
        with known_form("Shopee"):
            return with_paths(_node(one) for one in told["category_list"])

    def list_attributes(self, category_id: str) -> Sequence[FloorAttribute]:
        """Without those that a chosen value asks for in turn."""
        path = "/api/v2/product/get_attribute_tree"
        told = self._api.get(path, category_id, category_id_list=category_id, language=OF_ATTRIBUTES)
        with known_form("Shopee"):
            return [
                _attribute(one)
                for category in told["list"]
                if str(category["category_id"]) == category_id
                for one in category.get("attribute_tree") or []
            ]


def _node(data: Mapping[str, Any]) -> Node:
    name = data.get("display_category_name") or data["original_category_name"]
    leaf = not data["has_children"]
    return Node(str(data["category_id"]), str(data.get("parent_category_id") or ""), str(name), leaf)


def _attribute(data: Mapping[str, Any]) -> FloorAttribute:
    values = data.get("attribute_value_list") or []
    kind = (data.get("attribute_info") or {}).get("input_type")
    return FloorAttribute(
        id=str(data["attribute_id"]),
        name=_name(data),
        required=bool(data.get("mandatory")),
        values=tuple(GivenValue(f"{VALUE_ID}{one['value_id']}", _name(one)) for one in values),
        free_text=kind in FREE_TEXT or not values,
    )


def _name(data: Mapping[str, Any]) -> str:
    """In Vietnamese where Shopee has it."""
    spoken = {one.get("language"): one.get("value") for one in data.get("multi_lang") or []}
    return str(spoken.get(LANGUAGE) or spoken.get(OF_ATTRIBUTES) or data["name"])
