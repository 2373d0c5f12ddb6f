"""The floors' own categories as they last told them, which one each kind of goods stands in, and what is said there."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKeyConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.text import PLAIN, VIETNAMESE
from models.base import Base, Created, not_blank, one_of, text_enum
from models.listings import Goods

FOLDED_PATH = f"lower(translate(normalize(path), '{VIETNAMESE}', '{PLAIN}'))"


class FloorCategory(Created, Base):
    """A category of one floor; `path` leads to it. Goods stand in leaves that are not closed."""

    __tablename__ = "floor_categories"
    __table_args__ = (not_blank("external_id"), not_blank("name"))

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    path: Mapped[str]
    folded_path: Mapped[str] = mapped_column(Computed(FOLDED_PATH))
    """What searches compare, as `core.text.fold` would make it."""
    is_leaf: Mapped[bool]
    closed_at: Mapped[datetime | None]
    """When the floor no longer told it."""
    attributes_read_at: Mapped[datetime | None]
    """None where nobody has asked yet what it wants to know."""

    @property
    def is_open(self) -> bool:
        return self.is_leaf and self.closed_at is None


class FloorCategoryAttribute(Base):
    """What a category wants to know of goods, in the floor's order (`place`)."""

    __tablename__ = "floor_category_attributes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["marketplace", "category_id"], ["floor_categories.marketplace", "floor_categories.external_id"]
        ),
        not_blank("attribute_id"),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    attribute_id: Mapped[str] = mapped_column(primary_key=True)
    place: Mapped[int]
    name: Mapped[str]
    required: Mapped[bool]
    free_text: Mapped[bool]
    given: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """`[{value, name}]`: the values that the floor gives; where not `free_text` it takes no other."""


class CategoryChoice(Created, Base):
    """Where a kind of goods stands on one floor."""

    __tablename__ = "category_choices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["marketplace", "category_id"], ["floor_categories.marketplace", "floor_categories.external_id"]
        ),
        one_of("goods", Goods),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    goods: Mapped[Goods] = mapped_column(text_enum(Goods), primary_key=True)
    category_id: Mapped[str]
    asked_at: Mapped[datetime | None]
    """When its approved listings were last asked to stand so; None where that is still to come."""
    category: Mapped[FloorCategory] = relationship()


class AttributeTemplate(Base):
    """What is said of one attribute: a `value` that the floor gives, or `words` with facts in braces."""

    __tablename__ = "attribute_templates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["marketplace", "goods"],
            ["category_choices.marketplace", "category_choices.goods"],
            ondelete="CASCADE",
        ),
        CheckConstraint("num_nonnulls(value, words) = 1", name="value_or_words"),
        not_blank("value"),
        not_blank("words"),
    )

    marketplace: Mapped[str] = mapped_column(primary_key=True)
    goods: Mapped[Goods] = mapped_column(text_enum(Goods), primary_key=True)
    attribute_id: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]
    words: Mapped[str | None]
