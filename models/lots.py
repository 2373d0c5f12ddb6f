"""Lots: what was harvested or made of a product at one time, known by the code on its label."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Created, Id, not_blank
from models.listings import Product

LARGEST_LOT = 1_000_000_000


class Lot(Created, Base):
    """A lot of a product. Its label is printed: `gtin` and `code` are what the QR on it says, and never change."""

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("product_id", "code"),
        UniqueConstraint("gtin", "code"),
        CheckConstraint("code ~ '^[A-Z0-9][A-Z0-9-]{0,19}$'", name="code_well_formed"),
        CheckConstraint("gtin ~ '^[0-9]{14}$'", name="gtin_of_fourteen"),
        CheckConstraint(f"quantity BETWEEN 1 AND {LARGEST_LOT}", name="quantity_positive"),
        CheckConstraint("scans >= 0", name="scans_not_negative"),
        not_blank("note"),
        Index(None, "product_id", "created_at", "id"),
    )

    id: Mapped[Id]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    gtin: Mapped[str]
    """The product's GTIN when the lot was noted down."""
    code: Mapped[str]
    harvested_on: Mapped[date] = mapped_column(Date)
    quantity: Mapped[int | None]
    """In the product's unit."""
    note: Mapped[str | None]
    """For everybody who scans the label."""
    scans: Mapped[int] = mapped_column(default=0)
    """How often its page was opened by people; of whom, nothing is known."""
    product: Mapped[Product] = relationship()
