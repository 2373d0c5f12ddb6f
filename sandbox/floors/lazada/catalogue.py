"""Categories: the tree in one answer, attributes leaf by leaf, the common ones among them."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import trees
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.lazada.door import DOOR, answer, parameters

COMMON = (
    ("name", "normal", "text"),
    ("brand", "normal", "singleSelect"),
    ("SellerSku", "sku", "text"),
    ("price", "sku", "numeric"),
    ("package_weight", "sku", "numeric"),
)
"""What every product must say: name, whose it is, how it is typed."""


@DOOR.call("GET", "/category/tree/get", "get_category_tree")
def get_category_tree(visit: Visit) -> Response:
    return answer(children(list(trees.open_tree(visit)), 0))


def children(tree: list[trees.Category], parent: int) -> list[dict[str, Any]]:
    return [view(tree, one) for one in tree if one.parent == parent]


def view(tree: list[trees.Category], one: trees.Category) -> dict[str, Any]:
    told = {"category_id": one.number, "name": one.name, "var": False, "leaf": one.attributes is not None}
    return told if told["leaf"] else {**told, "children": children(tree, one.number)}


@DOOR.call("GET", "/category/attributes/get", "get_category_attributes")
def get_category_attributes(visit: Visit) -> Response:
    number = parameters(visit).get("primary_category_id", "")
    found = trees.leaf(visit, number)
    if found is None:
        raise Refusal("201", f"E201: {number} Invalid CategoryId")
    common = [attribute(name, name, kind, typed, required=True) for name, kind, typed in COMMON]
    return answer(common + [attribute_view(one) for one in found.attributes or ()])


def attribute_view(one: trees.Attribute) -> dict[str, Any]:
    options = [
        {"id": number, "name": name, "en_name": f"Value {number}"} for number, name in one.values.items()
    ]
    typed = ("enumInput" if one.free else "singleSelect") if options else "text"
    return attribute(one.names["lazada"], one.label, "normal", typed, one.required, options)


def attribute(
    name: str, label: str, kind: str, typed: str, required: bool, options: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "attribute_type": kind,
        "input_type": typed,
        "is_mandatory": int(required),
        "is_sale_prop": 0,
        "options": options or [],
        "advanced": {"is_key_prop": 0},
    }
