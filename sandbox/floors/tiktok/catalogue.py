"""Categories and their attributes, of products and of single SKUs."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.floors import trees
from sandbox.floors.door import Refusal, Visit
from sandbox.floors.tiktok.door import DOOR, answer

INVITED = {"id": "600900", "parent_id": "100001", "local_name": "Rượu vang"}
"""Only for sellers who were asked."""
COLOUR = {
    "id": "100000",
    "name": "Màu",
    "type": "SALES_PROPERTY",
    "is_requried": False,
    "is_customizable": True,
}


@DOOR.call("GET", "/product/202309/categories", "get_categories")
def get_categories(visit: Visit) -> Response:
    told: list[dict[str, Any]] = [
        {
            "id": str(one.number),
            "parent_id": str(one.parent),
            "local_name": one.name,
            "is_leaf": one.attributes is not None,
            "permission_statuses": ["AVAILABLE"],
        }
        for one in trees.open_tree(visit)
    ]
    told.append({**INVITED, "is_leaf": True, "permission_statuses": ["INVITE_ONLY"]})
    return answer({"categories": told})


@DOOR.call("GET", "/product/202309/categories/<number>/attributes", "get_attributes")
def get_attributes(visit: Visit) -> Response:
    found = trees.leaf(visit, visit.named["number"])
    if found is None:
        raise Refusal("12052023", "Category does not exist")
    return answer({"attributes": [COLOUR, *(attribute_view(one) for one in found.attributes or ())]})


def attribute_view(one: trees.Attribute) -> dict[str, Any]:
    """Their documents' own spelling."""
    return {
        "id": one.names["tiktok"],
        "name": one.label,
        "type": "PRODUCT_PROPERTY",
        "is_requried": one.required,
        "values": [{"id": str(number), "name": name} for number, name in one.values.items()],
        "is_customizable": one.free,
        "is_multiple_selection": False,
    }
