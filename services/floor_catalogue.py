"""Taking over the floors' categories as they tell them: what is new is added, what is gone is closed."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from gateways.categories import FloorAttribute
from gateways.categories import FloorCategory as Told
from gateways.errors import Problem
from models import Base, CategoryChoice, FloorCategory, FloorCategoryAttribute, PollSubject
from models.bulk import among, insert_rows
from services.floor_polls import ask_soon, take_cursor
from services.marketplaces import categories_in_files

CATEGORY = "category"
"""What gateways call the field that a floor refuses."""
MOST_VALUES = 500
"""Of one attribute: a list to choose from. Where a floor gives more, the first of them."""


def chosen_categories(session: Session, marketplace: str) -> list[str]:
    """The floor's categories in which goods of ours stand."""
    chosen = select(CategoryChoice.category_id).where(CategoryChoice.marketplace == marketplace)
    return sorted({*session.scalars(chosen), *categories_in_files(marketplace)})


def take_catalogue(
    session: Session,
    marketplace: str,
    categories: Sequence[Told],
    attributes: Mapping[str, Sequence[FloorAttribute]],
) -> int:
    """Make our copy equal to the floor's tree, and to what the categories in `attributes` want to know; how many were
    closed. Repeating it changes nothing."""
    take_cursor(session, PollSubject.CATEGORIES, marketplace)  # one reader at a time
    named = {one.id: one for one in categories if one.id.strip() and one.name.strip()}
    _upsert(
        session,
        FloorCategory,
        ["marketplace", "external_id"],
        [_category(marketplace, one) for one in named.values()],
    )
    closed = _close_others(session, marketplace, list(named))
    for category in attributes.keys() & named.keys():
        _take_attributes(session, marketplace, category, attributes[category])
    return closed


def doubt_catalogue(session: Session, marketplace: str, problems: Sequence[Problem]) -> None:
    """The floor has refused something for these: where a category is among them, our copy may be out of date."""
    if any(problem.field == CATEGORY for problem in problems):
        ask_soon(session, PollSubject.CATEGORIES, marketplace)


def _close_others(session: Session, marketplace: str, open_ones: list[str]) -> int:
    gone = (
        update(FloorCategory)
        .where(
            FloorCategory.marketplace == marketplace,
            FloorCategory.closed_at.is_(None),
            ~among(FloorCategory.external_id, open_ones),
        )
        .values(closed_at=func.now())
        .returning(FloorCategory.external_id)
    )
    return len(session.scalars(gone.execution_options(synchronize_session=False)).all())


def _take_attributes(
    session: Session, marketplace: str, category: str, told: Sequence[FloorAttribute]
) -> None:
    of_it = {"marketplace": marketplace, "category_id": category}
    wanted = {one.id: one for one in told if one.id.strip()}
    session.execute(
        delete(FloorCategoryAttribute)
        .filter_by(**of_it)
        .where(~among(FloorCategoryAttribute.attribute_id, list(wanted))),
        execution_options={"synchronize_session": False},
    )
    rows = [of_it | _attribute(place, one) for place, one in enumerate(wanted.values())]
    _upsert(session, FloorCategoryAttribute, ["marketplace", "category_id", "attribute_id"], rows)
    read = update(FloorCategory).filter_by(marketplace=marketplace, external_id=category)
    session.execute(
        read.values(attributes_read_at=func.now()), execution_options={"synchronize_session": False}
    )


def _category(marketplace: str, told: Told) -> dict[str, Any]:
    return {
        "marketplace": marketplace,
        "external_id": told.id,
        "name": told.name,
        "path": told.path,
        "is_leaf": told.is_leaf,
        "closed_at": None,
    }


def _attribute(place: int, told: FloorAttribute) -> dict[str, Any]:
    return {
        "attribute_id": told.id,
        "place": place,
        "name": told.name,
        "required": told.required,
        "free_text": told.free_text,
        "given": [{"value": one.value, "name": one.name} for one in told.values[:MOST_VALUES]],
    }


def _upsert(session: Session, table: type[Base], key: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Only rows that differ are written."""
    if not rows:
        return
    statement = insert_rows(table, rows)
    changes = {name: statement.excluded[name] for name in rows[0] if name not in key}
    differs = or_(*(table.__table__.c[name].is_distinct_from(new) for name, new in changes.items()))
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes, where=differs))
