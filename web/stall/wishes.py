"""What floors want to know of a product beyond its own fields, asked for in its form by number: floors name such things
with all kinds of signs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from marshmallow import ValidationError, fields

from core.errors import Text, text
from core.text import fold
from models import Product
from services.floor_attributes import Wish
from web.forms import label
from web.goods import LONGEST_VALUE
from web.parted import ByName
from web.schemas import Input, longest

ATTRIBUTES = "attributes"


def with_wishes(schema: type[Input], wishes: Sequence[Wish]) -> Input:
    """`schema` with a field for each wish, where there are any."""
    parts = {str(number): _field(wish) for number, wish in enumerate(wishes)}
    asked: dict[str, fields.Field[Any]] = {ATTRIBUTES: ByName(parts, load_default=dict)} if parts else {}
    return cast(type[Input], schema.from_dict(asked))()


def _field(wish: Wish) -> fields.Field[Any]:
    shown = label(Text(wish.name, {}), mark_optional=False)
    return fields.String(validate=[longest(LONGEST_VALUE), _one_of(wish.given)], metadata=shown)


def _one_of(given: Sequence[str]) -> Callable[[str], None]:
    known = set(map(fold, given))

    def check(said: str) -> None:
        if known and fold(said) not in known:
            raise ValidationError([text("Không có lựa chọn này")])

    return check


def said_to(wishes: Sequence[Wish], product: Product) -> dict[str, str]:
    """What the product says to them, by their numbers."""
    own = {fold(name): str(said) for name, said in product.attributes.items()}
    found = ((str(number), wish, own.get(fold(wish.name))) for number, wish in enumerate(wishes))
    return {number: _as_given(wish, said) for number, wish, said in found if said}


def _as_given(wish: Wish, said: str) -> str:
    return next((name for name in wish.given if fold(name) == fold(said)), said)


def attributes_with(wishes: Sequence[Wish], typed: Mapping[str, str], product: Product) -> dict[str, Any]:
    """The product's attributes, once this was typed: what was left blank is said no more, what was not asked stays."""
    asked = {fold(wish.name) for wish in wishes}
    kept = {name: said for name, said in product.attributes.items() if fold(name) not in asked}
    return kept | {wishes[int(number)].name: said for number, said in typed.items()}


def field_of(wishes: Sequence[Wish], field: str) -> str:
    """Where a form asks for what is missing at `field`, such as `attributes.Vị`."""
    numbers = {fold(f"{ATTRIBUTES}.{wish.name}"): f"{ATTRIBUTES}-{n}" for n, wish in enumerate(wishes)}
    return numbers.get(fold(field), field)
