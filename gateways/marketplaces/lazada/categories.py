"""Lazada's tree of categories, and what each wants to know of a product."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateways.categories import FloorAttribute, FloorCategory, GivenValue, Node, with_paths
from gateways.marketplaces.lazada.api import LazadaApi
from gateways.marketplaces.settling import known_form

LANGUAGE = "vi_VN"
FREE_TEXT = {"enuminput", "multienuminput", "text", "numeric", "date", "richtext", "rich text", "img"}
"""In small letters: Lazada's documents write them in several ways."""
OF_PRODUCTS = "normal"
"""The other `attribute_type` is of single SKUs: price, package, colour."""
SAID_ANYWAY = {"name", "name_en", "description", "short_description", "brand", "brand_id"}


class LazadaCategoryDesk:
    """A `CategoryDesk` for one seller."""

    def __init__(self, api: LazadaApi) -> None:
        self._api = api

    def list_categories(self) -> Sequence[FloorCategory]:
        told = self._api.get("/category/tree/get", "", language_code=LANGUAGE)
        with known_form("Lazada"):
            return with_paths(_nodes(told["data"], ""))

    def list_attributes(self, category_id: str) -> Sequence[FloorAttribute]:
        wanted = {"primary_category_id": category_id, "language_code": LANGUAGE}
        told = self._api.get("/category/attributes/get", category_id, **wanted)
        with known_form("Lazada"):
            return [
                _attribute(one)
                for one in told["data"]
                if one.get("attribute_type") == OF_PRODUCTS and one["name"] not in SAID_ANYWAY
            ]


def _nodes(told: Iterable[Mapping[str, Any]], parent: str) -> Iterator[Node]:
    for one in told:
        number = str(one["category_id"])
        yield Node(number, parent, str(one["name"]), bool(one["leaf"]))
        yield from _nodes(one.get("children") or [], number)


def _attribute(data: Mapping[str, Any]) -> FloorAttribute:
    """A given value is sent by its English name, whatever language it is shown in."""
    options = data.get("options") or []
    return FloorAttribute(
        id=str(data["name"]),
        name=str(data.get("label") or data["name"]),
        required=bool(int(data.get("is_mandatory") or 0)),
        values=tuple(GivenValue(str(one.get("en_name") or one["name"]), str(one["name"])) for one in options),
        free_text=str(data.get("input_type")).lower() in FREE_TEXT or not options,
    )
