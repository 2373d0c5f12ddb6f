"""TikTok Shop's tree of categories, and what each wants to know of a product."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateways.categories import FloorAttribute, FloorCategory, GivenValue, Node, with_paths
from gateways.marketplaces.settling import known_form
from gateways.marketplaces.tiktok.api import TiktokApi
from gateways.marketplaces.tiktok.wire import VALUE_ID

CATEGORIES = "/product/202309/categories"
LOCALE = "vi-VN"
OPEN = "AVAILABLE"
"""Of `permission_statuses`; others are for sellers who were invited."""
OF_PRODUCTS = "PRODUCT_PROPERTY"
"""The other `type` is of single SKUs."""


class TiktokCategoryDesk:
    """A `CategoryDesk` for one shop."""

    def __init__(self, api: TiktokApi) -> None:
        self._api = api

    def list_categories(self) -> Sequence[FloorCategory]:
        told = self._api.get(CATEGORIES, "", locale=LOCALE)
        with known_form("TikTok Shop"):
            return with_paths(_node(one) for one in told["categories"] if _is_open(one))

    def list_attributes(self, category_id: str) -> Sequence[FloorAttribute]:
        told = self._api.get(f"{CATEGORIES}/{category_id}/attributes", category_id, locale=LOCALE)
        with known_form("TikTok Shop"):
            return [_attribute(one) for one in told.get("attributes") or [] if one.get("type") == OF_PRODUCTS]


def _is_open(data: Mapping[str, Any]) -> bool:
    statuses = data.get("permission_statuses")
    return not statuses or OPEN in statuses


def _node(data: Mapping[str, Any]) -> Node:
    return Node(
        str(data["id"]), str(data.get("parent_id") or ""), str(data["local_name"]), bool(data["is_leaf"])
    )


def _attribute(data: Mapping[str, Any]) -> FloorAttribute:
    """Their word for `required` is misspelt in the answers themselves; the right one is taken too."""
    values = data.get("values") or []
    return FloorAttribute(
        id=str(data["id"]),
        name=str(data["name"]),
        required=bool(data.get("is_requried", data.get("is_required"))),
        values=tuple(GivenValue(f"{VALUE_ID}{one['id']}", str(one["name"])) for one in values),
        free_text=bool(data.get("is_customizable")) or not values,
    )
