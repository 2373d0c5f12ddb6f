"""Where drafts will stand on their floors, in the floors' own words, for whoever approves them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from models import FloorCategory, FloorCategoryAttribute
from services.offers import Draft


class Shelf(NamedTuple):
    """The way to a category, and what is said there of the goods: the floor's names and values."""

    path: str
    said: Mapping[str, str]


def shelves_of(session: Session, drafts: Sequence[Draft]) -> dict[str, Shelf]:
    """By floor; those whose category we know by its number alone are left out."""
    places = [(draft.marketplace, draft.category) for draft in drafts if draft.category]
    if not places:
        return {}
    at_places = tuple_(FloorCategory.marketplace, FloorCategory.external_id).in_(places)
    categories = {one.marketplace: one for one in session.scalars(select(FloorCategory).where(at_places))}
    wanted = _wanted(session, places)
    return {
        draft.marketplace: Shelf(
            categories[draft.marketplace].path, _in_words(draft, wanted[draft.marketplace])
        )
        for draft in drafts
        if draft.marketplace in categories
    }


def _wanted(
    session: Session, places: Sequence[tuple[str, str]]
) -> Mapping[str, Sequence[FloorCategoryAttribute]]:
    asked = FloorCategoryAttribute
    at_places = tuple_(asked.marketplace, asked.category_id).in_(places)
    found: dict[str, list[FloorCategoryAttribute]] = defaultdict(list)
    for one in session.scalars(select(asked).where(at_places).order_by(asked.place)):
        found[one.marketplace].append(one)
    return found


def _in_words(draft: Draft, wanted: Sequence[FloorCategoryAttribute]) -> dict[str, str]:
    said = draft.attributes
    return {
        one.name: next((given["name"] for given in one.given if given["value"] == said[id]), said[id])
        for one in wanted
        if (id := one.attribute_id) in said
    }
