"""Categories: `/api/v2/product/get_category` and `get_attribute_tree`."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import trees
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.shopee.door import DOOR, answer

DROP_DOWN, COMBO_BOX, FREE_TEXT = 1, 2, 3
LANGUAGES, OF_ATTRIBUTES = ("en", "vi"), ("en", "vn")
"""Of shops in Vietnam; Shopee calls the same one differently."""


@DOOR.call("GET", "/api/v2/product/get_category", "get_category")
def get_category(visit: Visit) -> Response:
    check_language(visit, LANGUAGES)
    told = [
        {
            "category_id": one.number,
            "parent_category_id": one.parent,
            "original_category_name": f"Category {one.number}",
            "display_category_name": one.name,
            "has_children": one.attributes is None,
        }
        for one in trees.open_tree(visit)
    ]
    return answer({"category_list": told})


@DOOR.call("GET", "/api/v2/product/get_attribute_tree", "get_attribute_tree")
def get_attribute_tree(visit: Visit) -> Response:
    check_language(visit, OF_ATTRIBUTES)
    numbers = [part for part in visit.request.args.get("category_id_list", "").split(",") if part]
    if not 1 <= len(numbers) <= 20:
        raise Refusal("error_param", "Wrong parameters, detail: category_id_list.")
    leaves = [trees.leaf(visit, number) for number in numbers]
    if None in leaves:
        raise Refusal("error_invalid_category", "Invalid category ID")
    told = [
        {"category_id": one.number, "attribute_tree": [attribute_view(kind) for kind in one.attributes or ()]}
        for one in leaves
        if one
    ]
    return answer({"list": told})


def check_language(visit: Visit, spoken: tuple[str, ...]) -> None:
    if visit.request.args.get("language", "en") not in spoken:
        raise Refusal("error_invalid_language", "Invalid language.")


def attribute_view(kind: trees.Attribute) -> dict[str, Any]:
    values = [
        {"value_id": number, "name": f"Value {number}", "multi_lang": [{"language": "vn", "value": name}]}
        for number, name in kind.values.items()
    ]
    input_type = (COMBO_BOX if kind.free else DROP_DOWN) if values else FREE_TEXT
    return {
        "attribute_id": int(kind.names["shopee"]),
        "mandatory": kind.required,
        "name": f"Attribute {kind.names['shopee']}",
        "attribute_value_list": values,
        "attribute_info": {"input_type": input_type, "input_validation_type": 2, "format_type": 1},
        "multi_lang": [{"language": "vn", "value": kind.label}],
    }
