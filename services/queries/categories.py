"""What administrators look at: where each kind of goods stands on the floors, and the floors' trees."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from core.text import fold
from models import (
    AttributeTemplate,
    CategoryChoice,
    FloorCategory,
    FloorCategoryAttribute,
    FloorCursor,
    Goods,
    PollSubject,
)
from models.bulk import among
from services.access import Actor, require
from services.marketplaces import category_in_files, floors_with_trees, open_floors

MOST_FOUND = 30


@dataclass(frozen=True)
class Standing:
    """Where a kind of goods stands on a floor: `category` as the floor told it, where it did; `number` is the floor's.
    `unsaid` counts what the floor requires and no template says."""

    goods: Goods
    number: str | None
    category: FloorCategory | None
    choice: CategoryChoice | None
    unsaid: int

    @property
    def is_closed(self) -> bool:
        return self.category is not None and not self.category.is_open


@dataclass(frozen=True)
class FloorStandings:
    """A floor with categories: how many leaves are open, and whether it answered when it was last asked."""

    marketplace: str
    connected: bool
    leaves: int
    answers: bool
    standings: Sequence[Standing]


def list_standings(session: Session, actor: Actor) -> list[FloorStandings]:
    """Every floor on which goods stand in its own categories. Raises Forbidden."""
    require(actor.is_administrator)
    connected, leaves = set(open_floors()), _count_leaves(session)
    silent = set(
        session.scalars(
            select(FloorCursor.marketplace).where(
                FloorCursor.subject == PollSubject.CATEGORIES, FloorCursor.failures > 0
            )
        )
    )
    return [
        FloorStandings(
            name, name in connected, leaves.get(name, 0), name not in silent, _standings(session, name)
        )
        for name in floors_with_trees()
        if name in connected or name in leaves
    ]


def get_standing(session: Session, actor: Actor, marketplace: str, goods: Goods) -> Standing:
    """One of them. Raises Forbidden."""
    require(actor.is_administrator)
    return next(one for one in _standings(session, marketplace) if one.goods is goods)


def search_leaves(session: Session, marketplace: str, q: str) -> Sequence[FloorCategory]:
    """Open leaves whose way there has every word of `q`, with or without accents; the nearest to the top first."""
    words = [FloorCategory.folded_path.contains(word, autoescape=True) for word in fold(q).split()]
    query = (
        select(FloorCategory)
        .where(
            FloorCategory.marketplace == marketplace,
            FloorCategory.is_leaf,
            FloorCategory.closed_at.is_(None),
            *words,
        )
        .order_by(func.length(FloorCategory.path), FloorCategory.path)
        .limit(MOST_FOUND)
    )
    return session.scalars(query).all() if words else []


def list_templates(session: Session, choice: CategoryChoice) -> Mapping[str, str]:
    """What is said of each attribute, by its id: the floor's value or our words."""
    query = select(AttributeTemplate).filter_by(marketplace=choice.marketplace, goods=choice.goods)
    return {one.attribute_id: one.value or one.words or "" for one in session.scalars(query)}


def _count_leaves(session: Session) -> dict[str, int]:
    query = (
        select(FloorCategory.marketplace, func.count())
        .where(FloorCategory.is_leaf, FloorCategory.closed_at.is_(None))
        .group_by(FloorCategory.marketplace)
    )
    return dict(session.execute(query).all())


def _standings(session: Session, marketplace: str) -> list[Standing]:
    query = (
        select(CategoryChoice)
        .where(CategoryChoice.marketplace == marketplace)
        .options(joinedload(CategoryChoice.category))
        .execution_options(populate_existing=True)
    )
    choices = {one.goods: one for one in session.scalars(query)}
    in_files = {goods: category_in_files(marketplace, goods) for goods in Goods}
    known = _categories(session, marketplace, [number for number in in_files.values() if number])
    unsaid = _count_unsaid(session, marketplace)
    found = []
    for goods in Goods:
        choice, number = choices.get(goods), in_files[goods]
        category = choice.category if choice else known.get(number or "")
        number = choice.category_id if choice else number
        found.append(Standing(goods, number, category, choice, unsaid[goods] if choice else 0))
    return found


def _categories(session: Session, marketplace: str, numbers: Sequence[str]) -> dict[str, FloorCategory]:
    of_it = (FloorCategory.marketplace == marketplace, among(FloorCategory.external_id, numbers))
    return {one.external_id: one for one in session.scalars(select(FloorCategory).where(*of_it))}


def _count_unsaid(session: Session, marketplace: str) -> defaultdict[Goods, int]:
    query = (
        select(CategoryChoice.goods, func.count())
        .join(
            FloorCategoryAttribute,
            (FloorCategoryAttribute.marketplace == CategoryChoice.marketplace)
            & (FloorCategoryAttribute.category_id == CategoryChoice.category_id),
        )
        .outerjoin(
            AttributeTemplate,
            (AttributeTemplate.marketplace == CategoryChoice.marketplace)
            & (AttributeTemplate.goods == CategoryChoice.goods)
            & (AttributeTemplate.attribute_id == FloorCategoryAttribute.attribute_id),
        )
        .where(
            CategoryChoice.marketplace == marketplace,
            FloorCategoryAttribute.required,
            AttributeTemplate.attribute_id.is_(None),
        )
        .group_by(CategoryChoice.goods)
    )
    return defaultdict(int, session.execute(query).all())
