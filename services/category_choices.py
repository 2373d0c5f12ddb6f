"""Administrators choose in which of a floor's categories each kind of goods stands, and what is said of it there."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from core.clock import now
from core.errors import InvalidInput, NotFound, Text, text
from core.text import fold
from models import (
    AttributeTemplate,
    CategoryChoice,
    FloorCategory,
    FloorCategoryAttribute,
    Goods,
    PollSubject,
    Publication,
)
from models.bulk import insert_rows
from services import audit, floor_polls
from services.access import Actor, require
from services.floor_attributes import forget_places, named_in
from services.marketplaces import floors_with_trees, open_floors
from services.offers import MISSING
from services.publication_requests import ask_again, renew_on_floor

LONGEST_WORDS = 200
FACTS = frozenset(
    {
        "name", "variant", "unit", "description", "grade", "commune", "province", "season", "weight", "storage",
        "shelf_life_days", "ocop_stars", "planting_area_code", "papers",
    }
)  # fmt: skip
"""What templates may name: what `services.offers.facts_of` knows."""


def require_tree(marketplace: str) -> None:
    """Raises NotFound for a floor without categories of its own."""
    if marketplace not in floors_with_trees():
        raise NotFound()


def choose_category(
    session: Session, actor: Actor, marketplace: str, goods: Goods, *, category_id: str
) -> CategoryChoice:
    """Let such goods stand in this leaf from now on. Raises Forbidden, NotFound, InvalidInput for what is no open
    leaf of the floor's."""
    require(actor.is_administrator)
    require_tree(marketplace)
    category = session.get(FloorCategory, (marketplace, category_id), populate_existing=True)
    if category is None or not category.is_open:
        raise InvalidInput.of("category_id", text("Sàn không có (hoặc đã đóng) ngành hàng này"))
    row = {"marketplace": marketplace, "goods": goods, "category_id": category_id}
    changed = {"category_id": category_id, "asked_at": None}
    statement = upsert(CategoryChoice).values(row)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["marketplace", "goods"],
            set_=changed,
            where=CategoryChoice.category_id != category_id,
        )
    )
    audit.note(session, actor, "category.chosen", None, **row)
    if category.attributes_read_at is None:
        floor_polls.ask_now(session, PollSubject.CATEGORIES, marketplace)
        forget_places(session)
    else:
        ask_listings(session, marketplace)
    return session.get_one(CategoryChoice, (marketplace, goods), populate_existing=True)


def set_templates(
    session: Session, actor: Actor, marketplace: str, goods: Goods, typed: Mapping[str, str]
) -> None:
    """What is said of each attribute, by its id: a value that the floor gives, words with facts in braces, or nothing.
    Raises Forbidden, NotFound without a choice, InvalidInput beside each that cannot be."""
    require(actor.is_administrator)
    choice = _locked(session, marketplace, goods)
    asked = {one.attribute_id: one for one in list_attributes(session, choice)}
    rows, wrong = [], {}
    for number, said in ((number, said.strip()) for number, said in typed.items() if number in asked):
        if problem := _problem(asked[number], said):
            wrong[number] = [problem]
        elif said:
            rows.append(_row(asked[number], goods, said))
    if wrong:
        raise InvalidInput(wrong)
    session.execute(delete(AttributeTemplate).filter_by(marketplace=marketplace, goods=goods))
    if rows:
        session.execute(insert_rows(AttributeTemplate, rows))
    choice.asked_at = None
    audit.note(
        session, actor, "category.described", None, marketplace=marketplace, goods=goods, said=len(rows)
    )
    session.flush()
    ask_listings(session, marketplace)


def list_attributes(session: Session, choice: CategoryChoice) -> list[FloorCategoryAttribute]:
    """What the chosen category wants to know, what must be said first."""
    query = (
        select(FloorCategoryAttribute)
        .filter_by(marketplace=choice.marketplace, category_id=choice.category_id)
        .order_by(FloorCategoryAttribute.required.desc(), FloorCategoryAttribute.place)
    )
    return list(session.scalars(query))


def read_anew(session: Session, actor: Actor, marketplace: str) -> None:
    """Have the floor asked for its categories now. Raises Forbidden, NotFound where it is not connected."""
    require(actor.is_administrator)
    require_tree(marketplace)
    if marketplace not in open_floors():
        raise NotFound()
    floor_polls.ask_now(session, PollSubject.CATEGORIES, marketplace)
    audit.note(session, actor, "categories.asked", None, marketplace=marketplace)


def ask_listings(session: Session, marketplace: str) -> int:
    """Have approved listings stand as was chosen, of the kinds of goods where that is still to come and all that the
    floor requires is said; how many listings. Those that had no place there look whether they have one now."""
    session.flush()
    forget_places(session)
    changed = (
        update(CategoryChoice)
        .where(CategoryChoice.marketplace == marketplace, CategoryChoice.asked_at.is_(None), _is_whole())
        .values(asked_at=now())
        .returning(CategoryChoice.goods)
    )
    goods = session.scalars(changed.execution_options(synchronize_session=False)).all()
    renewed = renew_on_floor(session, marketplace, goods) if goods else 0
    lacked = Publication.problems.contains([{"code": MISSING}])
    return renewed + ask_again(session, Publication.marketplace == marketplace, lacked)


def ask_anyway(session: Session, actor: Actor, marketplace: str, goods: Goods) -> int:
    """The same for one kind of goods whatever its templates say: sellers may have said it themselves. Raises Forbidden,
    NotFound without a choice."""
    require(actor.is_administrator)
    choice = _locked(session, marketplace, goods)
    choice.asked_at = now()
    listings = renew_on_floor(session, marketplace, [goods])
    audit.note(
        session, actor, "category.published", None, marketplace=marketplace, goods=goods, listings=listings
    )
    return listings


def _locked(session: Session, marketplace: str, goods: Goods) -> CategoryChoice:
    key = (marketplace, goods)
    choice = session.get(CategoryChoice, key, with_for_update=True, populate_existing=True)
    if choice is None:
        raise NotFound()
    return choice


def _is_whole() -> ColumnElement[bool]:
    """What its category wants was read, and a template says each that is required: else the floor would only refuse
    all of them."""
    wanted, said = aliased(FloorCategoryAttribute), aliased(AttributeTemplate)
    is_said = exists().where(
        said.marketplace == CategoryChoice.marketplace,
        said.goods == CategoryChoice.goods,
        said.attribute_id == wanted.attribute_id,
    )
    lacks = exists().where(
        wanted.marketplace == CategoryChoice.marketplace,
        wanted.category_id == CategoryChoice.category_id,
        wanted.required,
        ~is_said,
    )
    was_read = exists().where(
        FloorCategory.marketplace == CategoryChoice.marketplace,
        FloorCategory.external_id == CategoryChoice.category_id,
        FloorCategory.attributes_read_at.is_not(None),
    )
    return was_read & ~lacks


def _problem(asked: FloorCategoryAttribute, said: str) -> Text | None:
    """Why it cannot be said."""
    if not said or _value_of(asked, said):
        return None
    if not asked.free_text:
        return text("Hãy chọn một trong các giá trị của sàn")
    if len(said) > LONGEST_WORDS:
        return text("Không được quá %(limit)s ký tự", limit=LONGEST_WORDS)
    try:
        unknown = sorted(named_in(said) - FACTS)
    except ValueError:
        return text("Trong ngoặc nhọn phải là tên một dữ kiện, ví dụ {commune}")
    return text("Không có dữ kiện nào tên là %(name)s", name=unknown[0]) if unknown else None


def _row(asked: FloorCategoryAttribute, goods: Goods, said: str) -> dict[str, Any]:
    value = _value_of(asked, said)
    return {
        "marketplace": asked.marketplace,
        "goods": goods,
        "attribute_id": asked.attribute_id,
        "value": value,
        "words": None if value else said,
    }


def _value_of(asked: FloorCategoryAttribute, said: str) -> str | None:
    """The floor's value, given as such or by its name."""
    return next(
        (one["value"] for one in asked.given if said == one["value"] or fold(said) == fold(one["name"])), None
    )
