"""Where goods stand on a floor, and what is said of them there by templates: what administrators chose, else files.

The templates take the same facts as `data/listing_words.csv`; what a seller gave the product itself goes before them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Table, and_, bindparam, case, func, select
from sqlalchemy.orm import Session, SessionTransaction, object_session

from core.errors import Text, text
from core.text import fold
from models import (
    AttributeTemplate,
    CategoryChoice,
    FloorCategory,
    FloorCategoryAttribute,
    Goods,
    Listing,
    Product,
)
from services.marketplaces import category_in_files, floor_named

FIELDS = {
    "commune": "origin_commune",
    "province": "origin_commune",
    "season": "season_from",
    "weight": "weight_grams",
}
"""Where a fact is filled in, if that is not called as the fact is."""


@dataclass(frozen=True)
class Wanted:
    """An attribute of a category, and what its template says: a `value` that the floor gives, or `words`. `given`
    holds the only values of one that is required and takes no others, by their folded names, and `names` those."""

    id: str
    name: str
    required: bool
    free_text: bool
    given: Mapping[str, str]
    names: tuple[str, ...]
    value: str | None
    words: str | None


@dataclass(frozen=True)
class Place:
    """Where a kind of goods stands on a floor; `wanted` is None where that has not been read."""

    category: str | None
    closed: bool = False
    wanted: tuple[Wanted, ...] | None = None


class Wish(NamedTuple):
    """An attribute that no template says; `given` holds the only answers, where not any words will do."""

    name: str
    given: tuple[str, ...]


class Lack(NamedTuple):
    """What cannot be said, and beside which field of the product to say so."""

    field: str
    text: Text


def place_of(listing: Listing, goods: Goods, marketplace: str) -> Place:
    """Where the listing, being of these goods, stands there: read once in a transaction, however many listings there
    are."""
    session = object_session(listing)
    if session is None or not floor_named(marketplace).category:
        return Place(category_in_files(marketplace, goods))
    known = _places.setdefault(_transaction(session), {})
    if (marketplace, goods) not in known:
        known[marketplace, goods] = _read(session, marketplace, goods)
    return known[marketplace, goods]


_places: WeakKeyDictionary[SessionTransaction, dict[tuple[str, Goods], Place]] = WeakKeyDictionary()
"""Not longer than a transaction: a listing that is asked for after a choice must stand where that says."""


def forget_places(session: Session) -> None:
    """They are changed in this transaction."""
    _places.pop(_transaction(session), None)


def _transaction(session: Session) -> SessionTransaction:
    return session.get_transaction() or session.begin()


def _read(session: Session, marketplace: str, goods: Goods) -> Place:
    in_files = category_in_files(marketplace, goods)
    facts = {"floor": marketplace, "goods": goods.value, "in_files": in_files}
    rows = session.execute(_PLACE, facts).all()
    if not rows:
        return Place(in_files)
    place = rows[0]
    wanted = tuple(_wanted(row) for row in rows if row.attribute_id) if place.attributes_read_at else None
    return Place(place.external_id, not place.is_leaf or place.closed_at is not None, wanted)


def rehearse(session: Session) -> None:
    """As `services.publishing.rehearse`."""
    session.execute(_PLACE, {"floor": None, "goods": None, "in_files": None})


def _wanted(row: Any) -> Wanted:
    names = tuple(one["name"] for one in row.given or ())
    given = {fold(one["name"]): one["value"] for one in row.given or ()}
    return Wanted(row.attribute_id, row.name, row.required, row.free_text, given, names, row.value, row.words)


_category = cast(Table, FloorCategory.__table__).c
_attribute = cast(Table, FloorCategoryAttribute.__table__).c
_template = cast(Table, AttributeTemplate.__table__).c
_choice = cast(Table, CategoryChoice.__table__).c
_chosen = select(_choice.category_id).where(
    _choice.marketplace == bindparam("floor"), _choice.goods == bindparam("goods")
)
_PLACE = (
    select(
        _category.external_id,
        _category.is_leaf,
        _category.closed_at,
        _category.attributes_read_at,
        _attribute.attribute_id,
        _attribute.name,
        _attribute.required,
        _attribute.free_text,
        case((_attribute.required & ~_attribute.free_text, _attribute.given)).label("given"),
        _template.value,
        _template.words,
    )
    .outerjoin_from(
        FloorCategory.__table__,
        FloorCategoryAttribute.__table__,
        and_(
            _attribute.marketplace == _category.marketplace, _attribute.category_id == _category.external_id
        ),
    )
    .outerjoin(
        AttributeTemplate.__table__,
        and_(
            _template.marketplace == _category.marketplace,
            _template.goods == bindparam("goods"),
            _template.attribute_id == _attribute.attribute_id,
        ),
    )
    .where(
        _category.marketplace == bindparam("floor"),
        _category.external_id == func.coalesce(_chosen.scalar_subquery(), bindparam("in_files")),
    )
    .order_by(_attribute.place)
)


def attributes_of(
    wanted: Sequence[Wanted], own: Mapping[str, str], facts: Mapping[str, str]
) -> tuple[dict[str, str], list[Lack]]:
    """What is said of goods with these `facts`, whose product has attributes of its `own`; and what is required and
    cannot be said. What the category does not know is left out."""
    named = {fold(name): value for name, value in own.items()}
    made: dict[str, str] = {}
    lacking: list[Lack] = []
    for one in wanted:
        said = own.get(one.id) or _own_value(one, named.get(fold(one.name))) or _templated(one, facts)
        if said:
            made[one.id] = said
        elif one.required:
            lacking.append(_lack(one, facts))
    return made, lacking


def _own_value(wanted: Wanted, said: str | None) -> str | None:
    if said is None or wanted.free_text:
        return said
    return wanted.given.get(fold(said))


def _templated(wanted: Wanted, facts: Mapping[str, str]) -> str | None:
    """Nothing where a fact is not known, or the floor gives that value no more."""
    if wanted.value is not None:
        only_these = wanted.required and not wanted.free_text
        return None if only_these and wanted.value not in wanted.given.values() else wanted.value
    if wanted.words is None or not named_in(wanted.words) <= facts.keys():
        return None
    return wanted.words.format_map(facts)


def _lack(wanted: Wanted, facts: Mapping[str, str]) -> Lack:
    said = text("Sàn cần biết «%(name)s»; hãy điền ô này", name=wanted.name)
    return Lack(asked_at(wanted, facts), said)


def asked_at(wanted: Wanted, facts: Mapping[str, str]) -> str:
    """Beside the fact that the template wants, one that is not known first; where no template says it, among the
    product's own attributes."""
    named = sorted(named_in(wanted.words), key=lambda name: (name in facts, name)) if wanted.words else []
    return FIELDS.get(named[0], named[0]) if named else f"attributes.{wanted.name}"


def wishes_of(product: Product, offers: Sequence[Listing]) -> list[Wish]:
    """What only the seller can say of a product, so that its `offers` may stand on their floors; each name once."""
    stands = [(offer, floor) for offer in offers for floor in offer.marketplaces]
    places = [place_of(offer, product.goods, floor) for offer, floor in stands]
    left = [one for place in places for one in place.wanted or () if _is_left(one, product.attributes)]
    wishes: dict[str, Wish] = {}
    for one in sorted(left, key=lambda one: not one.names):
        wishes.setdefault(fold(one.name), Wish(one.name, one.names))
    return list(wishes.values())


def _is_left(wanted: Wanted, own: Mapping[str, str]) -> bool:
    """To be said by its name."""
    by_template = wanted.words is not None or _templated(wanted, {}) is not None
    return wanted.required and not by_template and wanted.id not in own


def named_in(words: str) -> set[str]:
    """The facts that `words` name. Raises ValueError for braces that name none."""
    named = set()
    for _, name, form, conversion in Formatter().parse(words):
        if name is not None and (form or conversion or not name.isidentifier()):
            raise ValueError(words)
        if name:
            named.add(name)
    return named
