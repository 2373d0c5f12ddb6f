"""What was approved of listings: words and photos as they were then, by whom and how."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.text import PLAIN, VIETNAMESE
from models.access import User
from models.base import Base, Created, Id, one_of, text_enum

FOLDED_NAME = f"lower(translate(normalize(facts ->> 'name'), '{VIETNAMESE}', '{PLAIN}'))"


class ApprovalWay(StrEnum):
    """How somebody came to approve."""

    OWN_PHONE = "own_phone"
    """Who keeps a stall of the seller."""
    WITH_CLERK = "with_clerk"
    BEFORE = "before"
    """Before this was kept: its words and photos are those of the day on which that began."""


class ListingApproval(Created, Base):
    """One approval of a listing. Rows are only ever added (a trigger refuses UPDATE and DELETE)."""

    __tablename__ = "listing_approvals"
    __table_args__ = (
        UniqueConstraint("listing_id", "version"),
        CheckConstraint("version >= 1", name="version_positive"),
        one_of("way", ApprovalWay),
        CheckConstraint("way = 'before' OR approved_by IS NOT NULL", name="by_somebody"),
        CheckConstraint(
            "coalesce(btrim(facts ->> 'name'), '') <> '' AND coalesce(btrim(facts ->> 'unit'), '') <> ''",
            name="facts_named",
        ),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    version: Mapped[int]
    """Of the listing, from which on this holds."""
    way: Mapped[ApprovalWay] = mapped_column(text_enum(ApprovalWay))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    facts: Mapped[dict[str, Any]]
    """As `services.said` tells them."""
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    """In their order; one that was removed since is shown no more."""
    folded_name: Mapped[str] = mapped_column(Computed(FOLDED_NAME))
    """What searches compare, as `core.text.fold` would make it."""
    approver: Mapped[User | None] = relationship()

    @property
    def paper_ids(self) -> set[UUID]:
        return {UUID(paper["id"]) for paper in self.facts["papers"]}

    def tells_of(self, ids: Collection[UUID]) -> bool:
        """Whether it shows or names one of these photos and papers."""
        return not self.paper_ids.union(self.photo_ids).isdisjoint(ids)
