"""Products, the listings that offer them, and a listing's publication on each floor."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.ids import new_code
from models.base import Base, Created, Dong, Id, not_blank, one_of, positive_amount, text_enum
from models.people import Seller


class ListingStatus(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class PublicationStatus(StrEnum):
    WAITING = "waiting"
    PUBLISHING = "publishing"
    LISTED = "listed"
    REJECTED = "rejected"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Product(Created, Base):
    """What a seller sells, counted in `unit` (kg, bó, chục …)."""

    __tablename__ = "products"
    __table_args__ = (
        not_blank("name"),
        not_blank("unit"),
        CheckConstraint("weight_grams > 0", name="weight_positive"),
        CheckConstraint("shelf_life_days > 0", name="shelf_life_positive"),
        Index(None, "seller_id", "created_at"),
    )

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("sellers.id"))
    name: Mapped[str]
    unit: Mapped[str]
    description: Mapped[str | None]
    origin_commune: Mapped[str | None] = mapped_column(ForeignKey("admin_units.code"))
    weight_grams: Mapped[int | None]
    shelf_life_days: Mapped[int | None]
    certificates: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seller: Mapped[Seller] = relationship()


class Listing(Created, Base):
    """An offer of one product. `version` grows with every change; floors are made equal to the newest."""

    __tablename__ = "listings"
    __table_args__ = (
        positive_amount("price"),
        CheckConstraint("stock >= 0", name="stock_not_negative"),
        CheckConstraint("version >= 1", name="version_positive"),
        CheckConstraint(r"sku ~ '^[A-Z0-9][A-Z0-9-]{2,39}$'", name="sku_well_formed"),
        one_of("status", ListingStatus),
        Index(None, "product_id"),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    sku: Mapped[str] = mapped_column(unique=True, default=lambda: new_code("SP", 8))
    price: Mapped[Dong]
    stock: Mapped[int]
    status: Mapped[ListingStatus] = mapped_column(text_enum(ListingStatus), default=ListingStatus.DRAFT)
    marketplaces: Mapped[list[str]] = mapped_column(ARRAY(TEXT), default=list)
    version: Mapped[int] = mapped_column(default=1)
    product: Mapped[Product] = relationship()
    publications: Mapped[list["Publication"]] = relationship(
        lazy="selectin", back_populates="listing", order_by="Publication.marketplace"
    )


class Publication(Created, Base):
    """A listing on one floor. A worker makes the floor equal to `desired_version`.

    `leased_until` keeps two workers from publishing the same listing to the same floor at once: floors are
    not idempotent (two creates make two products).
    """

    __tablename__ = "publications"
    __table_args__ = (
        UniqueConstraint("listing_id", "marketplace"),
        one_of("status", PublicationStatus),
        CheckConstraint("published_version <= desired_version", name="never_ahead"),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    marketplace: Mapped[str]
    status: Mapped[PublicationStatus] = mapped_column(
        text_enum(PublicationStatus), default=PublicationStatus.WAITING
    )
    desired_version: Mapped[int]
    published_version: Mapped[int | None]
    external_id: Mapped[str | None]
    external_url: Mapped[str | None]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    """`[{field, code, text}]`: why the floor refused, in the seller's language."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    listing: Mapped[Listing] = relationship(back_populates="publications")
