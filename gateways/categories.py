"""What a floor's categories are, and what it wants to know of goods in each: the floor's own numbers, its own words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

BETWEEN = " › "
"""Between the names that lead to a category."""


@dataclass(frozen=True)
class FloorCategory:
    """A category in which the floor takes goods of ours, where it is a leaf. `path` leads to it: `Thực phẩm › Rau`."""

    id: str
    name: str
    path: str
    is_leaf: bool


@dataclass(frozen=True)
class GivenValue:
    """One of the values that a floor gives for an attribute: `value` is what `Offer.attributes` carries of it."""

    value: str
    name: str


@dataclass(frozen=True)
class FloorAttribute:
    """What a category wants to know of goods: one of the `values`, or, where `free_text`, any words."""

    id: str
    name: str
    required: bool
    values: tuple[GivenValue, ...]
    free_text: bool


class CategoryDesk(Protocol):
    """A floor with categories of its own. Every call may raise the errors of `gateways.errors`."""

    def list_categories(self) -> Sequence[FloorCategory]:
        """The whole tree as it is now; what is closed to us is not in it."""
        ...

    def list_attributes(self, category_id: str) -> Sequence[FloorAttribute]:
        """What a leaf wants to know, in the floor's order, without what every offer says anyway (name, price, package
        …). Raises GatewayRejected where there is no such category."""
        ...


@dataclass(frozen=True)
class Node:
    """A category as floors tell it in a list; the `parent` of a first one is in no list."""

    id: str
    parent: str
    name: str
    is_leaf: bool


def with_paths(nodes: Iterable[Node]) -> tuple[FloorCategory, ...]:
    """The tree of these. Raises ValueError for none: no floor is without categories, and an answer that was cut short
    must not close them all."""
    by_id = {node.id: node for node in nodes}
    if not by_id:
        raise ValueError("no categories")
    return tuple(
        FloorCategory(node.id, node.name, BETWEEN.join(_names(node, by_id)), node.is_leaf)
        for node in by_id.values()
    )


def _names(node: Node, by_id: dict[str, Node]) -> list[str]:
    """From the first one down; one that leads back to itself ends there."""
    names: dict[str, str] = {}
    step: Node | None = node
    while step is not None and step.id not in names:
        names[step.id] = step.name
        step = by_id.get(step.parent)
    return list(names.values())[::-1]
